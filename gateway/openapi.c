/* openapi.c - the HTTP interface as OpenAPI 3.1 */
#include "gateway/openapi.h"

#include "gateway/api.h"
#include "gateway/idempotency_key.h"
#include "gateway/path_pattern.h"
#include "gateway/request.h"
#include "gateway/routes.h"

#include "common/messages/call.h"
#include "common/version.h"

#include <ctype.h>
#include <string.h>

static void add_text(struct buffer *out, const char *text)
{
    buffer_add_json_text(out, text, strlen(text));
}

static void add_schema(struct buffer *out, const struct message *m)
{
    buffer_add_text(out, ",");
    add_text(out, m->name);
    buffer_add_text(out, ":");
    message_schema(m, out);
}

static void add_parameter_schemas(struct buffer *out, const struct route *routes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_new = routes[i].parameters != NULL;

        for (size_t earlier = 0; earlier < i && is_new; earlier++)
            is_new = routes[earlier].parameters != routes[i].parameters;
        if (is_new)
            add_schema(out, routes[i].parameters());
    }
}

static void add_components(struct buffer *out, const struct route *routes, size_t count)
{
    buffer_add_text(
        out, "\"components\":{\"securitySchemes\":{\"channel_token\":{\"type\":\"http\","
             "\"scheme\":\"bearer\",\"description\":\"`token` of an "
             "entry\"},\"jwt\":{\"type\":\"http\",\"scheme\":\"bearer\","
             "\"bearerFormat\":\"JWT\",\"description\":\"Its `sub` is the uid to act as; of a "
             "WebSocket it may be the subprotocol `bearer.` and the "
             "token\"}},\"schemas\":{\"failure\":{\"type\":\"object\","
             "\"required\":[\"success\",\"error\",\"request_id\"],\"properties\":{"
             "\"success\":{\"const\":false},\"error\":{\"type\":\"object\","
             "\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{\"type\":\"string\"},"
             "\"message\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"}}},"
             "\"request_id\":{\"type\":\"string\"}}}");
    add_schema(out, entry_message());
    add_schema(out, entry_marks_message());
    add_schema(out, msg_row_message());
    add_schema(out, call_message());
    add_schema(out, history_row_message());
    add_schema(out, event_message());
    add_schema(out, device_registered_message());
    add_parameter_schemas(out, routes, count);
    buffer_add_text(out, "}}");
}

#define SDP_CONTENT     "\"application/sdp\":{\"schema\":{\"type\":\"string\"}}"
#define REFERENCE(name) "{\"$ref\":\"#/components/schemas/" name "\"}"

static void add_json_answer(struct buffer *out, const struct route *route)
{
    static const char *const data[] = {
        [ANSWER_ENTRY] = "{\"allOf\":[" REFERENCE("entry") "," REFERENCE("entry_marks") "]}",
        [ANSWER_MESSAGES] = "{\"type\":\"array\",\"items\":" REFERENCE("msg_row") "}",
        [ANSWER_CALL] = REFERENCE("call"),
        [ANSWER_HISTORY] = "{\"type\":\"array\",\"items\":{\"allOf\":[" REFERENCE(
            "call") "," REFERENCE("history_row") "]}}",
        [ANSWER_DEVICES] = REFERENCE("device_registered"),
        [ANSWER_PAGE] = NULL,
    };

    const char *shown = data[route->answer];

    buffer_add_text(out, "\"200\":{\"description\":\"done\",");
    if (route->takes_key)
        buffer_add_text(out, "\"headers\":{\"Idempotent-Replayed\":{\"description\":\"`true`: the "
                             "key was seen before; of a call that has ended, `data` is then its "
                             "`call`\",\"schema\":{\"const\":\"true\"}}},");
    buffer_add_text(out, "\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"");
    if (shown) {
        buffer_add_text(out, ",\"required\":[\"success\",\"data\"],\"properties\":{"
                             "\"success\":{\"const\":true},\"data\":");
        buffer_add_text(out, shown);
        buffer_add_text(out, "}");
    }
    buffer_add_text(out, "}}}}");
}

static void add_good_answer(struct buffer *out, const struct route *route)
{
    switch (route->answer) {
    case ANSWER_SDP:
        buffer_add_text(out, "\"201\":{\"description\":\"entered: the SDP answer\",\"headers\":{"
                             "\"Location\":{\"description\":\"the connection, to be deleted\","
                             "\"schema\":{\"type\":\"string\"}},\"Link\":{\"description\":"
                             "\"STUN and TURN servers, rel ice-server\",\"schema\":{\"type\":"
                             "\"string\"}}},\"content\":{" SDP_CONTENT "}}");
        break;
    case ANSWER_NOTHING: buffer_add_text(out, "\"200\":{\"description\":\"done\"}"); break;
    case ANSWER_FILE:
        buffer_add_text(out,
                        "\"200\":{\"description\":\"the file\",\"content\":{\"text/html\":{}}}");
        break;
    case ANSWER_EVENTS:
        buffer_add_text(
            out,
            "\"101\":{\"description\":\"a WebSocket; each text frame is an "
            "event\",\"content\":{\"application/json\":{\"schema\":{\"allOf\":[" REFERENCE(
                "event") ",{\"type\":\"object\",\"properties\":{\"call\":" REFERENCE("call") "}}]}}"
                                                                                             "}}");
        break;
    case ANSWER_OPTIONS:
        buffer_add_text(out, "\"204\":{\"description\":\"in the headers\"}");
        break;
    default: add_json_answer(out, route); break;
    }
}

static void add_request_body(struct buffer *out, const struct message *m)
{
    static const char *const types[] = { "application/json", "application/x-www-form-urlencoded",
                                         "multipart/form-data" };

    buffer_add_text(out,
                    "\"requestBody\":{\"description\":\"The same fields may stand in the query "
                    "instead.\",\"content\":{");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (i > 0)
            buffer_add_text(out, ",");
        add_text(out, types[i]);
        buffer_add_format(out, ":{\"schema\":" REFERENCE("%s") "}", m->name);
    }
    buffer_add_text(out, "}},");
}

