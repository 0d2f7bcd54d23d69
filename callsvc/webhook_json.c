/* webhook_json.c - reads the webhooks' settings */
#include "callsvc/outbox_plan.h"
#include "callsvc/signing.h"
#include "callsvc/webhook_body.h"
#include "callsvc/webhook_settings.h"

#include "common/memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char secret_prefix[] = "whsec_";

/* Says of which endpoint and member a problem is. */
struct reader {
    char *problem; /* WEBHOOK_PROBLEM_MOST */
    size_t index;
};

static int refuse(const struct reader *reader, const char *member, const char *problem)
{
    snprintf(reader->problem, WEBHOOK_PROBLEM_MOST, "endpoints[%zu].%s %s", reader->index, member,
             problem);
    return -EINVAL;
}

static int read_name(const struct reader *reader, const json_t *object,
                     struct webhook_endpoint *endpoint)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.";
    const char *name = json_string_value(json_object_get(object, "name"));

    if (!name || !*name || strlen(name) > WEBHOOK_NAME_MOST ||
        strspn(name, allowed) != strlen(name))
        return refuse(reader, "name",
                      "must be 1 to 64 letters, digits, hyphens, dots, underscores");
    snprintf(endpoint->name, sizeof endpoint->name, "%s", name);
    return 0;
}

static int read_flag(const struct reader *reader, const json_t *object, const char *member,
                     bool *ret)
{
    const json_t *value = json_object_get(object, member);

    if (value && !json_is_boolean(value))
        return refuse(reader, member, "must be true or false");
    *ret = json_is_true(value);
    return 0;
}

static bool is_clean(const char *url)
{
    for (; *url; url++)
        if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 0x7f)
            return false;
    return true;
}

static int read_url(const struct reader *reader, const json_t *object,
                    struct webhook_endpoint *endpoint)
{
    const char *url = json_string_value(json_object_get(object, "url"));
    bool is_https = url && strncmp(url, "https://", 8) == 0 && url[8];
    bool is_http = url && strncmp(url, "http://", 7) == 0 && url[7];

    if ((!is_https && !is_http) || strlen(url) > 2048 || !is_clean(url))
        return refuse(reader, "url", "must be an https URL");
    if (is_http && !endpoint->allows_http)
        return refuse(reader, "url", "is not https: that needs \"allow_http\": true");
    endpoint->url = must_copy(url);
    return 0;
}

static int read_secret(const struct reader *reader, const json_t *value, size_t i,
                       struct webhook_endpoint *endpoint)
{
    const char *text = json_string_value(value);
    size_t prefix = sizeof secret_prefix - 1;
    int size;

    if (!text || strncmp(text, secret_prefix, prefix) != 0)
        return refuse(reader, "secrets", "must be texts that begin with whsec_");
    size = base64_read(text + prefix, endpoint->secrets[i].bytes, WEBHOOK_SECRET_MOST);
    if (size < WEBHOOK_SECRET_LEAST)
        return refuse(reader, "secrets", "must be 24 to 64 bytes in base64 after whsec_");
    endpoint->secrets[i].size = (size_t)size;
    return 0;
}

static int read_secrets(const struct reader *reader, const json_t *object,
                        struct webhook_endpoint *endpoint)
{
    const json_t *list = json_object_get(object, "secrets");
    const json_t *value;
    size_t i;
    int r;

    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > WEBHOOK_SECRETS_MOST)
        return refuse(reader, "secrets", "must be a list of one or two");
    json_array_foreach (list, i, value)
        if ((r = read_secret(reader, value, i, endpoint)) < 0)
            return r;
    return 0;
}

/* "call.missed", "call.*" or "*": 0 if it is no such event. */
static uint64_t events_of(const char *name)
{
    size_t length = strlen(name);
    bool is_pattern = length > 0 && name[length - 1] == '*';
    uint64_t events = 0;

    for (enum event_type type = EVENT_CALL_CREATED; type <= EVENT_ROBOT_FAILED; type++) {
        const char *known = webhook_event_name(type);

        if (is_pattern ? strncmp(known, name, length - 1) == 0 : strcmp(known, name) == 0)
            events |= UINT64_C(1) << type;
    }
    return events;
}

static int read_events(const struct reader *reader, const json_t *object,
                       struct webhook_endpoint *endpoint)
{
    const json_t *list = json_object_get(object, "events");
    const json_t *value;
    size_t i;

    if (!list)
        endpoint->events = events_of("*");
    else if (!json_is_array(list) || json_array_size(list) == 0)
        return refuse(reader, "events", "must be a list of event types");
    json_array_foreach (list, i, value) {
        uint64_t events = json_is_string(value) ? events_of(json_string_value(value)) : 0;

        if (events == 0)
            return refuse(reader, "events", "has an event type that there is not");
        endpoint->events |= events;
    }
    return 0;
}

