/* janus_link.c - requests to one Janus as its API wants them */
#include "robotsvc/janus_link.h"

#include "common/buffer.h"
#include "common/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct janus_link {
    struct janus_http *http;
    char *api_secret;
    char *url_secret; /* "&apisecret=…", or empty */
};

uint64_t janus_read_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));

    return number > 0 ? (uint64_t)number : 0;
}

const char *janus_read_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* Long polls carry the secret in their query (RFC 3986 section 2). */
static char *make_url_secret(const char *secret)
{
    struct buffer text = { 0 };

    if (secret[0])
        buffer_add_text(&text, "&apisecret=");
    for (; *secret; secret++)
        buffer_add_format(&text, "%%%02X", (unsigned char)*secret);
    buffer_add(&text, "", 1);
    return text.data;
}

int janus_link_open(struct loop *loop, const char *url, const char *api_secret,
                    struct janus_link **ret)
{
    AUTO(janus_link_freep) struct janus_link *link = must_alloc(1, sizeof *link);
    int r;

    link->api_secret = must_copy(api_secret);
    link->url_secret = make_url_secret(api_secret);
    r = janus_http_open(loop, url, &link->http);
    if (r < 0)
        return r;
    *ret = TAKE(link);
    return 0;
}

static void free_secret(char *secret)
{
    explicit_bzero(secret, strlen(secret));
    free(secret);
}

struct janus_link *janus_link_free(struct janus_link *link)
{
    if (!link)
        return NULL;
    janus_http_free(link->http);
    free_secret(link->api_secret);
    free_secret(link->url_secret);
    free(link);
    return NULL;
}

void janus_link_post(struct janus_link *link, uint64_t session, uint64_t handle,
                     uint64_t transaction, json_t *request, janus_http_function *function,
                     void *context)
{
    char number[24];
    char path[64] = "";
    char *body;

    snprintf(number, sizeof number, "%" PRIu64, transaction);
    json_object_set_new(request, "transaction", json_string(number));
    if (link->api_secret[0])
        json_object_set_new(request, "apisecret", json_string(link->api_secret));
    if (handle)
        snprintf(path, sizeof path, "/%" PRIu64 "/%" PRIu64, session, handle);
    else if (session)
        snprintf(path, sizeof path, "/%" PRIu64, session);
    body = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (!body)
        abort(); /* out of memory, as in must_alloc */
    janus_http_post(link->http, path, body, JANUS_REQUEST_MS, function, context, transaction);
    free(body);
}

void janus_link_poll(struct janus_link *link, uint64_t session, janus_http_function *function,
                     void *context)
{
    AUTO(free_memory)
    char *path = must_format("/%" PRIu64 "?maxev=100%s", session, link->url_secret);

    janus_http_get(link->http, path, JANUS_POLL_MS, function, context, 0);
}

void janus_link_cancel(struct janus_link *link)
{
    janus_http_cancel(link->http);
}