static void add_parameter(struct buffer *out, const char *name, const char *where, bool is_required)
{
    buffer_add_text(out, out->data[out->size - 1] == '[' ? "{\"name\":" : ",{\"name\":");
    add_text(out, name);
    buffer_add_format(out, ",\"in\":\"%s\",\"required\":%s,\"schema\":", where,
                      is_required ? "true" : "false");
}

static bool is_in_path(const struct route *route, const char *name)
{
    struct path_walk walk = {
        route->path, {route->path, route->path_length}
    };
    struct bytes found;
    struct bytes segment;

    while (path_walk_next(&walk, &found, &segment))
        if (found.size == strlen(name) && memcmp(found.data, name, found.size) == 0)
            return true;
    return false;
}

static void add_field_parameters(struct buffer *out, const struct route *route)
{
    const struct message *m = route->parameters();

    for (size_t i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];

        add_parameter(out, f->name, is_in_path(route, f->name) ? "path" : "query",
                      f->need == NEED_REQUIRED);
        buffer_add_format(out, REFERENCE("%s/properties/%s") "}", m->name, f->name);
    }
}

static void add_key_parameter(struct buffer *out)
{
    add_parameter(out, idempotency_key_header, "header", false);
    buffer_add_format(out,
                      "{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d,\"pattern\":"
                      "\"^[!-~]+$\"},\"description\":\"The same key with the same fields, within "
                      "24 hours: the first answer again, nothing is done twice.\"}",
                      IDEMPOTENCY_KEY_MOST);
}

static void add_parameters(struct buffer *out, const struct route *route)
{
    buffer_add_text(out, "\"parameters\":[");
    if (route->parameters && !(route->sources & FROM_BODY))
        add_field_parameters(out, route);
    if (route->takes_key)
        add_key_parameter(out);
    buffer_add_text(out, "],");
}

static void add_request(struct buffer *out, const struct route *route)
{
    static const char *const actors[] = {
        [ACCESS_OPEN] = "\"security\":[],",
        [ACCESS_SRC_UID] = "\"description\":\"Acts as `src_uid`.\",",
        [ACCESS_UID] = "\"description\":\"Acts as `uid`.\",",
        [ACCESS_TOKEN] = "\"description\":\"Acts as the party whose channel token it bears.\","
                         "\"security\":[{\"channel_token\":[]}],",
    };

    buffer_add_text(out, actors[route->access]);
    add_parameters(out, route);
    if (route->sources & FROM_BODY)
        add_request_body(out, route->parameters());
    if (route->answer == ANSWER_SDP)
        buffer_add_text(out, "\"requestBody\":{\"required\":true,\"content\":{" SDP_CONTENT "}},");
}

static void add_operation(struct buffer *out, const struct route *route)
{
    buffer_add_text(out, "\"");
    for (const char *at = route->method; *at; at++)
        buffer_add(out, (char[]){ (char)tolower((unsigned char)*at) }, 1);
    buffer_add_text(out, "\":{\"summary\":");
    add_text(out, route->meaning);
    buffer_add_text(out, ",");
    add_request(out, route);
    buffer_add_text(out, "\"responses\":{");
    add_good_answer(out, route);
    buffer_add_text(out, ",\"default\":{\"description\":\"failed\",\"content\":"
                         "{\"application/json\":{\"schema\":" REFERENCE("failure") "}}}}}");
}

/* A path with all its methods; nothing if it stood there before. */
static void add_path(struct buffer *out, const struct route *routes, size_t count, size_t which)
{
    const char *path = routes[which].path;
    bool is_first = true;

    for (size_t i = 0; i < which; i++)
        if (strcmp(routes[i].path, path) == 0)
            return;
    if (which > 0)
        buffer_add_text(out, ",");
    add_text(out, path);
    for (size_t i = which; i < count; i++) {
        if (strcmp(routes[i].path, path) != 0)
            continue;
        buffer_add_text(out, is_first ? ":{" : ",");
        is_first = false;
        add_operation(out, &routes[i]);
    }
    buffer_add_text(out, "}");
}

void openapi_write(struct buffer *out, bool needs_token)
{
    size_t count;
    const struct route *routes = routes_all(&count);

    buffer_add_text(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"dapi\","
                         "\"description\":\"One-to-one voice calls\",\"version\":\"" DAPI_VERSION
                         "\"},");
    buffer_add_text(out, needs_token ? "\"security\":[{\"jwt\":[]}],\"paths\":{"
                                     : "\"security\":[{}],\"paths\":{");
    for (size_t i = 0; i < count; i++)
        add_path(out, routes, count, i);
    buffer_add_text(out, "},");
    add_components(out, routes, count);
    buffer_add_text(out, "}");
}

void show_openapi(struct request *request)
{
    const struct buffer *document = &request_gateway(request)->openapi;

    request_answer_document(request, (struct bytes){ document->data, document->size });
}
