/* origin.h - keeps web pages from placing calls through a gateway that listens on loopback and asks
 * nobody who he is: a page of another site sends its Origin, a rebound name its Host. */
#pragma once

#include "common/buffer.h"

#include <stdbool.h>

/* `host` and `origin` are the headers as they were sent, { NULL, 0 } if they were not. `allowed` is
 * a list of further origins, separated by commas or spaces. */
bool origin_is_allowed(struct bytes host, struct bytes origin, const char *allowed);

/* An origin was sent whose pages may read answers (CORS): the host's own, or an allowed one. */
bool origin_may_read(struct bytes host, struct bytes origin, const char *allowed);