static int read_in_flight(const struct reader *reader, const json_t *object,
                          struct webhook_endpoint *endpoint)
{
    enum { USUAL = 4 };
    const json_t *value = json_object_get(object, "in_flight");
    json_int_t number = value ? json_integer_value(value) : USUAL;

    if (number < 1 || number > WEBHOOK_IN_FLIGHT_MOST)
        return refuse(reader, "in_flight", "must be a number from 1 to 64");
    endpoint->in_flight = (unsigned)number;
    return 0;
}

/* A misspelt member would be a setting that does nothing. */
static int refuse_unknown(const struct reader *reader, json_t *object)
{
    static const char *const known[] = { "name",      "url",        "secrets",      "events",
                                         "in_flight", "allow_http", "allow_private" };
    const char *member;
    json_t *value;

    json_object_foreach (object, member, value) {
        size_t i = 0;

        while (i < COUNT_OF(known) && strcmp(known[i], member) != 0)
            i++;
        if (i == COUNT_OF(known)) {
            snprintf(reader->problem, WEBHOOK_PROBLEM_MOST,
                     "endpoints[%zu] has a member that there is not: %.64s", reader->index, member);
            return -EINVAL;
        }
    }
    return 0;
}

static int read_endpoint(const struct reader *reader, json_t *object,
                         struct webhook_endpoint *endpoint)
{
    int r = refuse_unknown(reader, object);

    if (r >= 0)
        r = read_name(reader, object, endpoint);
    if (r >= 0)
        r = read_flag(reader, object, "allow_http", &endpoint->allows_http);
    if (r >= 0)
        r = read_flag(reader, object, "allow_private", &endpoint->allows_private);
    if (r >= 0)
        r = read_url(reader, object, endpoint);
    if (r >= 0)
        r = read_secrets(reader, object, endpoint);
    if (r >= 0)
        r = read_events(reader, object, endpoint);
    return r < 0 ? r : read_in_flight(reader, object, endpoint);
}

static int refuse_repeated(const struct reader *reader, const struct webhook_settings *settings)
{
    const struct webhook_endpoint *latest = &settings->endpoints[settings->count - 1];

    for (size_t i = 0; i + 1 < settings->count; i++)
        if (strcmp(settings->endpoints[i].name, latest->name) == 0)
            return refuse(reader, "name", "is another endpoint's, too");
    return 0;
}

static int read_endpoints(const json_t *list, struct webhook_settings *settings, char *reterr)
{
    struct reader reader = { .problem = reterr };
    json_t *object;
    int r;

    settings->endpoints = must_alloc(json_array_size(list) + 1, sizeof *settings->endpoints);
    json_array_foreach (list, reader.index, object) {
        if (!json_is_object(object))
            return refuse(&reader, "", "must be an object");
        settings->count++;
        r = read_endpoint(&reader, object, &settings->endpoints[reader.index]);
        if (r >= 0)
            r = refuse_repeated(&reader, settings);
        if (r < 0)
            return r;
    }
    return 0;
}

int webhook_settings_read(struct bytes text, struct webhook_settings **ret,
                          char reterr[WEBHOOK_PROBLEM_MOST])
{
    AUTO(webhook_settings_freep)
    struct webhook_settings *settings = must_alloc(1, sizeof *settings);
    json_error_t error;
    json_t *json =
        json_loadb(text.data ? text.data : "", text.size, JSON_REJECT_DUPLICATES, &error);
    const json_t *list = json_object_get(json, "endpoints");
    int r = -EINVAL;

    if (!json)
        snprintf(reterr, WEBHOOK_PROBLEM_MOST, "it is no JSON: line %d, column %d", error.line,
                 error.column);
    else if (!json_is_array(list) || json_array_size(list) > WEBHOOKS_MOST)
        snprintf(reterr, WEBHOOK_PROBLEM_MOST, "\"endpoints\" must be a list of at most %d",
                 WEBHOOKS_MOST);
    else
        r = read_endpoints(list, settings, reterr);
    json_decref(json);
    if (r >= 0)
        *ret = TAKE(settings);
    return r;
}

struct webhook_settings *webhook_settings_free(struct webhook_settings *settings)
{
    if (!settings)
        return NULL;
    for (size_t i = 0; i < settings->count; i++)
        free(settings->endpoints[i].url);
    if (settings->endpoints)
        explicit_bzero(settings->endpoints, settings->count * sizeof *settings->endpoints);
    free(settings->endpoints);
    free(settings);
    return NULL;
}
