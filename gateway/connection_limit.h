/* connection_limit.h - how many connections an address has: counted exactly, for all threads,
 * without locks, in memory that does not grow. When all places that an address may have are taken,
 * its connections are not counted. */
#pragma once

#include "gateway/client_address.h"

#include <stdint.h>

struct connection_limit;

struct connection_limit *connection_limit_new(uint32_t most);
struct connection_limit *connection_limit_free(struct connection_limit *limit);
DEFINE_AUTO(struct connection_limit *, connection_limit_free)

/* The place where a connection is counted; 0: it is not. */
typedef uint32_t connection_place;

/* One more is allowed. Of any thread, as the others: between this and take another may come. */
bool connection_limit_has_room(struct connection_limit *limit,
                               const struct client_address *address);
connection_place connection_limit_take(struct connection_limit *limit,
                                       const struct client_address *address);
void connection_limit_give_back(struct connection_limit *limit, connection_place place);
