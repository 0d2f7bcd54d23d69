/* replies.c - how an operation that is on disk is answered */
#include "callsvc/replies.h"

#include <string.h>

typedef void reply_function(struct bus_server *bus, const struct bus_return *back,
                            const struct operation *o, struct buffer *bulk);

static struct bytes all_of(const struct buffer *buffer)
{
    return (struct bytes){ buffer->data, buffer->size };
}

static void add_call(const struct call_record *record, struct buffer *bulk)
{
    struct call call;

    call_record_to_call(record, &call);
    message_to_msgpack(call_message(), &call, bulk);
}

static void reply_started(struct bus_server *bus, const struct bus_return *back,
                          const struct operation *o, struct buffer *bulk)
{
    struct call_started answer;

    call_record_to_started(&o->record, &answer);
    answer.redial = o->is_redial;
    answer.glare = o->is_glare;
    answer.replayed = o->is_replayed;
    answer.token_floor = o->token_floor;
    if (o->is_replayed && !call_is_live(&o->record))
        add_call(&o->record, bulk);
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

static void reply_inside(struct bus_server *bus, const struct bus_return *back,
                         const struct operation *o, struct buffer *bulk)
{
    struct call_inside inside;

    call_record_to_inside(&o->record, &inside);
    inside.replayed = o->is_replayed;
    message_to_msgpack(call_inside_message(), &inside, bulk);
    reply_call(bus, back, o, bulk);
}

static void reply_messages(struct bus_server *bus, const struct bus_return *back,
                           const struct operation *o, struct buffer *bulk)
{
    const struct call_list answer = { .count = (int64_t)o->record_count };

    for (size_t i = 0; i < o->record_count; i++) {
        add_call(&o->records[i], bulk);
        add_inside(&o->records[i], bulk);
    }
    bus_server_reply(bus, back, call_list_message(), &answer, all_of(bulk));
}

static void reply_events(struct bus_server *bus, const struct bus_return *back,
                         const struct operation *o, struct buffer *bulk)
{
    for (size_t i = 0; i < o->record_count; i++) {
        message_to_msgpack(event_message(), &o->happened[i], bulk);
        add_call(&o->records[i], bulk);
        add_inside(&o->records[i], bulk);
    }
    bus_server_reply(bus, back, event_list_message(), &o->told, all_of(bulk));
}

static void reply_check(struct bus_server *bus, const struct bus_return *back,
                        const struct operation *o, struct buffer *bulk)
{
    const struct call_list answer = { .count = (int64_t)o->channel_count };

    for (size_t i = 0; i < o->channel_count; i++)
        message_to_msgpack(channel_state_message(), &o->channels[i], bulk);
    bus_server_reply(bus, back, call_list_message(), &answer, all_of(bulk));
}

static void reply_media_claim(struct bus_server *bus, const struct bus_return *back,
                              const struct operation *o, struct buffer *bulk)
{
    struct media_claimed answer;

    memcpy(answer.node, o->record.node, sizeof answer.node);
    bus_server_reply(bus, back, media_claimed_message(), &answer, all_of(bulk));
}

static void reply_media_list(struct bus_server *bus, const struct bus_return *back,
                             const struct operation *o, struct buffer *bulk)
{
    const struct call_list answer = { .count = (int64_t)o->record_count };

    for (size_t i = 0; i < o->record_count; i++) {
        struct media_channel channel;

        call_record_to_media_channel(&o->records[i], &channel);
        message_to_msgpack(media_channel_message(), &channel, bulk);
    }
    bus_server_reply(bus, back, call_list_message(), &answer, all_of(bulk));
}

static void reply_beat(struct bus_server *bus, const struct bus_return *back,
                       const struct operation *o, struct buffer *bulk)
{
    const struct replica_orphans answer = { .robots = (int64_t)o->robot_count,
                                            .sessions = (int64_t)o->session_count,
                                            .others = (int64_t)o->other_count };

    for (size_t i = 0; i < o->robot_count; i++)
        message_to_msgpack(orphan_robot_message(), &o->robots[i], bulk);
    for (size_t i = 0; i < o->session_count; i++)
        message_to_msgpack(media_session_message(), &o->sessions[i], bulk);
    bus_server_reply(bus, back, replica_orphans_message(), &answer, all_of(bulk));
}

static void reply_devices(struct bus_server *bus, const struct bus_return *back,
                          const struct operation *o, struct buffer *bulk)
{
    const struct device_registered answer = { .devices = o->device_count };

    bus_server_reply(bus, back, device_registered_message(), &answer, all_of(bulk));
}

void reply_to(struct bus_server *bus, const struct bus_return *back, const struct operation *o,
              struct buffer *bulk)
{
    static reply_function *const functions[OPERATION_KINDS] = {
        [OPERATION_START] = reply_started,
        [OPERATION_MESSAGES] = reply_messages,
        [OPERATION_RING] = reply_call,
        [OPERATION_ANSWER] = reply_started,
        [OPERATION_REJECT] = reply_call,
        [OPERATION_HISTORY] = reply_messages,
        [OPERATION_EVENTS] = reply_events,
        [OPERATION_END] = reply_call,
        [OPERATION_JOIN] = reply_started,
        [OPERATION_ROBOT_CLAIM] = reply_inside,
        [OPERATION_ROBOT_UPDATE] = reply_call,
        [OPERATION_CHANNELS_CHECK] = reply_check,
        [OPERATION_PARTIES] = reply_inside,
        [OPERATION_MEDIA_CLAIM] = reply_media_claim,
        [OPERATION_MEDIA_UPDATE] = reply_call,
        [OPERATION_MEDIA_LIST] = reply_media_list,
        [OPERATION_REPLICA_BEAT] = reply_beat,
        [OPERATION_DEVICE_REGISTER] = reply_devices,
        [OPERATION_DEVICE_UNREGISTER] = reply_devices,
    };

    buffer_clear(bulk);
    if (o->error)
        bus_server_fail(bus, back, o->error, o->fault.field ? &o->fault : NULL);
    else
        functions[o->kind](bus, back, o, bulk);
}
