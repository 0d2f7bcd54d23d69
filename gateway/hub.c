/* hub.c - the thread of those who listen to events */
#include "gateway/hub.h"

#include "gateway/audience.h"
#include "gateway/limits.h"
#include "gateway/live_socket.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { HEARTBEAT_MS = 1000 };

/* One who listens, and how. */
struct client {
    struct live_socket socket;
    struct listener listener;
    struct hub *hub;
    struct loop_timer expiry; /* of the token that it came with */
    connection_place place;
};

/* On its way from a worker. */
struct arrival {
    STAILQ_ENTRY(arrival) place;
    struct http_socket connection;
    struct hub_listener listener;
    struct buffer early;
};
STAILQ_HEAD(arrivals, arrival);

struct hub {
    struct loop *loop;
    struct bus_client *callsvc;
    struct event_subscriber *subscriber;
    struct audiences *audiences;
    struct live_sockets *sockets;
    struct loop_timer heartbeat;
    pthread_t thread;
    bool is_started;
    bool has_said_goodbye;
    struct limits *limits;
    size_t most;
    pthread_mutex_t mutex;
    struct arrivals arrivals; /* under the mutex */
    atomic_size_t count;      /* connections: arrivals and clients */
    atomic_bool is_draining;
    _Atomic int64_t turned_ms;
    struct metric *open;
    struct metric *gaps;
};

static struct client *client_of(struct live_socket *socket)
{
    _Static_assert(offsetof(struct client, socket) == 0, "or the cast is wrong");
    return (struct client *)socket;
}

static struct client *client_of_listener(const struct listener *listener)
{
    return (struct client *)((uintptr_t)listener - offsetof(struct client, listener));
}

/* What the parts tell. */

static void on_event(void *context, const struct event *event, const struct call *call,
                     const struct call_inside *inside)
{
    struct hub *hub = context;

    (void)inside;
    audiences_take_event(hub->audiences, event, call);
}

static void on_gap(void *context, unsigned shard)
{
    struct hub *hub = context;

    metric_add(hub->gaps, 1);
    audiences_take_gap(hub->audiences, shard);
}

static void tell(struct listener *listener, struct bytes text)
{
    live_socket_say(&client_of_listener(listener)->socket, text);
}

static bool is_drained(const struct listener *listener)
{
    return live_socket_is_drained(&client_of_listener(listener)->socket);
}

static void on_drained(struct live_socket *socket)
{
    struct client *client = client_of(socket);

    audiences_note_drained(client->hub->audiences, &client->listener);
}

static void count(struct hub *hub, int more)
{
    size_t now = atomic_fetch_add(&hub->count, (size_t)more) + (size_t)more;

    metric_set(hub->open, (int64_t)now);
}

static void on_gone(struct live_socket *socket)
{
    struct client *client = client_of(socket);

    loop_clear_timer(client->hub->loop, &client->expiry);
    audiences_remove(client->hub->audiences, &client->listener);
    limits_disconnect(client->hub->limits, client->place);
    count(client->hub, -1);
    free(client);
}

/* Those who come. */

static struct arrival *next_arrival(struct hub *hub)
{
    struct arrival *arrival;

    pthread_mutex_lock(&hub->mutex);
    arrival = STAILQ_FIRST(&hub->arrivals);
    if (arrival)
        STAILQ_REMOVE_HEAD(&hub->arrivals, place);
    pthread_mutex_unlock(&hub->mutex);
    return arrival;
}

static void free_arrival(struct arrival *arrival)
{
    buffer_done(&arrival->early);
    free(arrival);
}

static void on_expiry(void *context)
{
    struct client *client = context;

    live_socket_close(&client->socket, WEBSOCKET_TOKEN_ENDED, "your token has expired");
}

static void set_expiry(struct client *client, int64_t token_ends_seconds)
{
    int64_t left_ms = token_ends_seconds * 1000 - clock_wall_ms();

    if (token_ends_seconds > 0)
        loop_set_timer(client->hub->loop, &client->expiry,
                       loop_now_ms(client->hub->loop) + (left_ms > 0 ? left_ms : 0), on_expiry,
                       client);
}

