/* worker.c - a thread that serves HTTP */
#include "gateway/worker.h"

#include "gateway/auth.h"
#include "gateway/http_metrics.h"
#include "gateway/http_server.h"
#include "gateway/request.h"

#include "common/bus_client.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    HEARTBEAT_MS = 1000, /* a turn at least so often: that it turns is told to /livez */
    SETTLE_MS = 20,      /* a connection that is half made when it begins to shut is whole then */
    IDLE_MS = 300,       /* who connected before it shut, and has not asked by then, does not now */
};

struct worker {
    unsigned number;
    struct loop *loop;
    struct bus_client *peers[PEERS];
    struct auth *auth;
    struct requests *requests;
    struct http_server *server;
    struct loop_timer heartbeat;
    pthread_t thread;
    bool is_started;
    atomic_bool reaches[PEERS];
    atomic_size_t in_hand;
    atomic_bool is_told_to_shut;
    struct loop_timer settling;
    _Atomic int64_t shut_ms; /* since when nobody can connect; 0: somebody can */
    atomic_uint connections;
    _Atomic int64_t turned_ms;
};

static int open_peers(struct worker *worker, const struct worker_options *options)
{
    const struct {
        const char *service;
        const char *endpoints;
        const char *setting;
    } peers[] = {
        [PEER_CALLSVC] = {"callsvc",   options->options->callsvc,  "DAPI_CALLSVC" },
        [PEER_TOKENSVC] = { "tokensvc", options->options->tokensvc, "DAPI_TOKENSVC"},
        [PEER_ROBOTSVC] = { "robotsvc", options->options->robotsvc, "DAPI_ROBOTSVC"},
    };

    for (enum peer peer = 0; peer < PEERS; peer++) {
        const struct bus_client_options client = {
            .zmq_context = options->zmq_context,
            .curve = options->curve,
            .loop = worker->loop,
            .resolver = options->resolver,
            .service = peers[peer].service,
            .endpoints = peers[peer].endpoints,
        };
        int r = bus_client_open(&client, &worker->peers[peer]);

        if (r < 0)
            return log_failed(r, "read the endpoints \"%s\" (%s)", peers[peer].endpoints,
                              peers[peer].setting);
    }
    return 0;
}

static int open_auth(struct worker *worker, const struct worker_options *options)
{
    const struct gateway_options *settings = options->options;
    const struct auth_options auth = {
        .rules = {.audiences = settings->jwt_audience,
                  .issuer = settings->jwt_issuer,
                  .service_scope = settings->jwt_service_scope,
                  .leeway_seconds = settings->jwt_leeway_seconds},
        .keys_file = settings->jwt_keys_file,
        .logs_reloads = worker->number == 0,
    };
    const char *problem;

    if (settings->auth != GATEWAY_AUTH_JWT || auth_open(&auth, &worker->auth, &problem) == 0)
        return 0;
    log_error("DAPI_JWT_KEYS_FILE=%s: %s", auth.keys_file, problem);
    return -EINVAL;
}

static int open_server(struct worker *worker, const struct worker_options *options)
{
    const struct requests_options requests = {
        .gateway = options->gateway,
        .peers = worker->peers,
        .auth = worker->auth,
    };
    struct http_server_options server = {
        .loop = worker->loop,
        .listen_fd = options->listen_fd,
        .most_connections = options->most_connections,
        .limits = options->gateway->limits,
        .callbacks = requests_callbacks(),
    };
    int r;

    worker->requests = requests_new(&requests);
    server.context = worker->requests;
    r = http_server_open(&server, &worker->server);
    return r < 0 ? log_failed(r, "start the HTTP server") : 0;
}

static void close_door(void *context)
{
    struct worker *worker = context;

    http_server_shut(worker->server);
    atomic_store(&worker->connections, http_server_connections(worker->server));
    atomic_store(&worker->shut_ms, loop_now_ms(worker->loop));
}

static void begin_to_shut(struct worker *worker)
{
    atomic_store(&worker->is_told_to_shut, false);
    http_server_begin_shut(worker->server);
    loop_set_timer(worker->loop, &worker->settling, loop_now_ms(worker->loop) + SETTLE_MS,
                   close_door, worker);
}

