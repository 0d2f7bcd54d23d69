/* apns_pool.c - the few connections to one of Apple's environments */
#include "callsvc/apns_pool.h"

enum {
    STREAMS_ENOUGH = 100, /* with more, another connection is opened */
    STREAMS_MOST = 400,   /* of one connection; Apple allows 1000 */
};

/* The connection with the fewest streams. */
static struct apns_connection *find_idlest(const struct apns_pool *pool)
{
    struct apns_connection *best = NULL;

    for (size_t i = 0; i < APNS_CONNECTIONS_MOST; i++) {
        struct apns_connection *c = pool->connections[i];

        if (c && apns_connection_is_proven(c) &&
            (!best || apns_connection_streams(c) < apns_connection_streams(best)))
            best = c;
    }
    return best;
}

/* One that has accepted no token yet; true if there is one, *ret if it may be asked now. */
static bool find_unproven(const struct apns_pool *pool, struct apns_connection **ret)
{
    for (size_t i = 0; i < APNS_CONNECTIONS_MOST; i++) {
        struct apns_connection *c = pool->connections[i];

        if (!c || !apns_connection_is_unproven(c))
            continue;
        *ret = apns_connection_streams(c) == 0 ? c : NULL;
        return true;
    }
    return false;
}

static struct apns_connection *open_another(struct apns_pool *pool,
                                            const struct apns_connection_options *options)
{
    for (size_t i = 0; i < APNS_CONNECTIONS_MOST; i++) {
        if (pool->connections[i])
            continue;
        if (apns_connection_open(options, &pool->connections[i]) < 0)
            return NULL;
        pool->opened++;
        return pool->connections[i];
    }
    return NULL;
}

/* One connection is opened at a time: many that wait for their first answer would help nobody. */
struct apns_connection *apns_pool_choose(struct apns_pool *pool,
                                         const struct apns_connection_options *options)
{
    struct apns_connection *idlest = find_idlest(pool);
    struct apns_connection *chosen = NULL;

    if (idlest && apns_connection_streams(idlest) < STREAMS_ENOUGH)
        return idlest;
    if (!find_unproven(pool, &chosen))
        chosen = open_another(pool, options);
    if (!chosen && idlest && apns_connection_streams(idlest) < STREAMS_MOST)
        return idlest;
    return chosen;
}

bool apns_pool_has_proven(const struct apns_pool *pool)
{
    return find_idlest(pool) != NULL;
}

bool apns_pool_tidy(struct apns_pool *pool)
{
    bool has_freed = false;

    for (size_t i = 0; i < APNS_CONNECTIONS_MOST; i++) {
        if (!pool->connections[i] || !apns_connection_is_over(pool->connections[i]))
            continue;
        pool->connections[i] = apns_connection_free(pool->connections[i]);
        has_freed = true;
    }
    return has_freed;
}

void apns_pool_done(struct apns_pool *pool)
{
    for (size_t i = 0; i < APNS_CONNECTIONS_MOST; i++)
        pool->connections[i] = apns_connection_free(pool->connections[i]);
}
