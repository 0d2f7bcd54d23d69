/* janus_session.c - a session with one Janus */
#include "robotsvc/janus_session.h"

#include "common/buffer.h"
#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/janus_http.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_SUCH_SESSION = 458 };

enum session_state {
    SESSION_AWAY,    /* waiting for the next attempt */
    SESSION_OPENING, /* session and control handle are being made */
    SESSION_THERE,
    SESSION_CLOSING,
    SESSION_CLOSED,
};

struct janus_session {
    struct janus_session_options options;
    char *url_secret; /* "apisecret=…", or empty */
    struct janus_http *http;
    enum session_state state;
    uint64_t id;
    uint64_t lost_id; /* the session before, which Janus may still have */
    uint64_t control;
    int64_t retry_ms;
    struct loop_timer timer;    /* next attempt, or next keepalive */
    struct exchanges exchanges; /* and the numbers of all transactions */
};

static uint64_t read_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));

    return number > 0 ? (uint64_t)number : 0;
}

static const char *read_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void create_session(void *context);

static void try_again_later(struct janus_session *session)
{
    int64_t wait_ms = session->retry_ms;

    session->state = SESSION_AWAY;
    session->retry_ms = wait_ms * 2 < JANUS_RETRY_MOST_MS ? wait_ms * 2 : JANUS_RETRY_MOST_MS;
    loop_set_timer(session->options.loop, &session->timer, clock_steady_ms() + wait_ms,
                   create_session, session);
}

static void end_for_good(struct janus_session *session)
{
    loop_clear_timer(session->options.loop, &session->timer);
    session->state = SESSION_CLOSED;
}

/* Everything that hung on the session is gone. Who is told so may ask for new things: those are
 * answered by their timers. */
static void lose_session(struct janus_session *session)
{
    enum session_state state = session->state;

    janus_http_cancel(session->http);
    session->lost_id = session->id ? session->id : session->lost_id;
    session->id = 0;
    session->control = 0;
    if (state == SESSION_CLOSING)
        end_for_good(session);
    else
        try_again_later(session);
    exchanges_fail_all(&session->exchanges, -ECONNRESET);
    if (state == SESSION_THERE)
        session->options.on_change(session->options.context, false);
}

/* An "ack" says only that an event will follow, or that one has come already. */
static void on_posted(void *context, uint64_t transaction, int r, const json_t *answer)
{
    struct janus_session *session = context;
    const char *kind = read_text(answer, "janus");
    const json_t *error = json_object_get(answer, "error");

    if (r == -ECONNREFUSED || r == -ECONNRESET || read_number(error, "code") == NO_SUCH_SESSION)
        lose_session(session);
    else if (r < 0)
        exchanges_answer(&session->exchanges, transaction, r, NULL, 0);
    else if (strcmp(kind, "success") == 0)
        exchanges_answer(&session->exchanges, transaction, 0,
                         json_object_get(json_object_get(answer, "plugindata"), "data"),
                         read_number(json_object_get(answer, "data"), "id"));
    else if (strcmp(kind, "ack") != 0)
        exchanges_answer(&session->exchanges, transaction, -EPROTO, NULL, 0);
}

static void add_secret(const struct janus_session *session, json_t *request)
{
    if (session->options.api_secret[0])
        json_object_set_new(request, "apisecret", json_string(session->options.api_secret));
}

/* Takes `request` over. */
static void post(struct janus_session *session, uint64_t session_id, uint64_t handle,
                 uint64_t transaction, json_t *request, janus_http_function *function)
{
    char number[24];
    char path[64] = "";
    char *body;

    snprintf(number, sizeof number, "%" PRIu64, transaction);
    json_object_set_new(request, "transaction", json_string(number));
    add_secret(session, request);
    if (handle)
        snprintf(path, sizeof path, "/%" PRIu64 "/%" PRIu64, session_id, handle);
    else if (session_id)
        snprintf(path, sizeof path, "/%" PRIu64, session_id);
    body = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (!body)
        abort(); /* out of memory, as in must_alloc */
    janus_http_post(session->http, path, body, JANUS_REQUEST_MS, function, session, transaction);
    free(body);
}

/* Takes `body` over. Without a session the answer is that there is none, in a later turn. */
static void ask(struct janus_session *session, uint64_t handle, json_t *body,
                const struct exchange_asker *asker)
{
    uint64_t transaction;

    if (!session->id) {
        exchanges_add(&session->exchanges, 0, -ECONNRESET, asker);
        json_decref(body);
        return;
    }
    transaction = exchanges_add(&session->exchanges, JANUS_REQUEST_MS, -ETIMEDOUT, asker);
    post(session, session->id, handle, transaction, body, on_posted);
}

void janus_attach(struct janus_session *session, janus_attach_function *function, void *context)
{
    ask(session, 0, json_pack("{s:s, s:s}", "janus", "attach", "plugin", session->options.plugin),
        &(struct exchange_asker){ .on_attached = function, .context = context });
}

void janus_detach(struct janus_session *session, uint64_t handle, janus_answer_function *function,
                  void *context)
{
    ask(session, handle, json_pack("{s:s}", "janus", "detach"),
        &(struct exchange_asker){ .on_answer = function, .context = context });
}

void janus_send(struct janus_session *session, uint64_t handle, json_t *body,
                janus_answer_function *function, void *context)
{
    ask(session, handle, json_pack("{s:s, s:o}", "janus", "message", "body", body),
        &(struct exchange_asker){ .on_answer = function, .context = context });
}

