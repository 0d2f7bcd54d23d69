/* webhook_body.c - what a webhook says of an event */
#include "callsvc/webhook_body.h"

#include <string.h>

static const struct field *type_field(void)
{
    const struct message *message = event_message();
    size_t i = 0;

    while (strcmp(message->fields[i].name, "type") != 0)
        i++;
    return &message->fields[i];
}

const char *webhook_event_name(enum event_type type)
{
    return type_field()->cases[type].text;
}

enum event_type webhook_event_type(const char *name)
{
    const struct field *field = type_field();

    for (int64_t type = 1; type <= field->most; type++)
        if (strcmp(field->cases[type].text, name) == 0)
            return (enum event_type)type;
    return event_type_unset;
}

void webhook_body(const struct call_record *record, const struct webhook_event *event,
                  struct buffer *out)
{
    char time[TIME_TEXT_MOST];
    struct call call;

    call_record_to_call(record, &call);
    text_from_time(event->at, time);
    buffer_add_format(out, "{\"type\":\"%s\",\"timestamp\":\"%s\",\"data\":{\"number\":%lld,",
                      webhook_event_name(event->type), time, (long long)event->number);
    buffer_add_format(out, "\"seq\":%lld,\"call\":", (long long)event->seq);
    message_to_json(call_message(), &call, out);
    buffer_add_text(out, "}}");
}
