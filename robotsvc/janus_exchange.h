/* janus_exchange.h - requests to Janus that are not answered yet, by the number of their
 * transaction. Each is answered once: by its HTTP answer, by an event, or by its timer. */
#pragma once

#include "common/loop.h"
#include "robotsvc/list.h"

#include <jansson.h>
#include <stdint.h>

/* Called exactly once for each request, from a loop turn. r: 0 and the plugin's data (NULL for
 * requests that are not for the plugin; it may hold an error_code); -ECONNRESET if there is no
 * session; -EPROTO if Janus refused; -ETIMEDOUT. */
typedef void janus_answer_function(void *context, int r, const json_t *data);
typedef void janus_attach_function(void *context, int r, uint64_t handle);

struct exchanges {
    struct loop *loop;
    uint64_t last_transaction;
    struct list list; /* of struct exchange, in the order of asking */
};

/* Who wants the answer: one of the functions, or neither. */
struct exchange_asker {
    janus_answer_function *on_answer;
    janus_attach_function *on_attached;
    void *context;
};

void exchanges_init(struct exchanges *exchanges, struct loop *loop);
void exchanges_done(struct exchanges *exchanges); /* nobody is called */

/* A new one, which is answered with `late` if nothing else answers it in time: its transaction. */
uint64_t exchanges_add(struct exchanges *exchanges, int64_t most_ms, int late,
                       const struct exchange_asker *asker);

/* Answer one: `handle` for those that attach, `data` for the others. False if it was answered
 * before. */
bool exchanges_answer(struct exchanges *exchanges, uint64_t transaction, int r, const json_t *data,
                      uint64_t handle);

/* Answer all that there are now; what is asked meanwhile stays. */
void exchanges_fail_all(struct exchanges *exchanges, int r);
