/* token.h - the messages of common/messages/token.def as C structs */
#pragma once

#include "common/message.h"
#include "common/text.h"

#define MESSAGE_FILE "common/messages/token.def"
#include "common/message_structs.h"
