/* origin.h - keeps web pages from placing calls through a gateway that asks nobody who he is: a
 * page of another site sends its Origin, and on loopback a rebound name its Host. */
#pragma once

#include "common/buffer.h"

#include <stdbool.h>

/* `host` and `origin` are the headers as they were sent, { NULL, 0 } if they were not. `allowed` is
 * a list of further origins, separated by commas or spaces. Where the gateway `is_on_loopback` the
 * host must be a name of it; elsewhere it may be any, a proxy's for one. */
bool origin_is_allowed(bool is_on_loopback, struct bytes host, struct bytes origin,
                       const char *allowed);

/* An origin was sent whose pages may read answers (CORS): the host's own, or an allowed one. */
bool origin_may_read(struct bytes host, struct bytes origin, const char *allowed);
