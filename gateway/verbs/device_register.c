/* device_register.c - POST /dapi/device/register: where a uid's phone is woken */
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

void verb_device_register(struct request *request)
{
    request_ask(request, PEER_CALLSVC, device_register_message(), request_parameters(request),
                request_answer_devices);
}
