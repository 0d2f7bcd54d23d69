/* service.h - what the four programs have in common: settings, log, loop, admin listener, signals,
 * drain.
 *
 * main is: service_open, open the own parts, service_run. SIGTERM and SIGINT begin the drain: not
 * ready; for linger_ms requests are still taken; then the service shuts its doors and leaves as
 * soon as nothing is in hand, at the latest after drain_ms. A second signal leaves at once. */
#pragma once

#include "common/admin.h"
#include "common/loop.h"
#include "common/options.h"
#include "common/resolver.h"

#include <stdbool.h>

struct service;

struct service_options {
    const struct option_table *table;
    void *options; /* the service's own struct, which begins with a struct common_options: filled in
                    */
};

/* What the running service needs to know of its parts; all of them optional. */
struct service_parts {
    admin_ready_function *ready; /* dependencies only: draining is added here */
    admin_alive_function *alive;
    void (*on_drain)(void *context);      /* SIGTERM came: tell the bus, stop taking work */
    void (*on_linger_end)(void *context); /* take nothing new from now on */
    bool (*is_shut)(void *context);       /* nothing new can come any more: before, do not leave */
    bool (*has_work)(void *context);      /* something is in hand: do not leave yet */
    void *context;
};

/* Read settings, start the log, block signals, make loop, resolver, ZeroMQ context and what CURVE
 * needs. 0 and *ret; 1 when there is nothing more to do (--help, --version, --health that was well,
 * --make-curve-keys); -errno after having said why. */
int service_open(const struct service_options *options, int argc, char **argv,
                 struct service **ret) MUST_CHECK;
struct service *service_free(struct service *service);
DEFINE_AUTO(struct service *, service_free)

struct loop *service_loop(struct service *service);
struct resolver *service_resolver(struct service *service);
void *service_zmq(struct service *service);
struct bus_curve *service_curve(struct service *service); /* NULL: the bus is plain */

/* Open the admin listener, say that it is ready to be asked, run until told to leave. Exit status
 * for main. */
int service_run(struct service *service, const struct service_parts *parts) MUST_CHECK;

/* True from the first SIGTERM on. */
bool service_is_draining(const struct service *service);
