/* connection_limit.c - how many connections an address has */
#include "gateway/connection_limit.h"

#include "gateway/crypto.h"

#include "common/memory.h"
#include "common/text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETS = 8192, /* half a MiB */
    WAYS = 8,    /* places that an address may have */
    COUNT_BITS = 32,
};

static const uint64_t count_mask = (UINT64_C(1) << COUNT_BITS) - 1;

/* Half of the address' hash, and how many it has; without any the place is free. */
typedef _Atomic uint64_t counter;

struct connection_limit {
    uint32_t most;
    unsigned char secret[CRYPTO_SHA256_BYTES];
    counter counters[SETS][WAYS];
};

struct connection_limit *connection_limit_new(uint32_t most)
{
    struct connection_limit *limit = must_alloc(1, sizeof *limit);

    limit->most = most;
    random_bytes(limit->secret, sizeof limit->secret);
    return limit;
}

struct connection_limit *connection_limit_free(struct connection_limit *limit)
{
    free(limit);
    return NULL;
}

static uint64_t hash(const struct connection_limit *limit, struct client_address address)
{
    unsigned char mac[CRYPTO_SHA256_BYTES];
    uint64_t ret;

    client_address_mask(&address);
    crypto_hmac_sha256((struct bytes){ limit->secret, sizeof limit->secret },
                       (struct bytes){ address.bytes, sizeof address.bytes }, mac);
    memcpy(&ret, mac, sizeof ret);
    return ret;
}

static bool is_free(uint64_t word)
{
    return (word & count_mask) == 0;
}

/* The address' own counter, or a free one; NULL if there is neither. */
static counter *find_counter(counter *places, uint64_t tag)
{
    counter *unused = NULL;

    for (size_t i = WAYS; i-- > 0;) {
        uint64_t word = atomic_load_explicit(&places[i], memory_order_relaxed);

        if (is_free(word))
            unused = &places[i];
        else if ((word & ~count_mask) == tag)
            return &places[i];
    }
    return unused;
}

bool connection_limit_has_room(struct connection_limit *limit, const struct client_address *address)
{
    const uint64_t number = hash(limit, *address);
    const counter *place = find_counter(limit->counters[number % SETS], number & ~count_mask);

    return !place || (atomic_load_explicit(place, memory_order_relaxed) & count_mask) < limit->most;
}

connection_place connection_limit_take(struct connection_limit *limit,
                                       const struct client_address *address)
{
    const uint64_t number = hash(limit, *address);
    const uint64_t tag = number & ~count_mask;

    for (;;) {
        counter *place = find_counter(limit->counters[number % SETS], tag);
        uint64_t word;

        if (!place)
            return 0;
        word = atomic_load_explicit(place, memory_order_relaxed);
        if (!is_free(word) && (word & ~count_mask) != tag)
            continue; /* another address was faster */
        if (atomic_compare_exchange_weak_explicit(place, &word, tag | ((word & count_mask) + 1),
                                                  memory_order_relaxed, memory_order_relaxed))
            return (connection_place)(place - &limit->counters[0][0]) + 1;
    }
}

void connection_limit_give_back(struct connection_limit *limit, connection_place place)
{
    if (place > 0)
        atomic_fetch_sub_explicit(&limit->counters[0][0] + place - 1, 1, memory_order_relaxed);
}
