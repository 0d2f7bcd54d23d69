/* bus_client_inside.h - what the files of bus_client share: requests in hand (bus_pending.c),
 * replicas (bus_replica.c), who gets which request (bus_dispatch.c) */
#pragma once

#include "common/bus_batch.h"
#include "common/bus_client.h"
#include "common/bus_metrics.h"
#include "common/bus_socket.h"

enum {
    BUS_PING_MS = 500,
    BUS_SILENT_PINGS = 5, /* so many without a word make a replica unhealthy */
    BUS_WAIT_MS = 1000,   /* for a healthy replica */
};

/* A place in a circular list; a list is one whose own item is none. */
struct bus_link {
    struct bus_link *next;
    struct bus_link *previous;
};

static inline void bus_list_init(struct bus_link *list)
{
    list->next = list->previous = list;
}

/* At the front: the memory used last is the next one to be used. */
static inline void bus_list_push(struct bus_link *list, struct bus_link *link)
{
    link->previous = list;
    link->next = list->next;
    list->next->previous = link;
    list->next = link;
}

static inline void bus_list_append(struct bus_link *list, struct bus_link *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

static inline void bus_list_unlink(struct bus_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
}

/* Everything in `from` is at the end of `list` now. */
void bus_list_move(struct bus_link *list, struct bus_link *from);

struct bus_replica;

/* A request in hand. It keeps what is needed to send it again. */
struct bus_pending {
    struct bus_link link; /* first: of its replica's list, or of the client's waiting or refused */
    struct bus_client *client;
    struct bus_replica *replica; /* NULL: none has it */
    bool is_used;
    uint64_t id;        /* on the wire, and the asker's handle */
    enum error refusal; /* why it is in the list of refused ones */
    bus_reply_function *on_reply;
    void *context;
    int64_t deadline_ms;
    struct loop_timer timer;
    const struct message *message;
    struct buffer copy; /* the message's struct, then the bulk */
    char verb[BUS_VERB_MOST + 1];
    char traceparent[TRACEPARENT_LENGTH + 1];
};

/* All requests in hand, found by their id; memory is used again, never given back. */
struct bus_pending_table {
    struct bus_pending **slots;
    size_t count;
    size_t capacity;
    struct bus_link unused;
    size_t in_hand;
};
void bus_pending_table_init(struct bus_pending_table *table);
void bus_pending_table_done(struct bus_pending_table *table);
struct bus_pending *bus_pending_take(struct bus_pending_table *table, const struct bus_ask *ask);
void bus_pending_release(struct bus_pending_table *table, struct bus_pending *pending);
struct bus_pending *bus_pending_find(const struct bus_pending_table *table, uint64_t id);

struct bus_replica {
    struct bus_client *client;
    char *endpoint;
    void *socket;
    struct bus_batch batch;
    struct bus_link outstanding; /* requests that it has, or that are in its batch */
    size_t outstanding_count;
    char instance[BUS_INSTANCE_LENGTH + 1];
    unsigned unanswered; /* pings since it was last heard */
    unsigned apart;      /* ticks without a connection */
    bool must_look;      /* ZMQ_EVENTS may have changed */
    bool is_connected;
    bool is_greeted; /* it is the right service in the right version */
    bool is_silent;
    bool is_ready;
    bool is_vanished; /* its endpoint is not listed any more */
    bool is_usable;   /* all of these allow a new request */
    bool was_warned;
};

struct bus_client {
    void *zmq_context;
    const struct bus_curve *curve;
    struct loop *loop;
    struct resolver *resolver;
    struct resolver_watch *watch;
    char *service;
    size_t most_waiting;
    struct bus_pending_table table;
    struct bus_link waiting; /* for a usable replica */
    struct bus_link refused; /* to be told so in the next round */
    struct bus_replica **replicas;
    size_t replica_count;
    struct bus_replica **usable;
    size_t usable_count;
    bool has_unsent;
    struct envelope_reader reader;
    zmq_msg_t frame;
    struct buffer greeting; /* a hello or a ping on its way */
    struct loop_timer tick;
    uint64_t random;
    uint64_t nonce;
    size_t counted; /* requests that the gauge knows of */
    struct bus_client_metrics metrics;
};

/* Replicas: sockets and health. */

int bus_replica_open(struct bus_client *client, const char *endpoint,
                     struct bus_replica **ret) MUST_CHECK;
struct bus_replica *bus_replica_free(struct bus_replica *replica);
DEFINE_AUTO(struct bus_replica *, bus_replica_free)

/* See whether the connection stands and take what came in; true: look again before you sleep. */
bool bus_replica_look(struct bus_replica *replica);
/* Every BUS_PING_MS. */
void bus_replica_tick(struct bus_replica *replica);
/* Send its batch; if that cannot be, its requests go elsewhere. */
void bus_replica_flush(struct bus_replica *replica);
void bus_replica_set_vanished(struct bus_replica *replica, bool is_vanished);

/* Who gets which request. None of these calls an asker. */

void bus_dispatch(struct bus_client *client, struct bus_pending *pending);
void bus_dispatch_refuse(struct bus_client *client, struct bus_pending *pending, enum error error);
void bus_dispatch_again(struct bus_replica *replica); /* it lost its requests */
void bus_dispatch_waiting(struct bus_client *client);
/* Out of its list, its timer stopped. */
void bus_dispatch_take_back(struct bus_client *client, struct bus_pending *pending);

/* These two call the asker. */
void bus_client_fail(struct bus_client *client, struct bus_pending *pending, enum error error);
void bus_client_answer(struct bus_client *client, const struct envelope *envelope);
/* A replica became usable or ceased to be. */
void bus_client_count_usable(struct bus_client *client);
