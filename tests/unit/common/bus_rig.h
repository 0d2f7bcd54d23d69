/* bus_rig.h - a client of the bus and some services in one loop, for tests of the bus */
#pragma once

#include "common/bus_client.h"
#include "common/bus_server.h"
#include "common/clock.h"
#include "common/messages/token.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { MOST_SERVERS = 3, MOST_HELD = 64 };

/* A service that keeps its requests until the test answers them. */
struct held {
    struct bus_return back;
    char uid[UID_MOST + 1];
    char bulk[32]; /* its beginning */
    size_t bulk_size;
};

struct test_server {
    void *zmq; /* its own: when it has ended, everything is really closed */
    struct bus_server *server;
    struct held held[MOST_HELD];
    size_t count;
    size_t batches; /* rounds of hooks that saw something new */
    size_t seen;
};

static void *zmq;
static struct loop *loop;
static struct resolver *resolver;
static struct bus_client *client;
static struct test_server servers[MOST_SERVERS];
static char folder[32];

/* What the askers heard. */
static struct {
    size_t count;
    enum error error;
    char uid[UID_MOST + 1];
    char bulk[32];
    char field[32];
    char problem[64];
} heard;

#define TURN_UNTIL(condition)                                \
    do {                                                     \
        int64_t until_ms = clock_steady_ms() + 10000;        \
                                                             \
        while (!(condition)) {                               \
            assert_int_equal(loop_turn(loop, 10), 0);        \
            if (clock_steady_ms() > until_ms)                \
                fail_msg("never came true: %s", #condition); \
        }                                                    \
    } while (0)

static void copy_bulk(char *ret, size_t size, struct bytes bulk)
{
    size_t length = bulk.size < size ? bulk.size : size - 1;

    memcpy(ret, bulk.data ? bulk.data : "", length);
    ret[length] = '\0';
}

static void hold_request(void *context, const struct bus_request *request)
{
    struct test_server *server = context;
    struct held *held = &server->held[server->count++];
    struct token_sign sign;
    struct fault fault;

    assert_true(server->count <= MOST_HELD);
    assert_string_equal(request->verb, "token_sign");
    assert_int_equal(message_from_msgpack(token_sign_message(), request->body, &sign, &fault), 0);
    held->back = request->back;
    strcpy(held->uid, sign.uid);
    copy_bulk(held->bulk, sizeof held->bulk, request->bulk);
    held->bulk_size = request->bulk.size;
}

static bool count_batch(void *context)
{
    struct test_server *server = context;

    server->batches += server->count != server->seen;
    server->seen = server->count;
    return bus_server_flush(server->server);
}

static bool flush_client(void *context)
{
    (void)context;
    return bus_client_flush(client);
}

/* Start a service; `listen` NULL is any port. */
static void start_server(struct test_server *server, const char *service, const char *listen)
{
    struct bus_server_options options = {
        .loop = loop,
        .service = service,
        .listen = listen ? listen : "tcp://127.0.0.1:*",
        .on_request = hold_request,
        .context = server,
    };

    *server = (struct test_server){ .zmq = zmq_ctx_new() };
    options.zmq_context = server->zmq;
    assert_int_equal(bus_server_open(&options, &server->server), 0);
    loop_add_hook(loop, count_batch, NULL, server);
}

static void stop_server(struct test_server *server)
{
    if (!server->zmq)
        return;
    loop_remove_hook(loop, count_batch, server);
    bus_server_free(server->server);
    zmq_ctx_term(server->zmq);
    *server = (struct test_server){ 0 };
}

static void start_client(const char *endpoints, size_t most_waiting)
{
    const struct bus_client_options options = {
        .zmq_context = zmq,
        .loop = loop,
        .resolver = resolver,
        .service = "tokensvc",
        .endpoints = endpoints,
        .most_waiting = most_waiting,
    };

    assert_int_equal(bus_client_open(&options, &client), 0);
    loop_add_hook(loop, flush_client, NULL, NULL);
}

/* A client and one service that it knows. */
static inline void start_both(void)
{
    start_server(&servers[0], "tokensvc", NULL);
    start_client(bus_server_endpoint(servers[0].server), 0);
    TURN_UNTIL(bus_client_is_ready(client));
}

static void note_reply(void *context, const struct bus_reply *reply)
{
    struct token_sign body;
    struct fault fault;

    (void)context;
    heard.count++;
    heard.error = reply->error;
    strcpy(heard.field, reply->field);
    strcpy(heard.problem, reply->problem);
    if (reply->error != ERROR_NONE)
        return;
    assert_int_equal(message_from_msgpack(token_sign_message(), reply->body, &body, &fault), 0);
    strcpy(heard.uid, body.uid);
    copy_bulk(heard.bulk, sizeof heard.bulk, reply->bulk);
}

static uint64_t ask_with(const char *uid, int64_t left_ms, struct bytes bulk,
                         bus_reply_function *on_reply)
{
    struct token_sign sign = { .channel = "ch_abcdefghij" };
    struct bus_ask ask = {
        .message = token_sign_message(),
        .body = &sign,
        .bulk = bulk,
        .deadline_ms = clock_steady_ms() + left_ms,
        .on_reply = on_reply,
    };

    strcpy(sign.uid, uid);
    return bus_client_ask(client, &ask);
}

static uint64_t ask(const char *uid)
{
    return ask_with(uid, 8000, (struct bytes){ 0 }, note_reply);
}

static void answer(struct test_server *server, size_t number)
{
    struct token_sign body = { .channel = "ch_abcdefghij" };
    const struct held *held = &server->held[number];

    strcpy(body.uid, held->uid);
    bus_server_reply(server->server, &held->back, token_sign_message(), &body,
                     (struct bytes){ held->bulk, strlen(held->bulk) });
}

static int open_rig(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    strcpy(folder, "/tmp/dapi-bus-XXXXXX");
    assert_non_null(mkdtemp(folder));
    zmq = zmq_ctx_new();
    return zmq && loop_open(&loop) == 0 && resolver_open(&resolver) == 0 ? 0 : -1;
}

static void remove_folder(void)
{
    DIR *files = opendir(folder);
    const struct dirent *file;

    while ((file = readdir(files)))
        unlinkat(dirfd(files), file->d_name, 0);
    closedir(files);
    rmdir(folder);
}

static int close_rig(void **state)
{
    (void)state;
    client = bus_client_free(client);
    for (size_t i = 0; i < MOST_SERVERS; i++)
        stop_server(&servers[i]);
    zmq_ctx_term(zmq);
    resolver = resolver_free(resolver);
    loop = loop_free(loop);
    remove_folder();
    return 0;
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)
