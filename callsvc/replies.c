/* replies.c - how an operation that is on disk is answered */
#include "callsvc/replies.h"

typedef void reply_function(struct bus_server *bus, const struct bus_return *back,
                            const struct operation *o, struct buffer *bulk);

static struct bytes all_of(const struct buffer *buffer)
{
    return (struct bytes){ buffer->data, buffer->size };
}

static void reply_started(struct bus_server *bus, const struct bus_return *back,
                          const struct operation *o, struct buffer *bulk)
{
    struct call_started answer;

    call_record_to_started(&o->record, &answer);
    answer.redial = o->is_redial;
    answer.glare = o->is_glare;
    bus_server_reply(bus, back, call_started_message(), &answer, all_of(bulk));
}

static void reply_call(struct bus_server *bus, const struct bus_return *back,
                       const struct operation *o, struct buffer *bulk)
{
    struct call answer;

    call_record_to_call(&o->record, &answer);
    bus_server_reply(bus, back, call_message(), &answer, all_of(bulk));
}

static void add_inside(const struct call_record *record, struct buffer *bulk)
{
    struct call_inside inside;

    call_record_to_inside(record, &inside);
    message_to_msgpack(call_inside_message(), &inside, bulk);
}

static void reply_claim(struct bus_server *bus, const struct bus_return *back,
                        const struct operation *o, struct buffer *bulk)
{
    add_inside(&o->record, bulk);
    reply_call(bus, back, o, bulk);
}

static void reply_messages(struct bus_server *bus, const struct bus_return *back,
                           const struct operation *o, struct buffer *bulk)
{
    const struct call_list answer = { .count = (int64_t)o->record_count };

    for (size_t i = 0; i < o->record_count; i++) {
        struct call call;

        call_record_to_call(&o->records[i], &call);
        message_to_msgpack(call_message(), &call, bulk);
        add_inside(&o->records[i], bulk);
    }
    bus_server_reply(bus, back, call_list_message(), &answer, all_of(bulk));
}

static void reply_check(struct bus_server *bus, const struct bus_return *back,
                        const struct operation *o, struct buffer *bulk)
{
    const struct call_list answer = { .count = (int64_t)o->channel_count };

    for (size_t i = 0; i < o->channel_count; i++)
        message_to_msgpack(channel_state_message(), &o->channels[i], bulk);
    bus_server_reply(bus, back, call_list_message(), &answer, all_of(bulk));
}

void reply_to(struct bus_server *bus, const struct bus_return *back, const struct operation *o,
              struct buffer *bulk)
{
    static reply_function *const functions[OPERATION_KINDS] = {
        [OPERATION_START] = reply_started,     [OPERATION_MESSAGES] = reply_messages,
        [OPERATION_ANSWER] = reply_started,    [OPERATION_END] = reply_call,
        [OPERATION_JOIN] = reply_started,      [OPERATION_ROBOT_CLAIM] = reply_claim,
        [OPERATION_ROBOT_UPDATE] = reply_call, [OPERATION_CHANNELS_CHECK] = reply_check,
    };

    buffer_clear(bulk);
    if (o->error)
        bus_server_fail(bus, back, o->error, o->fault.field ? &o->fault : NULL);
    else
        functions[o->kind](bus, back, o, bulk);
}
