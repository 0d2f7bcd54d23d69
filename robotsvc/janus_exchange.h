/* janus_exchange.h - requests to Janus that are not answered yet, by the number of their
 * transaction. Each is answered once: by its HTTP answer, by an event, or by its timer. */
#pragma once

#include "common/loop.h"
#include "robotsvc/list.h"

#include <jansson.h>
#include <stdint.h>

/* r: 0; -ECONNRESET if there is no session; -EPROTO if Janus refused; -ETIMEDOUT. The rest is
 * borrowed for the call, and set where r is 0 and there is such a thing. */
struct janus_answer {
    int r;
    const json_t *data; /* the plugin's; it may hold an error_code */
    const char *sdp;
    uint64_t handle; /* that was attached */
};

/* Called exactly once for each request, from a loop turn. */
typedef void janus_answer_function(void *context, const struct janus_answer *answer);

struct exchanges {
    struct loop *loop;
    uint64_t last_transaction;
    struct list list; /* of struct exchange, in the order of asking */
};

void exchanges_init(struct exchanges *exchanges, struct loop *loop);
void exchanges_done(struct exchanges *exchanges); /* nobody is called */

/* A new one, which is answered with `late` if nothing else answers it in time: its transaction.
 * `function` may be NULL where nobody wants to know. */
uint64_t exchanges_add(struct exchanges *exchanges, int64_t most_ms, int late,
                       janus_answer_function *function, void *context);

/* Answer one. False if it was answered before. */
bool exchanges_answer(struct exchanges *exchanges, uint64_t transaction,
                      const struct janus_answer *answer);

/* Answer all that there are now; what is asked meanwhile stays. */
void exchanges_fail_all(struct exchanges *exchanges, int r);
