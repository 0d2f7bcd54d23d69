/* token.c - the messages of common/messages/token.def as tables */
#include "common/messages/token.h"

#define MESSAGE_FILE "common/messages/token.def"
#include "common/message_tables.h"
