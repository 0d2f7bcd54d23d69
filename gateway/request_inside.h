/* request_inside.h - what request*.c share: the request itself, and those of a worker */
#pragma once

#include "gateway/auth.h"
#include "gateway/request.h"
#include "gateway/routes.h"
#include "gateway/trace.h"

#include <sys/queue.h>

/* A question to a service. */
struct question {
    struct request *request;
    request_reply_function *on_reply;
    uint64_t handle;
    bool is_waiting;
};

struct request {
    struct http_exchange exchange; /* first: http_server hands it back */
    struct requests *requests;
    LIST_ENTRY(request) place; /* among those in hand, or the spare ones */
    int64_t started_us;
    const struct route *route; /* NULL: none was found */
    enum error refused;        /* known from the header on; said once the body is through */
    struct fault fault;        /* of what was refused */
    struct jwt_claims claims;  /* whose token it bears */
    bool is_preflight;         /* a browser asks what a page may do: nothing is done */
    int64_t retry_seconds;     /* it came too often; 0: it did not */
    unsigned status;           /* of the answer; 0: there is none */
    size_t body_size;          /* bytes that came, kept or not */
    struct trace trace;
    struct buffer target; /* path, '?', query: as they were sent */
    struct buffer body;
    struct buffer answer;
    struct buffer headers; /* of the answer, as http_answer wants them */
    struct question questions[PEERS];
    union { /* by what its verb is */
        struct entry_work entry;
        struct exchange_work exchange_work;
        struct live_work live;
    };
    request_take_function *take; /* an upgraded connection */
    _Alignas(max_align_t) char parameters[ROUTE_PARAMETERS_MOST];
};

LIST_HEAD(request_list, request);

struct requests {
    const struct gateway *gateway;
    struct bus_client **peers;
    struct auth *auth; /* NULL: nobody is asked who he is */
    struct request_list in_hand;
    struct request_list spare;
    size_t in_hand_count;
    size_t spare_count;
};

static inline struct request *request_of(struct http_exchange *exchange)
{
    _Static_assert(offsetof(struct request, exchange) == 0, "or the cast is wrong");
    return (struct request *)exchange;
}

/* Once the header is there and the route is known: who asks. Fills in `fault`. */
enum error request_identify(struct request *request);
/* Once the parameters are read: whether he may act as the uid that they name; without one it is his
 * own. Fills in `fault`. */
enum error request_check_actor(struct request *request);

/* The uid as which it acts, "" if its parameters do not say; NULL: its route is nobody's. */
const char *request_actor(struct request *request);
/* Whether it comes too often. Fills in retry_seconds. */
enum error request_check_rate(struct request *request);

/* A page of another origin wants to ask something of the route (CORS), which takes no OPTIONS. */
bool request_is_preflight(const struct request *request, const char *method);
void request_answer_preflight(struct request *request);

/* Headers that follow from the answer's status, the route and the asker's origin. */
void request_add_headers(struct request *request, unsigned status);

/* A request to fill in: buffers are empty, status and refused are unset. */
struct request *requests_take(struct requests *requests);
/* Nothing points to it any more. */
void requests_put_back(struct request *request);
