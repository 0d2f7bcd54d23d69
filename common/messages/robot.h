/* robot.h - the messages of common/messages/robot.def as C structs */
#pragma once

#include "common/message.h"
#include "common/text.h"

#define MESSAGE_FILE "common/messages/robot.def"
#include "common/message_structs.h"
