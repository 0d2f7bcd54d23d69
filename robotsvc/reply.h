/* reply.h - reads what callsvc answered */
#pragma once

#include "common/bus_client.h"

/* ERROR_NONE and the body as `m` in *ret; else why there is none. A body that cannot be read is
 * ERROR_INTERNAL. */
enum error reply_read(const struct bus_reply *reply, const struct message *m, void *ret);
