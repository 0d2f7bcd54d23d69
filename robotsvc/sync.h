/* sync.h - keeps the crew in step with callsvc: hears its events, asks where one may be missing,
 * and every few seconds all the same */
#pragma once

#include "common/bus_client.h"
#include "common/resolver.h"
#include "robotsvc/crew.h"

enum { SYNC_SLOW_MS = 5000, SYNC_AGAIN_MS = 500 };

struct sync;

struct sync_options {
    void *zmq_context;
    struct bus_curve *curve;
    struct loop *loop;
    struct resolver *resolver;
    const char *endpoints; /* of callsvc's events */
    struct bus_client *callsvc;
    struct crew *crew;
};

int sync_open(const struct sync_options *options, struct sync **ret) MUST_CHECK; /* 0 or -errno */
struct sync *sync_free(struct sync *sync);
DEFINE_AUTO(struct sync *, sync_free)
