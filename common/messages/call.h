/* call.h - the messages of common/messages/call.def as C structs */
#pragma once

#include "common/message.h"
#include "common/text.h"

#define MESSAGE_FILE "common/messages/call.def"
#include "common/message_structs.h"
