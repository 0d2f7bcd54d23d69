/* request.h - the life of one request: its parameters are read, a verb asks services about it, the
 * answer is made; every one is answered by its deadline */
#pragma once

#include "gateway/client_address.h"
#include "gateway/entry.h"
#include "gateway/exchange.h"
#include "gateway/gateway.h"
#include "gateway/http_server.h"
#include "gateway/idempotency_key.h"

#include "common/bus_client.h"

/* A listener in the making, part of its request. */
struct live_work {
    int64_t since;
    struct client_address client;
    bool is_forwarded; /* by a trusted proxy */
};

struct auth;
struct request;
struct requests; /* those of one worker */

struct requests_options {
    const struct gateway *gateway;
    struct bus_client **peers; /* PEERS of them */
    struct auth *auth;         /* NULL: every caller may act as every uid */
};
struct requests *requests_new(const struct requests_options *options);
struct requests *requests_free(struct requests *requests); /* after its http_server */
DEFINE_AUTO(struct requests *, requests_free)

/* For http_server_options; the context is the struct requests. */
const struct http_callbacks *requests_callbacks(void);

/* Requests that were begun and have not ended. */
size_t requests_in_hand(const struct requests *requests);

/* Answer all that still wait as unavailable: the process leaves. */
void requests_give_up(struct requests *requests);

/* For verbs. A request ends its verb's work by one of the answers, once. */

/* The struct that the route names, checked. */
const void *request_parameters(const struct request *request);
struct entry_work *request_entry(struct request *request);
struct exchange_work *request_exchange(struct request *request);
struct live_work *request_live(struct request *request);
const struct gateway *request_gateway(const struct request *request);

/* A header as it was sent, { NULL, 0 } if it was not. */
struct bytes request_header(const struct request *request, const char *name);
/* Copy the request's Idempotency-Key, which was checked; "" if there is none. */
void request_copy_key(const struct request *request, char ret[IDEMPOTENCY_KEY_MOST + 1]);
/* The body of a media route. */
struct bytes request_offer(const struct request *request);
/* The token of a route that needs one. */
struct bytes request_bearer(const struct request *request);
/* When the asker's own token ends, in seconds since the epoch; 0 if he needs none. */
int64_t request_token_ends_seconds(const struct request *request);
/* The address that it comes from; true if a trusted proxy stands in between. */
bool request_client(const struct request *request, struct client_address *ret);
/* Its path, as it was sent. */
struct bytes request_path(const struct request *request);

/* Called with a reply that is no failure: failures are answered before. */
typedef void request_reply_function(struct request *request, const struct bus_reply *reply);

/* One question to each peer at a time; `body` and `bulk` are copied. */
void request_ask(struct request *request, enum peer peer, const struct message *message,
                 const void *body, request_reply_function *on_reply);
void request_ask_with_bulk(struct request *request, enum peer peer, const struct message *message,
                           const void *body, struct bytes bulk, request_reply_function *on_reply);
void request_forget(struct request *request, enum peer peer);
bool request_is_ready(const struct request *request, enum peer peer);

/* Read a reply's body; false if it cannot be read: the request is answered then. */
bool request_read_reply(struct request *request, const struct bus_reply *reply,
                        const struct message *message, void *ret) MUST_CHECK;

/* A service's reply makes no sense: logged, and answered as internal. */
void request_fail_reply(struct request *request, const struct fault *fault);

/* A good answer: its `data` goes into what begin returns. Then request_answer. */
struct buffer *request_begin_answer(struct request *request);
void request_answer(struct request *request);

/* A reply that is a message of common/messages/call.def (call, device_registered), handed on as the
 * answer. */
void request_answer_call(struct request *request, const struct bus_reply *reply);
void request_answer_devices(struct request *request, const struct bus_reply *reply);

/* Say that nothing was done again: an Idempotency-Key was seen before. */
void request_mark_replayed(struct request *request);

/* A whole document that lives as long as the process. */
void request_answer_document(struct request *request, struct bytes document);

/* An answer without the envelope; the body is copied. Without a content type it has none. */
void request_answer_plain(struct request *request, unsigned status, const char *content_type,
                          struct bytes body);

/* A header of the answer that is still to come. Neither text may hold a control character. */
void request_add_header(struct request *request, const char *name, const char *value);
/* One whose value is the methods that the request's path takes. */
void request_add_methods(struct request *request, const char *name);

/* Upgrades: the answer is 101, and the connection goes to `take` once that was sent. Only where
 * request_can_upgrade says so. */
typedef void request_take_function(struct request *request, struct http_socket connection,
                                   struct bytes early);
bool request_can_upgrade(const struct request *request);
void request_upgrade(struct request *request, request_take_function *take);

/* A bad answer. `fault` may be NULL. */
void request_fail(struct request *request, enum error error, const struct fault *fault);
