/* call.c - the messages of common/messages/call.def as tables */
#include "common/messages/call.h"

#define MESSAGE_FILE "common/messages/call.def"
#include "common/message_tables.h"
