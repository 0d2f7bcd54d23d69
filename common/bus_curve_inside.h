/* bus_curve_inside.h - what the files of CURVE share: settings and sockets are bus_curve.c, the
 * thread that lets clients in is bus_curve_zap.c */
#pragma once

#include "common/bus_curve.h"
#include "common/bus_curve_keys.h"
#include "common/file_version.h"
#include "common/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { CURVE_MONITORS_MOST = 16 };

#define CURVE_DOMAIN "dapi" /* of ZAP: which handler is meant, where there are several */

struct bus_curve {
    void *zmq_context;
    char secret[CURVE_KEY_LENGTH + 1];
    char own[CURVE_KEY_LENGTH + 1]; /* its public half */
    struct curve_keys servers;
    char *clients_file;

    pthread_mutex_t lock; /* of these three */
    struct curve_keys clients;
    void *monitors[CURVE_MONITORS_MOST]; /* each hears of one server socket's failed handshakes */
    unsigned monitor_number;             /* the next one's name */

    atomic_uint removals;
    struct metric *refused;    /* their key is not listed */
    struct metric *unread;     /* no CURVE, another server's key, or noise */
    struct metric *turned_off; /* messages of those who are not listed any more */

    /* The thread's own. */
    void *zap;
    int wake; /* eventfd */
    atomic_bool is_ending;
    bool is_started;
    pthread_t thread;
    struct file_version version; /* of the file as it was read last, well or not */
    int64_t look_ms;             /* when the file is looked at next */
    uint64_t unsaid;             /* refusals that the log does not know of */
    int64_t say_ms;              /* when it may be told again */
};

/* Bind the handler and start its thread; end both. */
int curve_zap_start(struct bus_curve *curve) MUST_CHECK;
void curve_zap_end(struct bus_curve *curve);