/* The last hook of a turn: everything that the turn asked leaves now. */
static bool end_turn(void *context)
{
    struct worker *worker = context;
    size_t in_hand = requests_in_hand(worker->requests);
    bool has_sent = false;

    for (enum peer peer = 0; peer < PEERS; peer++) {
        has_sent |= bus_client_flush(worker->peers[peer]);
        atomic_store_explicit(&worker->reaches[peer], bus_client_is_ready(worker->peers[peer]),
                              memory_order_relaxed);
    }
    atomic_store_explicit(&worker->turned_ms, loop_now_ms(worker->loop), memory_order_relaxed);
    if (atomic_load_explicit(&worker->is_told_to_shut, memory_order_relaxed))
        begin_to_shut(worker);
    if (atomic_load_explicit(&worker->shut_ms, memory_order_relaxed) > 0)
        atomic_store(&worker->connections, http_server_connections(worker->server));
    if (in_hand != worker->in_hand) {
        atomic_store_explicit(&worker->in_hand, in_hand, memory_order_relaxed);
        http_metrics_set_in_hand(worker->number, (int64_t)in_hand);
    }
    return has_sent;
}

static void beat(void *context)
{
    struct worker *worker = context;

    loop_set_timer(worker->loop, &worker->heartbeat, loop_now_ms(worker->loop) + HEARTBEAT_MS, beat,
                   worker);
}

static void *run_worker(void *context)
{
    struct worker *worker = context;
    int r = loop_run(worker->loop);

    if (r < 0)
        log_failed(r, "run the loop of worker %u", worker->number);
    return NULL;
}

static int start_thread(struct worker *worker)
{
    int r;

    loop_add_hook(worker->loop, end_turn, NULL, worker);
    beat(worker);
    atomic_store(&worker->turned_ms, clock_steady_ms());
    r = -pthread_create(&worker->thread, NULL, run_worker, worker);
    worker->is_started = r == 0;
    return r < 0 ? log_failed(r, "start worker %u", worker->number) : 0;
}

/* The order of opening is that of the hooks: replies come in, HTTP is served, questions leave. */
static int open_parts(struct worker *worker, const struct worker_options *options)
{
    int r = loop_open(&worker->loop);

    if (r < 0)
        log_failed(r, "make the loop of worker %u", worker->number);
    else
        r = open_auth(worker, options);
    if (r == 0)
        r = open_peers(worker, options);
    if (r < 0) {
        close(options->listen_fd);
        return r;
    }
    r = open_server(worker, options);
    return r < 0 ? r : start_thread(worker);
}

int worker_open(const struct worker_options *options, struct worker **ret)
{
    AUTO(worker_freep) struct worker *worker = must_alloc(1, sizeof *worker);
    int r;

    worker->number = options->number;
    r = open_parts(worker, options);
    if (r < 0)
        return r;
    *ret = TAKE(worker);
    return 0;
}

struct worker *worker_free(struct worker *worker)
{
    if (!worker)
        return NULL;
    if (worker->is_started) {
        loop_stop(worker->loop);
        pthread_join(worker->thread, NULL);
    }
    if (worker->requests)
        requests_give_up(worker->requests);
    http_server_free(worker->server);
    requests_free(worker->requests);
    auth_free(worker->auth);
    for (enum peer peer = 0; peer < PEERS; peer++)
        bus_client_free(worker->peers[peer]);
    loop_free(worker->loop);
    free(worker);
    return NULL;
}

void worker_shut(struct worker *worker)
{
    atomic_store(&worker->is_told_to_shut, true);
    loop_wake(worker->loop);
}

bool worker_is_shut(const struct worker *worker)
{
    int64_t shut_ms = atomic_load(&worker->shut_ms);

    return shut_ms > 0 &&
           (atomic_load(&worker->connections) == 0 || clock_steady_ms() - shut_ms >= IDLE_MS);
}

bool worker_reaches(const struct worker *worker, enum peer peer)
{
    return atomic_load_explicit(&worker->reaches[peer], memory_order_relaxed);
}

size_t worker_in_hand(const struct worker *worker)
{
    return atomic_load_explicit(&worker->in_hand, memory_order_relaxed);
}

int64_t worker_turned_ms(const struct worker *worker)
{
    return atomic_load_explicit(&worker->turned_ms, memory_order_relaxed);
}
