/* admin.h - /livez, /readyz and /metrics of a process, on a listener of its own within its loop:
 * that it answers at all is what /livez says. */
#pragma once

#include "common/auto.h"
#include "common/loop.h"

#include <stdbool.h>

struct admin;

/* Says why the process is not ready, as a constant text ("callsvc is away"), or NULL when it is. */
typedef const char *admin_ready_function(void *context);
/* Says why the process is not alive (a worker thread hangs), or NULL when it is. May be NULL
 * itself. */
typedef const char *admin_alive_function(void *context);

struct admin_options {
    struct loop *loop;
    const char
        *listen; /* "127.0.0.1:9090", "127.0.0.1:0", "[::1]:0", "unix:/path"; "" is no listener */
    admin_ready_function *ready;
    admin_alive_function *alive;
    void *context;
};

/* 0 or -errno. A stale socket file at a unix: path is replaced. */
int admin_open(const struct admin_options *options, struct admin **ret) MUST_CHECK;
struct admin *admin_free(struct admin *admin);
DEFINE_AUTO(struct admin *, admin_free)

/* "127.0.0.1:41234": where it really listens; "" without a listener. */
const char *admin_address(const struct admin *admin);

enum { ADMIN_REASON_MOST = 128 };

/* For --health: ask /readyz of the process that listens at `listen`, for at most 3 s. 0 if it is
 * ready; else -errno, and ret_reason says why in one line: -EAGAIN if the process itself says that
 * it is not, -EDESTADDRREQ if `listen` names no place to ask at ("", port 0). */
int admin_ask_ready(const char *listen, char ret_reason[ADMIN_REASON_MOST]) MUST_CHECK;
