/* bus_curve.h - CURVE on the bus: every socket encrypted, every peer known by its key.
 *
 * libzmq asks one handler in each context whether a client's key may come in (ZAP, ZeroMQ RFC 27);
 * without one it would let in everybody who knows the server's key. It does not ask again while a
 * connection lasts: bus_curve_allows and bus_curve_removals are for what goes on after that. Where
 * a struct bus_curve is asked for, NULL is a bus without CURVE. */
#pragma once

#include <zmq.h>

#include "common/auto.h"

#include <stdbool.h>

enum { BUS_CURVE_PROBLEM_MOST = 512 };

struct bus_curve;

struct bus_curve_options {
    void *zmq_context;
    const char *secret_file;  /* DAPI_CURVE_SECRET_FILE */
    const char *clients_file; /* DAPI_CURVE_CLIENTS_FILE: looked at again every second */
    const char *servers_file; /* DAPI_CURVE_SERVERS_FILE */
};

/* Read the files and answer for this context from now on, in a thread of its own. 0 and *ret, which
 * is NULL where none of the three is given; or -errno and in *reterr a sentence that names the
 * setting and its file. */
int bus_curve_open(const struct bus_curve_options *options, struct bus_curve **ret,
                   char reterr[BUS_CURVE_PROBLEM_MOST]) MUST_CHECK;
/* After all sockets that it secured, before the context. */
struct bus_curve *bus_curve_free(struct bus_curve *curve);
DEFINE_AUTO(struct bus_curve *, bus_curve_free)

/* Before it binds: this socket lets in only those whose keys are listed, and what it refuses is
 * counted. 0 or -errno. */
int bus_curve_serve(struct bus_curve *curve, void *socket) MUST_CHECK;

/* Before it connects: this socket talks only to `service`. 0, or -ENOKEY after having logged where
 * its key is missing. */
int bus_curve_ask(const struct bus_curve *curve, void *socket, const char *service) MUST_CHECK;
/* Whether bus_curve_ask would find a key; it says so, too, if not. */
int bus_curve_check(const struct bus_curve *curve, const char *service) MUST_CHECK;

/* Whether the sender's key is still listed; one that is not is counted. */
bool bus_curve_allows(struct bus_curve *curve, zmq_msg_t *message);

/* How often keys were removed from the list: whoever tells without being asked begins anew then. */
unsigned bus_curve_removals(struct bus_curve *curve);
