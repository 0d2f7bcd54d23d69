/* bus_outbox.c - staged replies, a batch for each client */
#include "common/bus_outbox.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256 }; /* clients are gateways' loops and robotsvcs: rarely more */

struct client {
    struct client *next; /* in its bucket */
    struct client *next_staged;
    int64_t used_ms;
    struct bus_batch batch;
    uint32_t address_size;
    unsigned char address[sizeof((struct bus_return *)NULL)->client];
};

struct bus_outbox {
    struct client *buckets[BUCKETS];
    struct client *staged; /* those with something in their batch */
    struct client *latest; /* replies to one client mostly come together */
};

struct bus_outbox *bus_outbox_new(void)
{
    return must_alloc(1, sizeof(struct bus_outbox));
}

static void free_client(struct client *client)
{
    bus_batch_done(&client->batch);
    free(client);
}

struct bus_outbox *bus_outbox_free(struct bus_outbox *outbox)
{
    if (!outbox)
        return NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct client *next;

        for (struct client *client = outbox->buckets[i]; client; client = next) {
            next = client->next;
            free_client(client);
        }
    }
    free(outbox);
    return NULL;
}

/* libzmq counts addresses up from a random number: any mix of the bytes spreads them. */
static unsigned bucket_of(const struct bus_return *back)
{
    uint32_t hash = 0;

    for (uint32_t i = 0; i < back->client_size; i++)
        hash = hash * 31 + back->client[i];
    return hash % BUCKETS;
}

static bool has_address(const struct client *client, const struct bus_return *back)
{
    return client->address_size == back->client_size &&
           memcmp(client->address, back->client, back->client_size) == 0;
}

static struct client *find_client(struct bus_outbox *outbox, const struct bus_return *back)
{
    struct client **at = &outbox->buckets[bucket_of(back)];

    if (outbox->latest && has_address(outbox->latest, back))
        return outbox->latest;
    while (*at && !has_address(*at, back))
        at = &(*at)->next;
    if (!*at) {
        *at = must_alloc(1, sizeof **at);
        (*at)->address_size = back->client_size;
        memcpy((*at)->address, back->client, back->client_size);
    }
    outbox->latest = *at;
    return *at;
}

struct bus_batch *bus_outbox_stage(struct bus_outbox *outbox, const struct bus_return *back,
                                   int64_t now_ms)
{
    struct client *client = find_client(outbox, back);

    client->used_ms = now_ms;
    if (client->batch.count == 0) {
        client->next_staged = outbox->staged;
        outbox->staged = client;
    }
    return &client->batch;
}

/* The next client with something staged; it counts as empty from now on. */
static struct client *take_staged(struct bus_outbox *outbox)
{
    struct client *client = outbox->staged;

    if (client) {
        outbox->staged = client->next_staged;
        client->next_staged = NULL;
    }
    return client;
}

size_t bus_outbox_flush(struct bus_outbox *outbox, void *socket)
{
    size_t undelivered = 0;
    struct client *client;

    while ((client = take_staged(outbox))) {
        size_t count = client->batch.count;

        if (bus_batch_send(&client->batch, socket,
                           (struct bytes){ client->address, client->address_size }) < 0)
            undelivered += count;
    }
    return undelivered;
}

size_t bus_outbox_discard(struct bus_outbox *outbox)
{
    size_t discarded = 0;
    struct client *client;

    while ((client = take_staged(outbox))) {
        discarded += client->batch.count;
        bus_batch_clear(&client->batch);
    }
    return discarded;
}

bool bus_outbox_is_empty(const struct bus_outbox *outbox)
{
    return !outbox->staged;
}

void bus_outbox_forget_idle(struct bus_outbox *outbox, int64_t before_ms)
{
    outbox->latest = NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct client **at = &outbox->buckets[i];

        while (*at) {
            struct client *client = *at;

            if (client->used_ms >= before_ms) {
                at = &client->next;
                continue;
            }
            *at = client->next;
            free_client(client);
        }
    }
}
