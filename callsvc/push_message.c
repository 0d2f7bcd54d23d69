/* push_message.c - what a push says, in each service's JSON */
#include "callsvc/push_message.h"

#include "common/text.h"

#include <string.h>

static void add_member(struct buffer *out, const char *name, const char *value)
{
    buffer_add_format(out, ",\"%s\":", name);
    buffer_add_json_text(out, value, strlen(value));
}

static void add_time(struct buffer *out, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MOST];

    text_from_time(ms, text);
    add_member(out, name, text);
}

/* The same for both services; each member begins with a comma. */
static void add_call(const struct delivery *delivery, int64_t now_ms, struct buffer *out)
{
    add_member(out, "call_id", delivery->call_id);
    add_member(out, "channel", delivery->channel);
    add_member(out, "caller_uid", delivery->caller_uid);
    add_time(out, "sent_at", now_ms);
    add_time(out, "expires_at", delivery->ring_expires_at);
}

void apns_message(const struct delivery *delivery, const char *missed_title, int64_t now_ms,
                  struct buffer *out)
{
    const char *caller = delivery->caller_uid;

    if (delivery->kind == DELIVERY_RING) {
        buffer_add_text(out, "{\"aps\":{}");
    } else {
        buffer_add_text(out, "{\"aps\":{\"alert\":{\"title\":");
        buffer_add_json_text(out, missed_title, strlen(missed_title));
        add_member(out, "body", caller);
        buffer_add_text(out, "},\"sound\":\"default\",\"mutable-content\":1}");
    }
    add_call(delivery, now_ms, out);
    buffer_add_text(out, "}");
}

void fcm_message(const struct delivery *delivery, int64_t now_ms, struct buffer *out)
{
    bool rings = delivery->kind == DELIVERY_RING;
    int64_t left_ms = delivery->expires_at - now_ms;

    buffer_add_text(out, "{\"message\":{\"token\":");
    buffer_add_json_text(out, delivery->token, strlen(delivery->token));
    buffer_add_format(out, ",\"data\":{\"type\":\"%s\"", rings ? "call" : "missed_call");
    add_call(delivery, now_ms, out);
    buffer_add_format(out, "},\"android\":{\"priority\":\"%s\",\"ttl\":\"%llds\"}}}",
                      rings ? "HIGH" : "NORMAL", (long long)(left_ms < 0 ? 0 : left_ms / 1000));
}
