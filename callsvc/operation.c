/* operation.c - one thing that the store is asked to do */
#include "callsvc/operation.h"

#include <stdlib.h>

void operation_done(struct operation *operation)
{
    if (operation->kind == OPERATION_DEVICE_REGISTER)
        free(TAKE(operation->asked.device));
    if (operation->kind == OPERATION_DEVICE_UNREGISTER)
        free(TAKE(operation->asked.no_device));
    delivery_free_all(delivery_list_take_all(&operation->deliveries));
    free(operation->records);
    free(operation->happened);
    free(operation->channels);
    free(operation->sessions);
    free(operation->robots);
    operation->records = NULL;
    operation->happened = NULL;
    operation->channels = NULL;
    operation->sessions = NULL;
    operation->robots = NULL;
}

bool operation_writes(enum operation_kind kind)
{
    switch (kind) {
    case OPERATION_MESSAGES:
    case OPERATION_HISTORY:
    case OPERATION_EVENTS:
    case OPERATION_CHANNELS_CHECK:
    case OPERATION_PARTIES:
    case OPERATION_MEDIA_LIST:
    case OPERATION_REPLICA_BEAT: return false;
    default: return true;
    }
}
