/* resolver.h - a thread of its own that looks names up again and again, so that replicas come and
 * go.
 *
 * libzmq takes the first address of a name only, and looks it up in its I/O thread, where a slow
 * name server would hold up every socket: so names are resolved here and sockets connect to numeric
 * addresses. */
#pragma once

#include "common/auto.h"
#include "common/loop.h"

#include <stddef.h>

struct resolver;
struct resolver_watch;

/* The whole set of endpoints now, numeric or ipc, sorted, without doubles; called in the loop's
 * thread, first as soon as it is known, then on every change. When names cannot be looked up the
 * last good set stands. The texts are borrowed for the call. */
typedef void resolver_function(void *context, const char *const *endpoints, size_t count);

int resolver_open(struct resolver **ret) MUST_CHECK;       /* 0 or -errno */
struct resolver *resolver_free(struct resolver *resolver); /* after all its watches are removed */
DEFINE_AUTO(struct resolver *, resolver_free)

/* Watch a list of endpoints, separated by commas or spaces: "tcp://host:port" (every address of the
 * host), "tcp://[::1]:port", "ipc://path". 0, or -EINVAL for a list that cannot be read. */
int resolver_add_watch(struct resolver *resolver, struct loop *loop, const char *endpoints,
                       resolver_function *function, void *context,
                       struct resolver_watch **ret) MUST_CHECK;
void resolver_remove_watch(struct resolver *resolver, struct resolver_watch *watch);
