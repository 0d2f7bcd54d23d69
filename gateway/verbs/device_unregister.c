/* device_unregister.c - POST /dapi/device/unregister: a phone is not woken any more */
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

void verb_device_unregister(struct request *request)
{
    request_ask(request, PEER_CALLSVC, device_unregister_message(), request_parameters(request),
                request_answer_devices);
}
