/* envelope_write.c - envelopes of the bus, written into a buffer */
#include "common/bus.h"

#include <string.h>

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

static void pack_bool(msgpack_packer *packer, bool is_true)
{
    if (is_true)
        msgpack_pack_true(packer);
    else
        msgpack_pack_false(packer);
}

static msgpack_packer begin_envelope(struct buffer *out, enum envelope_kind kind, size_t elements)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, out, buffer_write);
    msgpack_pack_array(&packer, elements);
    msgpack_pack_unsigned_int(&packer, kind);
    return packer;
}

static void pack_body(msgpack_packer *packer, struct buffer *out, const struct message *m,
                      const void *msg, struct bytes bulk)
{
    if (m)
        message_to_msgpack(m, msg, out);
    else
        msgpack_pack_map(packer, 0);
    msgpack_pack_bin_with_body(packer, bulk.data, bulk.size);
}

void envelope_add_request(struct buffer *out, uint64_t id, const char *verb, int64_t left_ms,
                          const char *traceparent, const struct message *m, const void *msg,
                          struct bytes bulk)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_REQUEST, 7);

    msgpack_pack_uint64(&packer, id);
    pack_text(&packer, verb);
    msgpack_pack_int64(&packer, left_ms);
    pack_text(&packer, traceparent ? traceparent : "");
    pack_body(&packer, out, m, msg, bulk);
}

void envelope_add_reply(struct buffer *out, uint64_t id, enum error error, const struct message *m,
                        const void *msg, struct bytes bulk)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_REPLY, 5);

    msgpack_pack_uint64(&packer, id);
    msgpack_pack_unsigned_int(&packer, error);
    pack_body(&packer, out, m, msg, bulk);
}

void envelope_add_failure(struct buffer *out, uint64_t id, enum error error,
                          const struct fault *fault)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_REPLY, 5);
    bool has_fault = fault && fault->field;

    msgpack_pack_uint64(&packer, id);
    msgpack_pack_unsigned_int(&packer, error);
    msgpack_pack_map(&packer, has_fault ? 2 : 0);
    if (has_fault) {
        pack_text(&packer, "field");
        pack_text(&packer, fault->field);
        pack_text(&packer, "problem");
        pack_text(&packer, fault->problem);
    }
    msgpack_pack_bin(&packer, 0);
}

void envelope_add_hello(struct buffer *out)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_HELLO, 2);

    msgpack_pack_int(&packer, BUS_VERSION);
}

void envelope_add_welcome(struct buffer *out, const char *service, const char *instance,
                          bool is_ready)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_WELCOME, 5);

    msgpack_pack_int(&packer, BUS_VERSION);
    pack_text(&packer, service);
    pack_text(&packer, instance);
    pack_bool(&packer, is_ready);
}

void envelope_add_ping(struct buffer *out, uint64_t nonce)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_PING, 2);

    msgpack_pack_uint64(&packer, nonce);
}

void envelope_add_pong(struct buffer *out, uint64_t nonce, const char *instance, bool is_ready)
{
    msgpack_packer packer = begin_envelope(out, ENVELOPE_PONG, 4);

    msgpack_pack_uint64(&packer, nonce);
    pack_text(&packer, instance);
    pack_bool(&packer, is_ready);
}
