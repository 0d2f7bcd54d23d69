/* api.c - the messages of gateway/api.def as tables */
#include "gateway/api.h"

#define MESSAGE_FILE "gateway/api.def"
#include "common/message_tables.h"