static void take_event(struct janus_session *session, const json_t *event)
{
    const struct janus_session_options *options = &session->options;
    const json_t *data = json_object_get(json_object_get(event, "plugindata"), "data");
    uint64_t transaction = strtoull(read_text(event, "transaction"), NULL, 10);
    uint64_t handle = read_number(event, "sender");

    if (!exchanges_answer(&session->exchanges, transaction, 0, data, 0) && handle)
        options->on_event(options->context, handle, read_text(event, "janus"), data);
}

static void poll_events(struct janus_session *session, janus_http_function *on_polled)
{
    AUTO(free_memory)
    char *path = must_format("/%" PRIu64 "?maxev=100%s", session->id, session->url_secret);

    janus_http_get(session->http, path, JANUS_POLL_MS, on_polled, session, 0);
}

/* Janus answers with an array of events; with an object, or with nothing at all, when the session
 * is gone. */
static void on_polled(void *context, uint64_t tag, int r, const json_t *answer)
{
    struct janus_session *session = context;
    const json_t *event;
    size_t i;

    (void)tag;
    if (r < 0 || !json_is_array(answer)) {
        lose_session(session);
        return;
    }
    json_array_foreach (answer, i, event) {
        if (strcmp(read_text(event, "janus"), "timeout") == 0) {
            lose_session(session);
            return;
        }
        take_event(session, event);
    }
    if (session->id)
        poll_events(session, on_polled);
}

/* Its answer is an "ack" that nothing follows. */
static void on_kept_alive(void *context, uint64_t tag, int r, const json_t *answer)
{
    (void)tag;
    if (r < 0 || strcmp(read_text(answer, "janus"), "ack") != 0)
        lose_session(context);
}

static void keep_alive(void *context)
{
    struct janus_session *session = context;

    post(session, session->id, 0, ++session->exchanges.last_transaction,
         json_pack("{s:s}", "janus", "keepalive"), on_kept_alive);
    loop_set_timer(session->options.loop, &session->timer, clock_steady_ms() + JANUS_KEEPALIVE_MS,
                   keep_alive, session);
}

static void on_control_attached(void *context, int r, uint64_t handle)
{
    struct janus_session *session = context;

    if (session->state != SESSION_OPENING || !session->id)
        return;
    if (r < 0 || handle == 0) {
        lose_session(session);
        return;
    }
    session->control = handle;
    session->state = SESSION_THERE;
    session->retry_ms = JANUS_RETRY_LEAST_MS;
    loop_set_timer(session->options.loop, &session->timer, clock_steady_ms() + JANUS_KEEPALIVE_MS,
                   keep_alive, session);
    session->options.on_change(session->options.context, true);
}

static void ignore_answer(void *context, uint64_t tag, int r, const json_t *answer)
{
    (void)context;
    (void)tag;
    (void)r;
    (void)answer;
}

/* A Janus that was only out of reach still has the session before, and its participants. */
static void end_lost_session(struct janus_session *session)
{
    if (session->lost_id)
        post(session, session->lost_id, 0, ++session->exchanges.last_transaction,
             json_pack("{s:s}", "janus", "destroy"), ignore_answer);
    session->lost_id = 0;
}

static void on_created(void *context, uint64_t tag, int r, const json_t *answer)
{
    struct janus_session *session = context;
    uint64_t id = read_number(json_object_get(answer, "data"), "id");

    (void)tag;
    if (r < 0 || id == 0) {
        lose_session(session);
        return;
    }
    end_lost_session(session);
    session->id = id;
    poll_events(session, on_polled);
    janus_attach(session, on_control_attached, session);
}

static void create_session(void *context)
{
    struct janus_session *session = context;

    session->state = SESSION_OPENING;
    post(session, 0, 0, ++session->exchanges.last_transaction,
         json_pack("{s:s}", "janus", "create"), on_created);
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

int janus_session_open(const struct janus_session_options *options, struct janus_session **ret)
{
    AUTO(janus_session_freep) struct janus_session *session = must_alloc(1, sizeof *session);
    int r;

    session->options = *options;
    session->url_secret = make_url_secret(options->api_secret);
    session->retry_ms = JANUS_RETRY_LEAST_MS;
    exchanges_init(&session->exchanges, options->loop);
    r = janus_http_open(options->loop, options->url, &session->http);
    if (r < 0)
        return r;
    create_session(session);
    *ret = TAKE(session);
    return 0;
}

struct janus_session *janus_session_free(struct janus_session *session)
{
    if (!session)
        return NULL;
    loop_clear_timer(session->options.loop, &session->timer);
    exchanges_done(&session->exchanges);
    janus_http_free(session->http);
    free(session->url_secret);
    free(session);
    return NULL;
}

bool janus_session_is_there(const struct janus_session *session)
{
    return session->state == SESSION_THERE;
}

uint64_t janus_session_control(const struct janus_session *session)
{
    return session->control;
}

static void on_destroyed(void *context, int r, const json_t *data)
{
    struct janus_session *session = context;

    (void)r;
    (void)data;
    if (session->id)
        lose_session(session);
}

void janus_session_begin_close(struct janus_session *session)
{
    if (session->state >= SESSION_CLOSING)
        return;
    session->state = SESSION_CLOSING;
    if (session->id)
        ask(session, 0, json_pack("{s:s}", "janus", "destroy"),
            &(struct exchange_asker){ .on_answer = on_destroyed, .context = session });
    else
        lose_session(session);
}

bool janus_session_is_closed(const struct janus_session *session)
{
    return session->state == SESSION_CLOSED;
}
