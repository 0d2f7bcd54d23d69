/* janus_exchange.c - requests to Janus that are not answered yet */
#include "robotsvc/janus_exchange.h"

#include "common/clock.h"
#include "common/memory.h"

#include <stdlib.h>

struct exchange {
    struct list entry;
    struct exchanges *exchanges;
    uint64_t transaction;
    struct loop_timer timer;
    int late;
    struct exchange_asker asker;
};

void exchanges_init(struct exchanges *exchanges, struct loop *loop)
{
    *exchanges = (struct exchanges){ .loop = loop };
    list_init(&exchanges->list);
}

static void forget(struct exchange *exchange)
{
    list_remove(&exchange->entry);
    loop_clear_timer(exchange->exchanges->loop, &exchange->timer);
    free(exchange);
}

void exchanges_done(struct exchanges *exchanges)
{
    struct list *first;

    while ((first = list_first(&exchanges->list)) != NULL)
        forget(LIST_MEMBER(first, struct exchange, entry));
}

static void answer(struct exchange *exchange, int r, const json_t *data, uint64_t handle)
{
    struct exchange_asker asker = exchange->asker;

    forget(exchange);
    if (asker.on_attached)
        asker.on_attached(asker.context, r, handle);
    else if (asker.on_answer)
        asker.on_answer(asker.context, r, data);
}

static void on_timer(void *context)
{
    struct exchange *exchange = context;

    answer(exchange, exchange->late, NULL, 0);
}

uint64_t exchanges_add(struct exchanges *exchanges, int64_t most_ms, int late,
                       const struct exchange_asker *asker)
{
    struct exchange *exchange = must_alloc(1, sizeof *exchange);

    exchange->exchanges = exchanges;
    exchange->transaction = ++exchanges->last_transaction;
    exchange->late = late;
    exchange->asker = *asker;
    list_append(&exchanges->list, &exchange->entry);
    loop_set_timer(exchanges->loop, &exchange->timer, clock_steady_ms() + most_ms, on_timer,
                   exchange);
    return exchange->transaction;
}

bool exchanges_answer(struct exchanges *exchanges, uint64_t transaction, int r, const json_t *data,
                      uint64_t handle)
{
    for (struct list *at = list_first(&exchanges->list); at;
         at = list_after(&exchanges->list, at)) {
        struct exchange *exchange = LIST_MEMBER(at, struct exchange, entry);

        if (exchange->transaction == transaction) {
            answer(exchange, r, data, handle);
            return true;
        }
    }
    return false;
}

void exchanges_fail_all(struct exchanges *exchanges, int r)
{
    uint64_t last = exchanges->last_transaction;
    struct list *first;

    while ((first = list_first(&exchanges->list)) != NULL) {
        struct exchange *exchange = LIST_MEMBER(first, struct exchange, entry);

        if (exchange->transaction > last)
            break;
        answer(exchange, r, NULL, 0);
    }
}
