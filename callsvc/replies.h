/* replies.h - how an operation that is on disk is answered */
#pragma once

#include "callsvc/operation.h"
#include "common/bus_server.h"

/* Stage the reply of an operation that was asked for over the bus. `bulk` is scratch memory. */
void reply_to(struct bus_server *bus, const struct bus_return *back, const struct operation *o,
              struct buffer *bulk);
