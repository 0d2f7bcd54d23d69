/* apns_connection.c - one connection to Apple and its streams */
#include "callsvc/apns_connection.h"

#include "callsvc/push_message.h"
#include "common/clock.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    ANSWER_MOST_MS =
        5000, /* Apple answers in tenths of a second: a phone must not wait for a dead line */
    HEADERS = 8,
};

enum life { UNPROVEN, PROVEN, ENDING };

/* A request: what libcurl borrows lives here until the answer. */
struct stream {
    LIST_ENTRY(stream) place;
    struct apns_connection *connection;
    struct delivery *delivery;
    char *url;
    char *headers[HEADERS + 1];
    struct buffer body;
    bool was_proven;
};

struct apns_connection {
    struct http_client *http;
    struct apns_connection_options options;
    enum life life;
    size_t stream_count;
    LIST_HEAD(streams, stream) streams;
};

int apns_connection_open(const struct apns_connection_options *options,
                         struct apns_connection **ret)
{
    const struct http_client_options http = {
        .loop = options->loop,
        .ca_file = options->settings->ca_file,
        .most_connections = 1,
        .may_assume_http2 = true,
    };
    AUTO(apns_connection_freep)
    struct apns_connection *connection = must_alloc(1, sizeof *connection);
    int r = http_client_open(&http, &connection->http);

    if (r < 0)
        return r;
    connection->options = *options;
    *ret = TAKE(connection);
    return 0;
}

static void free_stream(struct stream *stream)
{
    LIST_REMOVE(stream, place);
    stream->connection->stream_count--;
    for (size_t i = 0; i < HEADERS; i++)
        free(stream->headers[i]);
    free(stream->url);
    buffer_done(&stream->body);
    free(stream);
}

struct apns_connection *apns_connection_free(struct apns_connection *connection)
{
    if (!connection)
        return NULL;
    http_client_free(connection->http);
    for (struct stream *stream = LIST_FIRST(&connection->streams), *next; stream; stream = next) {
        next = LIST_NEXT(stream, place);
        delivery_free(stream->delivery);
        free_stream(stream);
    }
    free(connection);
    return NULL;
}

bool apns_connection_is_unproven(const struct apns_connection *connection)
{
    return connection->life == UNPROVEN;
}

bool apns_connection_is_proven(const struct apns_connection *connection)
{
    return connection->life == PROVEN;
}

bool apns_connection_is_over(const struct apns_connection *connection)
{
    return connection->life == ENDING && connection->stream_count == 0;
}

size_t apns_connection_streams(const struct apns_connection *connection)
{
    return connection->stream_count;
}

void apns_connection_end(struct apns_connection *connection)
{
    connection->life = ENDING;
}

/* Any answer shows that the token was taken, but for those that are about the token. */
static bool is_accepted(unsigned status)
{
    return status != 403 && status != 429;
}

static void on_http_answer(void *context, const struct http_answer *answer)
{
    struct stream *stream = context;
    struct apns_connection *connection = stream->connection;
    struct delivery *delivery = stream->delivery;
    bool was_proven = stream->was_proven;

    free_stream(stream);
    if (answer->r < 0)
        connection->life = ENDING;
    else if (connection->life == UNPROVEN && is_accepted(answer->status))
        connection->life = PROVEN;
    connection->options.on_answer(connection->options.context, connection, delivery, answer,
                                  was_proven);
}

static int64_t expiration_seconds(const struct apns_connection *connection,
                                  const struct delivery *delivery)
{
    if (delivery->kind == DELIVERY_RING && !connection->options.settings->expires_with_ring)
        return 0;
    return delivery->expires_at / 1000;
}

static void set_headers(struct stream *stream, const char *token_header)
{
    const struct delivery *d = stream->delivery;
    bool rings = d->kind == DELIVERY_RING;
    long long expiration = expiration_seconds(stream->connection, d);
    char **header = stream->headers;

    *header++ = must_copy(token_header);
    *header++ = must_format("apns-topic: %s%s", d->app, rings ? ".voip" : "");
    *header++ = must_format("apns-push-type: %s", rings ? "voip" : "alert");
    *header++ = must_copy("apns-priority: 10");
    *header++ = must_format("apns-expiration: %lld", expiration);
    *header++ = must_format("apns-id: %s", d->message_id);
    *header++ = must_copy("content-type: application/json");
}

void apns_connection_send(struct apns_connection *connection, struct delivery *delivery,
                          const char *token_header)
{
    struct stream *stream = must_alloc(1, sizeof *stream);

    stream->connection = connection;
    stream->delivery = delivery;
    stream->was_proven = connection->life == PROVEN;
    LIST_INSERT_HEAD(&connection->streams, stream, place);
    connection->stream_count++;
    stream->url = must_format("%s/3/device/%s", connection->options.url, delivery->token);
    set_headers(stream, token_header);
    apns_message(delivery, connection->options.settings->missed_title, clock_wall_ms(),
                 &stream->body);
    http_client_post(connection->http, &(struct http_ask){
                                           .url = stream->url,
                                           .headers = (const char *const *)stream->headers,
                                           .body = {stream->body.data, stream->body.size},
                                           .most_ms = ANSWER_MOST_MS,
                                           .may_not_connect = stream->was_proven,
                                           .function = on_http_answer,
                                           .context = stream,
    });
}
