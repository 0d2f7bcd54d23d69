/* bus_pending.c - the requests that a bus_client has in hand */
#include "common/bus_client_inside.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES = 64 * 1024 }; /* a copy that had to be larger is not kept */

void bus_list_move(struct bus_link *list, struct bus_link *from)
{
    if (from->next == from)
        return;
    from->next->previous = list->previous;
    list->previous->next = from->next;
    from->previous->next = list;
    list->previous = from->previous;
    bus_list_init(from);
}

void bus_pending_table_init(struct bus_pending_table *table)
{
    *table = (struct bus_pending_table){ 0 };
    bus_list_init(&table->unused);
}

void bus_pending_table_done(struct bus_pending_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        buffer_done(&table->slots[i]->copy);
        free(table->slots[i]);
    }
    free(table->slots);
}

/* An id is the slot's number, counted from 1, below how often the slot was used: a late answer to
 * an earlier request finds nothing. */
static uint64_t next_id(uint64_t id)
{
    return id + (UINT64_C(1) << 32);
}

static size_t slot_of(uint64_t id)
{
    return (uint32_t)id - (size_t)1;
}

static void add_slot(struct bus_pending_table *table)
{
    struct bus_pending *pending = must_alloc(1, sizeof *pending);

    if (table->count == table->capacity) {
        table->capacity = table->capacity ? table->capacity * 2 : 64;
        table->slots = must_resize(table->slots, table->capacity, sizeof(struct bus_pending *));
    }
    table->slots[table->count++] = pending;
    pending->id = table->count;
    bus_list_append(&table->unused, &pending->link);
}

static void copy_text(char *ret, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);

    memcpy(ret, text, length);
    ret[length] = '\0';
}

struct bus_pending *bus_pending_take(struct bus_pending_table *table, const struct bus_ask *ask)
{
    struct bus_pending *pending;

    if (table->unused.next == &table->unused)
        add_slot(table);
    pending = (struct bus_pending *)table->unused.next;
    bus_list_unlink(&pending->link);
    pending->id = next_id(pending->id);
    pending->is_used = true;
    pending->replica = NULL;
    pending->refusal = ERROR_NONE;
    pending->on_reply = ask->on_reply;
    pending->context = ask->context;
    pending->deadline_ms = ask->deadline_ms;
    pending->message = ask->message;
    copy_text(pending->verb, sizeof pending->verb, ask->verb ? ask->verb : ask->message->name);
    copy_text(pending->traceparent, sizeof pending->traceparent,
              ask->traceparent ? ask->traceparent : "");
    buffer_clear(&pending->copy);
    if (ask->message)
        buffer_add(&pending->copy, ask->body, ask->message->size);
    buffer_add(&pending->copy, ask->bulk.data, ask->bulk.size);
    table->in_hand++;
    return pending;
}

void bus_pending_release(struct bus_pending_table *table, struct bus_pending *pending)
{
    pending->is_used = false;
    if (pending->copy.capacity > KEPT_BYTES)
        buffer_done(&pending->copy);
    bus_list_push(&table->unused, &pending->link);
    table->in_hand--;
}

struct bus_pending *bus_pending_find(const struct bus_pending_table *table, uint64_t id)
{
    size_t slot = slot_of(id);
    struct bus_pending *pending = slot < table->count ? table->slots[slot] : NULL;

    return pending && pending->is_used && pending->id == id ? pending : NULL;
}