static void welcome(struct hub *hub, struct arrival *arrival)
{
    struct client *client = must_alloc(1, sizeof *client);
    int r = live_socket_open(hub->sockets, &client->socket, arrival->connection,
                             (struct bytes){ arrival->early.data, arrival->early.size });

    if (r < 0) {
        log_failed(r, "watch a WebSocket");
        limits_disconnect(hub->limits, arrival->listener.place);
        count(hub, -1);
        free(client);
        return;
    }
    client->hub = hub;
    client->place = arrival->listener.place;
    set_expiry(client, arrival->listener.token_ends_seconds);
    audiences_add(hub->audiences, &client->listener, arrival->listener.uid,
                  arrival->listener.since);
    if (atomic_load(&hub->is_draining))
        live_socket_close(&client->socket, WEBSOCKET_GOING_AWAY, "this server leaves");
}

static bool welcome_all(struct hub *hub)
{
    struct arrival *arrival;
    bool is_any = false;

    while ((arrival = next_arrival(hub))) {
        welcome(hub, arrival);
        free_arrival(arrival);
        is_any = true;
    }
    return is_any;
}

static void say_goodbye(struct hub *hub)
{
    if (hub->has_said_goodbye || !atomic_load(&hub->is_draining))
        return;
    hub->has_said_goodbye = true;
    live_sockets_close_all(hub->sockets, WEBSOCKET_GOING_AWAY, "this server leaves");
}

/* The last hook of a turn. */
static bool end_turn(void *context)
{
    struct hub *hub = context;
    bool has_moved = welcome_all(hub);

    say_goodbye(hub);
    has_moved |= live_sockets_flush(hub->sockets);
    has_moved |= audiences_ask(hub->audiences);
    has_moved |= bus_client_flush(hub->callsvc);
    atomic_store_explicit(&hub->turned_ms, loop_now_ms(hub->loop), memory_order_relaxed);
    return has_moved;
}

static void beat(void *context)
{
    struct hub *hub = context;

    loop_set_timer(hub->loop, &hub->heartbeat, loop_now_ms(hub->loop) + HEARTBEAT_MS, beat, hub);
}

/* Opening */

static int open_callsvc(struct hub *hub, const struct hub_options *options)
{
    const struct bus_client_options client = {
        .zmq_context = options->zmq_context,
        .curve = options->curve,
        .loop = hub->loop,
        .resolver = options->resolver,
        .service = "callsvc",
        .endpoints = options->options->callsvc,
    };
    const struct event_subscriber_options subscriber = {
        .zmq_context = options->zmq_context,
        .curve = options->curve,
        .loop = hub->loop,
        .resolver = options->resolver,
        .endpoints = options->options->callsvc_events,
        .on_event = on_event,
        .on_gap = on_gap,
        .context = hub,
    };
    int r = bus_client_open(&client, &hub->callsvc);

    if (r < 0)
        return log_failed(r, "read the endpoints \"%s\" (DAPI_CALLSVC)", client.endpoints);
    r = event_subscriber_open(&subscriber, &hub->subscriber);
    if (r < 0)
        return log_failed(r, "hear \"%s\" (DAPI_CALLSVC_EVENTS)", subscriber.endpoints);
    return 0;
}

static void open_parts(struct hub *hub, const struct hub_options *options)
{
    const struct live_sockets_options sockets = {
        .loop = hub->loop,
        .ping_ms = options->options->event_ping_seconds * 1000,
        .on_drained = on_drained,
        .on_gone = on_gone,
        .slow = metric_counter("dapi_event_sockets_slow_total", "",
                               "WebSockets that were dropped because they did not read."),
    };
    const struct audiences_options audiences = {
        .loop = hub->loop,
        .callsvc = hub->callsvc,
        .subscriber = hub->subscriber,
        .tell = tell,
        .is_drained = is_drained,
        .asked = metric_counter("dapi_event_catch_ups_total", "",
                                "Questions to callsvc for events that may have been missed."),
        .told = metric_counter("dapi_events_told_total", "", "Events told to WebSockets."),
    };

    hub->open = metric_gauge("dapi_event_sockets", "", "WebSockets that are open.");
    hub->gaps = metric_counter("dapi_event_gaps_total", "",
                               "Times that events of a shard may have been missed.");
    hub->sockets = live_sockets_new(&sockets);
    hub->audiences = audiences_new(&audiences);
}

