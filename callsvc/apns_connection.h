/* apns_connection.h - one connection to Apple: it is opened by its first request, which goes alone;
 * when it is lost, it is over */
#pragma once

#include "callsvc/http_client.h"
#include "callsvc/push_apns.h"

struct apns_connection;

/* An answer to a delivery, or the loss of it. `was_proven`: it was not the connection's first. */
typedef void apns_answer_function(void *context, struct apns_connection *connection,
                                  struct delivery *delivery, const struct http_answer *answer,
                                  bool was_proven);

struct apns_connection_options {
    struct loop *loop;
    const char *url;
    const struct apns_settings *settings;
    apns_answer_function *on_answer;
    void *context;
};
int apns_connection_open(const struct apns_connection_options *options,
                         struct apns_connection **ret) MUST_CHECK;
/* Not from within its function; what it has in hand is freed. */
struct apns_connection *apns_connection_free(struct apns_connection *connection);
DEFINE_AUTO(struct apns_connection *, apns_connection_free)

/* It is unproven until a token was accepted, and then has one stream at most. */
bool apns_connection_is_unproven(const struct apns_connection *connection);
bool apns_connection_is_proven(const struct apns_connection *connection);
/* It has no streams any more and will have none: free it. */
bool apns_connection_is_over(const struct apns_connection *connection);
size_t apns_connection_streams(const struct apns_connection *connection);

/* No further streams: those that it has may end. */
void apns_connection_end(struct apns_connection *connection);

/* `token_header` is copied. */
void apns_connection_send(struct apns_connection *connection, struct delivery *delivery,
                          const char *token_header);
