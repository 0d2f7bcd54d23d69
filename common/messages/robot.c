/* robot.c - the messages of common/messages/robot.def as tables */
#include "common/messages/robot.h"

#define MESSAGE_FILE "common/messages/robot.def"
#include "common/message_tables.h"