static void *run_hub(void *context)
{
    const struct hub *hub = context;
    int r = loop_run(hub->loop);

    if (r < 0)
        log_failed(r, "run the loop of the WebSockets");
    return NULL;
}

static int start_thread(struct hub *hub)
{
    int r;

    loop_add_hook(hub->loop, end_turn, NULL, hub);
    beat(hub);
    atomic_store(&hub->turned_ms, clock_steady_ms());
    r = -pthread_create(&hub->thread, NULL, run_hub, hub);
    hub->is_started = r == 0;
    return r < 0 ? log_failed(r, "start the thread of the WebSockets") : 0;
}

int hub_open(const struct hub_options *options, struct hub **ret)
{
    AUTO(hub_freep) struct hub *hub = must_alloc(1, sizeof *hub);
    int r;

    pthread_mutex_init(&hub->mutex, NULL);
    STAILQ_INIT(&hub->arrivals);
    hub->limits = options->limits;
    hub->most = (size_t)options->options->event_sockets;
    r = loop_open(&hub->loop);
    if (r < 0)
        return log_failed(r, "make the loop of the WebSockets");
    r = open_callsvc(hub, options);
    if (r < 0)
        return r;
    open_parts(hub, options);
    r = start_thread(hub);
    if (r < 0)
        return r;
    *ret = TAKE(hub);
    return 0;
}

static void free_parts(struct hub *hub)
{
    struct arrival *arrival;

    if (hub->sockets)
        live_sockets_drop_all(hub->sockets);
    while ((arrival = next_arrival(hub))) {
        http_socket_close(&arrival->connection);
        limits_disconnect(hub->limits, arrival->listener.place);
        free_arrival(arrival);
    }
    audiences_free(hub->audiences);
    live_sockets_free(hub->sockets);
    event_subscriber_free(hub->subscriber);
    bus_client_free(hub->callsvc);
    loop_free(hub->loop);
}

struct hub *hub_free(struct hub *hub)
{
    if (!hub)
        return NULL;
    if (hub->is_started) {
        loop_stop(hub->loop);
        pthread_join(hub->thread, NULL);
    }
    free_parts(hub);
    pthread_mutex_destroy(&hub->mutex);
    free(hub);
    return NULL;
}

/* From any thread. */

bool hub_has_room(const struct hub *hub)
{
    return atomic_load_explicit(&hub->count, memory_order_relaxed) < hub->most &&
           !atomic_load_explicit(&hub->is_draining, memory_order_relaxed);
}

void hub_add(struct hub *hub, struct http_socket connection, const struct hub_listener *listener,
             struct bytes early)
{
    struct arrival *arrival = must_alloc(1, sizeof *arrival);

    arrival->connection = connection;
    arrival->listener = *listener;
    buffer_add(&arrival->early, early.data, early.size);
    count(hub, 1);
    pthread_mutex_lock(&hub->mutex);
    STAILQ_INSERT_TAIL(&hub->arrivals, arrival, place);
    pthread_mutex_unlock(&hub->mutex);
    loop_wake(hub->loop);
}

void hub_drain(struct hub *hub)
{
    atomic_store(&hub->is_draining, true);
    loop_wake(hub->loop);
}

size_t hub_in_hand(const struct hub *hub)
{
    return atomic_load_explicit(&hub->count, memory_order_relaxed);
}

int64_t hub_turned_ms(const struct hub *hub)
{
    return atomic_load_explicit(&hub->turned_ms, memory_order_relaxed);
}
