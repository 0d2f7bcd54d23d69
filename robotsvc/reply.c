/* reply.c - reads what callsvc answered */
#include "robotsvc/reply.h"

enum error reply_read(const struct bus_reply *reply, const struct message *m, void *ret)
{
    struct fault fault;

    if (reply->error != ERROR_NONE)
        return reply->error;
    if (!reply->body || message_from_msgpack(m, reply->body, ret, &fault) < 0)
        return ERROR_INTERNAL;
    return ERROR_NONE;
}
