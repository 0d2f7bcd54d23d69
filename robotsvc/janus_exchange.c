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
    janus_answer_function *function;
    void *context;
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

static void answer_exchange(struct exchange *exchange, const struct janus_answer *answer)
{
    janus_answer_function *function = exchange->function;
    void *context = exchange->context;

    forget(exchange);
    if (function)
        function(context, answer);
}

static void on_timer(void *context)
{
    struct exchange *exchange = context;

    answer_exchange(exchange, &(struct janus_answer){ .r = exchange->late });
}

uint64_t exchanges_add(struct exchanges *exchanges, int64_t most_ms, int late,
                       janus_answer_function *function, void *context)
{
    struct exchange *exchange = must_alloc(1, sizeof *exchange);

    exchange->exchanges = exchanges;
    exchange->transaction = ++exchanges->last_transaction;
    exchange->late = late;
    exchange->function = function;
    exchange->context = context;
    list_append(&exchanges->list, &exchange->entry);
    loop_set_timer(exchanges->loop, &exchange->timer, clock_steady_ms() + most_ms, on_timer,
                   exchange);
    return exchange->transaction;
}

bool exchanges_answer(struct exchanges *exchanges, uint64_t transaction,
                      const struct janus_answer *answer)
{
    for (struct list *at = list_first(&exchanges->list); at;
         at = list_after(&exchanges->list, at)) {
        struct exchange *exchange = LIST_MEMBER(at, struct exchange, entry);

        if (exchange->transaction == transaction) {
            answer_exchange(exchange, answer);
            return true;
        }
    }
    return false;
}

void exchanges_fail_all(struct exchanges *exchanges, int r)
{
    const struct janus_answer answer = { .r = r };
    uint64_t last = exchanges->last_transaction;
    struct list *first;

    while ((first = list_first(&exchanges->list)) != NULL) {
        struct exchange *exchange = LIST_MEMBER(first, struct exchange, entry);

        if (exchange->transaction > last)
            break;
        answer_exchange(exchange, &answer);
    }
}
