/* bus.h - requests and replies over ZeroMQ: what client, server and their callers share.
 *
 * On the wire a ZeroMQ message (after the ROUTER's address frame) is one frame: msgpack arrays, one
 * after another, each an envelope. Elements after those named here are passed over.
 *   request  [1, id, verb, left_ms, traceparent, body, bulk]   body a map, bulk a bin, may be empty
 *   reply    [2, id, error, body, bulk]           error 0, or a number of errors.def
 *   hello    [3, version]                         from the client, first on a connection
 *   welcome  [4, version, service, instance, is_ready]         the answer
 *   ping     [5, nonce]                           from the client
 *   pong     [6, nonce, instance, is_ready]
 * left_ms counts from sending: clocks of two machines are not compared. A failed reply's body is
 * empty, or holds "field" and "problem". docs/protocol.md tells it to those who write in other
 * languages. */
#pragma once

#include "common/buffer.h"
#include "common/errors.h"
#include "common/message.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BUS_VERSION = 1,
    BUS_MOST_BYTES =
        4 << 20, /* a ZeroMQ message larger than this is refused by the receiver's socket */
    BUS_LEFT_MOST_MS = 3600 * 1000,
    BUS_VERB_MOST = 32,
    BUS_INSTANCE_LENGTH = 16,
    TRACEPARENT_LENGTH = 55, /* W3C Trace Context: 00-<32 hex>-<16 hex>-<2 hex> */
};

enum envelope_kind {
    ENVELOPE_REQUEST = 1,
    ENVELOPE_REPLY = 2,
    ENVELOPE_HELLO = 3,
    ENVELOPE_WELCOME = 4,
    ENVELOPE_PING = 5,
    ENVELOPE_PONG = 6,
};

/* An envelope as it was read. Pointers are borrowed from the frame and the reader. */
struct envelope {
    enum envelope_kind kind;
    uint64_t id; /* request, reply; nonce of ping and pong */
    char verb[BUS_VERB_MOST + 1];
    int64_t left_ms; /* brought between 0 and BUS_LEFT_MOST_MS: no sum with a clock overflows */
    char traceparent[TRACEPARENT_LENGTH + 1]; /* "" if absent or malformed */
    enum error error; /* ERROR_INTERNAL for a number that this program does not know */
    int64_t version;
    char service[BUS_VERB_MOST + 1];
    char instance[BUS_INSTANCE_LENGTH + 1];
    bool is_ready;
    const msgpack_object *body;
    struct bytes bulk;
};

/* Reads envelopes one after another out of a frame; keeps its memory from one to the next. */
struct envelope_reader {
    msgpack_zone zone;
    struct bytes left;
};
void envelope_reader_init(struct envelope_reader *reader);
void envelope_reader_done(struct envelope_reader *reader);
void envelope_reader_begin(struct envelope_reader *reader, struct bytes frame);

/* The next envelope: 0; -ENOENT at the end; -EBADMSG if the rest cannot be read, and nothing is
 * left then. *ret is valid until the next call. An envelope of a kind that is not known is passed
 * over. */
int envelope_next(struct envelope_reader *reader, struct envelope *ret) MUST_CHECK;

/* W3C Trace Context, version 00: lower-case hex, neither id all zero. */
bool bus_is_traceparent(const char *text, size_t length);

/* Append envelopes. `m` may be NULL for an empty body. */
void envelope_add_request(struct buffer *out, uint64_t id, const char *verb, int64_t left_ms,
                          const char *traceparent, const struct message *m, const void *msg,
                          struct bytes bulk);
void envelope_add_reply(struct buffer *out, uint64_t id, enum error error, const struct message *m,
                        const void *msg, struct bytes bulk);
void envelope_add_failure(struct buffer *out, uint64_t id, enum error error,
                          const struct fault *fault);
void envelope_add_hello(struct buffer *out);
void envelope_add_welcome(struct buffer *out, const char *service, const char *instance,
                          bool is_ready);
void envelope_add_ping(struct buffer *out, uint64_t nonce);
void envelope_add_pong(struct buffer *out, uint64_t nonce, const char *instance, bool is_ready);

/* 0, or -EACCES if `endpoint` is neither loopback nor ipc and plain buses are not allowed: a bus
 * without CURVE trusts whoever can reach it. */
int bus_check_listen(const char *endpoint, bool is_plain_allowed) MUST_CHECK;

/* A random name for this run of a process: [0-9a-z]{16}. */
void bus_make_instance(char ret[BUS_INSTANCE_LENGTH + 1]);
