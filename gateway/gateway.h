/* gateway.h - what all workers share; it does not change once they run, but for the drain */
#pragma once

#include "common/buffer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hub;
struct ice_servers;
struct limits;

struct gateway {
    int64_t request_ms; /* every request is answered by then */
    bool checks_origin; /* open mode: origin.h */
    bool is_on_loopback;
    const char *origins; /* further origins, a list */
    struct ice_servers *ice_servers;
    struct limits *limits;
    struct hub *hub;         /* who listens to events */
    struct buffer openapi;   /* the document of GET /openapi.json */
    atomic_bool is_draining; /* answers close their connections */
};

/* The services that requests ask. */
enum peer { PEER_CALLSVC, PEER_TOKENSVC, PEER_ROBOTSVC, PEERS };
