/* operation.c - one thing that the store is asked to do */
#include "callsvc/operation.h"

#include <stdlib.h>

void operation_done(struct operation *operation)
{
    free(operation->records);
    free(operation->channels);
    operation->records = NULL;
    operation->channels = NULL;
}

bool operation_writes(enum operation_kind kind)
{
    return kind != OPERATION_MESSAGES && kind != OPERATION_JOIN && kind != OPERATION_CHANNELS_CHECK;
}
