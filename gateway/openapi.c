/* openapi.c - the HTTP interface as OpenAPI 3.1 */
#include "gateway/openapi.h"

#include "gateway/api.h"
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
        out, "\"components\":{\"schemas\":{\"failure\":{\"type\":\"object\","
             "\"required\":[\"success\",\"error\",\"request_id\"],\"properties\":{"
             "\"success\":{\"const\":false},\"error\":{\"type\":\"object\","
             "\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{\"type\":\"string\"},"
             "\"message\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"}}},"
             "\"request_id\":{\"type\":\"string\"}}}");
    add_schema(out, entry_message());
    add_schema(out, entry_marks_message());
    add_schema(out, msg_row_message());
    add_schema(out, call_message());
    add_parameter_schemas(out, routes, count);
    buffer_add_text(out, "}}");
}

#define REFERENCE(name) "{\"$ref\":\"#/components/schemas/" name "\"}"

static void add_good_answer(struct buffer *out, enum route_answer answer)
{
    static const char *const data[] = {
        [ANSWER_PAGE] = NULL,
        [ANSWER_ENTRY] = "{\"allOf\":[" REFERENCE("entry") "," REFERENCE("entry_marks") "]}",
        [ANSWER_MESSAGES] = "{\"type\":\"array\",\"items\":" REFERENCE("msg_row") "}",
        [ANSWER_CALL] = REFERENCE("call"),
    };

    buffer_add_text(out, "\"200\":{\"description\":\"done\",\"content\":{\"application/json\":"
                         "{\"schema\":{\"type\":\"object\"");
    if (data[answer]) {
        buffer_add_text(out, ",\"required\":[\"success\",\"data\"],\"properties\":{"
                             "\"success\":{\"const\":true},\"data\":");
        buffer_add_text(out, data[answer]);
        buffer_add_text(out, "}");
    }
    buffer_add_text(out, "}}}}");
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

static void add_operation(struct buffer *out, const struct route *route)
{
    static const char *const actors[] = { [ACCESS_SRC_UID] = "src_uid", [ACCESS_UID] = "uid" };

    add_text(out, route->path);
    buffer_add_text(out, strcmp(route->method, "GET") == 0 ? ":{\"get\":{" : ":{\"post\":{");
    buffer_add_text(out, "\"summary\":");
    add_text(out, route->meaning);
    buffer_add_text(out, ",");
    if (route->access != ACCESS_OPEN)
        buffer_add_format(out, "\"description\":\"Acts as `%s`.\",", actors[route->access]);
    if (route->parameters)
        add_request_body(out, route->parameters());
    buffer_add_text(out, "\"responses\":{");
    add_good_answer(out, route->answer);
    buffer_add_text(out, ",\"default\":{\"description\":\"failed\",\"content\":"
                         "{\"application/json\":{\"schema\":" REFERENCE("failure") "}}}}}}");
}

void openapi_write(struct buffer *out)
{
    size_t count;
    const struct route *routes = routes_all(&count);

    buffer_add_text(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"dapi\","
                         "\"description\":\"One-to-one voice calls\",\"version\":\"" DAPI_VERSION
                         "\"},\"paths\":{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_text(out, ",");
        add_operation(out, &routes[i]);
    }
    buffer_add_text(out, "},");
    add_components(out, routes, count);
    buffer_add_text(out, "}");
}

void show_openapi(struct request *request)
{
    const struct buffer *document = &request_gateway(request)->openapi;

    request_answer_document(request, (struct bytes){ document->data, document->size });
}
