/* api.h - the messages of gateway/api.def as C structs */
#pragma once

#include "common/message.h"
#include "common/text.h"

#define MESSAGE_FILE "gateway/api.def"
#include "common/message_structs.h"
