/* apns_pool.h - the few connections to one of Apple's environments, and which is asked next */
#pragma once

#include "callsvc/apns_connection.h"

enum { APNS_CONNECTIONS_MOST = 4 };

/* Zeroed, it has none. */
struct apns_pool {
    struct apns_connection *connections[APNS_CONNECTIONS_MOST];
    size_t opened; /* ever */
};

/* The connection for the next request, a new one if that is needed; NULL: wait for an answer. */
struct apns_connection *apns_pool_choose(struct apns_pool *pool,
                                         const struct apns_connection_options *options);

/* One of them has accepted our token. */
bool apns_pool_has_proven(const struct apns_pool *pool);

/* Free connections that are over: true if there was one. Not from within their functions. */
bool apns_pool_tidy(struct apns_pool *pool);

void apns_pool_done(struct apns_pool *pool);
