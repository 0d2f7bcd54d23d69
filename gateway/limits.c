/* limits.c - how much one uid or one address may ask for */
#include "gateway/limits.h"

#include "gateway/rate_limit.h"

#include "common/clock.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct limits {
    struct networks trusted;
    struct rate_limit *per_uid; /* NULL, here and below: there is no such limit */
    struct rate_limit *per_address;
    struct connection_limit *connections;
};

static int open_rate(const char *setting, const char *text, struct rate_limit **ret,
                     struct fault *reterr)
{
    struct rate rate;

    if (rate_read(text, &rate) < 0) {
        *reterr =
            (struct fault){ setting,
                            "must be so many in so many seconds, as 10/60: 1000 a second at most" };
        return -EINVAL;
    }
    if (rate.count > 0)
        *ret = rate_limit_new(&rate, clock_steady_ms());
    return 0;
}

int limits_open(const struct gateway_options *options, struct limits **ret, struct fault *reterr)
{
    AUTO(limits_freep) struct limits *limits = must_alloc(1, sizeof *limits);

    if (networks_read(options->trusted_proxies, &limits->trusted) < 0) {
        *reterr = (struct fault){ "DAPI_TRUSTED_PROXIES",
                                  "must be up to 32 addresses or networks, as 10.0.0.0/8, ::1" };
        return -EINVAL;
    }
    if (open_rate("DAPI_RATE_PER_UID", options->rate_per_uid, &limits->per_uid, reterr) < 0 ||
        open_rate("DAPI_RATE_PER_ADDRESS", options->rate_per_address, &limits->per_address,
                  reterr) < 0)
        return -EINVAL;
    if (options->connections_per_address > 0)
        limits->connections = connection_limit_new((uint32_t)options->connections_per_address);
    *ret = TAKE(limits);
    return 0;
}

struct limits *limits_free(struct limits *limits)
{
    if (!limits)
        return NULL;
    rate_limit_free(limits->per_uid);
    rate_limit_free(limits->per_address);
    connection_limit_free(limits->connections);
    free(limits);
    return NULL;
}

const struct networks *limits_trusted(const struct limits *limits)
{
    return &limits->trusted;
}

static int64_t take_of_address(struct limits *limits, struct client_address address, int64_t now_ms)
{
    client_address_mask(&address);
    return rate_limit_take(limits->per_address,
                           (struct bytes){ address.bytes, sizeof address.bytes }, now_ms);
}

/* Of the uid first: who asks too often does not use up what others behind his address may ask. */
int64_t limits_take_call(struct limits *limits, const char *uid,
                         const struct client_address *address)
{
    int64_t now_ms = limits->per_uid || limits->per_address ? clock_steady_ms() : 0;
    int64_t wait_ms = 0;

    if (limits->per_uid && *uid)
        wait_ms = rate_limit_take(limits->per_uid, (struct bytes){ uid, strlen(uid) }, now_ms);
    if (wait_ms == 0 && limits->per_address && address)
        wait_ms = take_of_address(limits, *address, now_ms);
    return wait_ms;
}

static bool counts(const struct limits *limits, const struct client_address *address)
{
    return limits->connections && !networks_hold(&limits->trusted, address);
}

bool limits_may_connect(struct limits *limits, const struct client_address *address)
{
    return !counts(limits, address) || connection_limit_has_room(limits->connections, address);
}

connection_place limits_connect(struct limits *limits, const struct client_address *address)
{
    return counts(limits, address) ? connection_limit_take(limits->connections, address) : 0;
}

void limits_disconnect(struct limits *limits, connection_place place)
{
    if (place > 0)
        connection_limit_give_back(limits->connections, place);
}
