/* janus_session.c - a session with one Janus */
#include "robotsvc/janus_session.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/janus_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NO_SUCH_SESSION = 458 };

enum session_state {
    SESSION_AWAY,    /* waiting for the next attempt */
    SESSION_OPENING, /* being taken up again, or session and control handle are being made */
    SESSION_THERE,
    SESSION_CLOSING,
    SESSION_CLOSED,
};

struct janus_session {
    struct janus_session_options options;
    struct janus_link *link;
    enum session_state state;
    uint64_t id;
    uint64_t lost_id; /* the session before, which Janus may still have */
    uint64_t control;
    int64_t retry_ms;
    struct loop_timer timer;    /* next attempt, or next keepalive */
    struct exchanges exchanges; /* and the numbers of all transactions */
};

static void connect_again(void *context);

static void try_again_later(struct janus_session *session)
{
    int64_t wait_ms = session->retry_ms;

    session->state = SESSION_AWAY;
    session->retry_ms = wait_ms * 2 < JANUS_RETRY_MOST_MS ? wait_ms * 2 : JANUS_RETRY_MOST_MS;
    loop_set_timer(session->options.loop, &session->timer, clock_steady_ms() + wait_ms,
                   connect_again, session);
}

static void end_for_good(struct janus_session *session)
{
    loop_clear_timer(session->options.loop, &session->timer);
    session->state = SESSION_CLOSED;
}

/* Who is told so may ask for new things: those are answered by their timers. */
static void lose_session(struct janus_session *session)
{
    enum session_state state = session->state;

    janus_link_cancel(session->link);
    session->lost_id = session->id ? session->id : session->lost_id;
    session->id = 0;
    if (state == SESSION_CLOSING)
        end_for_good(session);
    else
        try_again_later(session);
    exchanges_fail_all(&session->exchanges, -ECONNRESET);
    if (state == SESSION_THERE)
        session->options.on_change(session->options.context, false);
}

/* What an answer or an event of Janus says to a request. */
static struct janus_answer read_answer(const json_t *said)
{
    return (struct janus_answer){
        .data = json_object_get(json_object_get(said, "plugindata"), "data"),
        .sdp = json_string_value(json_object_get(json_object_get(said, "jsep"), "sdp")),
        .handle = janus_read_number(json_object_get(said, "data"), "id"),
    };
}

/* An "ack" says only that an event will follow, or that one has come already. */
static void on_posted(void *context, uint64_t transaction, int r, const json_t *said)
{
    struct janus_session *session = context;
    const char *kind = janus_read_text(said, "janus");
    const json_t *error = json_object_get(said, "error");
    struct janus_answer answer = read_answer(said);

    if (r == -ECONNREFUSED || r == -ECONNRESET ||
        janus_read_number(error, "code") == NO_SUCH_SESSION) {
        lose_session(session);
        return;
    }
    if (r == 0 && strcmp(kind, "ack") == 0)
        return;
    if (r < 0 || strcmp(kind, "success") != 0)
        answer = (struct janus_answer){ .r = r < 0 ? r : -EPROTO };
    exchanges_answer(&session->exchanges, transaction, &answer);
}

/* Takes `request` over. Without a session the answer is that there is none, in a later turn. */
static void ask(struct janus_session *session, uint64_t handle, json_t *request, int64_t most_ms,
                janus_answer_function *function, void *context)
{
    uint64_t transaction;

    if (!session->id) {
        exchanges_add(&session->exchanges, 0, -ECONNRESET, function, context);
        json_decref(request);
        return;
    }
    transaction = exchanges_add(&session->exchanges, most_ms, -ETIMEDOUT, function, context);
    janus_link_post(session->link, session->id, handle, transaction, request, on_posted, session);
}

void janus_attach(struct janus_session *session, janus_answer_function *function, void *context)
{
    ask(session, 0, json_pack("{s:s, s:s}", "janus", "attach", "plugin", session->options.plugin),
        JANUS_REQUEST_MS, function, context);
}

void janus_detach(struct janus_session *session, uint64_t handle)
{
    ask(session, handle, json_pack("{s:s}", "janus", "detach"), JANUS_REQUEST_MS, NULL, NULL);
}

void janus_send(struct janus_session *session, const struct janus_message *message,
                janus_answer_function *function, void *context)
{
    json_t *request = json_pack("{s:s, s:o}", "janus", "message", "body", message->body);

    if (message->offer)
        json_object_set_new(
            request, "jsep",
            json_pack("{s:s, s:s, s:b}", "type", "offer", "sdp", message->offer, "trickle", 0));
    ask(session, message->handle ? message->handle : session->control, request,
        message->most_ms ? message->most_ms : JANUS_REQUEST_MS, function, context);
}

static void take_event(struct janus_session *session, const json_t *event)
{
    const struct janus_session_options *options = &session->options;
    uint64_t transaction = strtoull(janus_read_text(event, "transaction"), NULL, 10);
    uint64_t handle = janus_read_number(event, "sender");
    struct janus_answer answer = read_answer(event);

    if (!exchanges_answer(&session->exchanges, transaction, &answer) && handle)
        options->on_event(options->context, handle, janus_read_text(event, "janus"), answer.data);
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
        if (strcmp(janus_read_text(event, "janus"), "timeout") == 0) {
            lose_session(session);
            return;
        }
        take_event(session, event);
    }
    if (session->id)
        janus_link_poll(session->link, session->id, on_polled, session);
}

/* Takes `request`, one that is answered without an event, over. */
static void post(struct janus_session *session, uint64_t id, json_t *request,
                 janus_http_function *function)
{
    janus_link_post(session->link, id, 0, ++session->exchanges.last_transaction, request, function,
                    session);
}

static void on_kept_alive(void *context, uint64_t tag, int r, const json_t *answer)
{
    (void)tag;
    if (r < 0 || strcmp(janus_read_text(answer, "janus"), "ack") != 0)
        lose_session(context);
}

static void keep_alive(void *context)
{
    struct janus_session *session = context;

    post(session, session->id, json_pack("{s:s}", "janus", "keepalive"), on_kept_alive);
    loop_set_timer(session->options.loop, &session->timer, clock_steady_ms() + JANUS_KEEPALIVE_MS,
                   keep_alive, session);
}

static void stand(struct janus_session *session)
{
    session->state = SESSION_THERE;
    session->lost_id = 0;
    session->retry_ms = JANUS_RETRY_LEAST_MS;
    loop_set_timer(session->options.loop, &session->timer, clock_steady_ms() + JANUS_KEEPALIVE_MS,
                   keep_alive, session);
    session->options.on_change(session->options.context, true);
}

static void on_greeted(void *context, const struct janus_answer *answer)
{
    struct janus_session *session = context;

    if (session->state != SESSION_OPENING || !session->id)
        return;
    if (answer->r == 0) {
        stand(session);
        return;
    }
    session->control = 0;
    lose_session(session);
}

static void greet(struct janus_session *session)
{
    struct janus_message message = {
        .body = json_pack("{s:s}", "request", session->options.greeting),
    };

    janus_send(session, &message, on_greeted, session);
}

static void on_control_attached(void *context, const struct janus_answer *answer)
{
    struct janus_session *session = context;

    if (session->state != SESSION_OPENING || !session->id)
        return;
    session->control = answer->handle;
    if (answer->r < 0 || answer->handle == 0)
        lose_session(session);
    else
        greet(session);
}

static void open_control(struct janus_session *session, uint64_t id)
{
    session->id = id;
    janus_link_poll(session->link, id, on_polled, session);
    if (session->control)
        greet(session);
    else
        janus_attach(session, on_control_attached, session);
}

static void on_created(void *context, uint64_t tag, int r, const json_t *answer)
{
    struct janus_session *session = context;
    uint64_t id = janus_read_number(json_object_get(answer, "data"), "id");

    (void)tag;
    session->control = 0;
    if (r < 0 || id == 0)
        lose_session(session);
    else
        open_control(session, id);
}

static void create(struct janus_session *session)
{
    session->lost_id = 0;
    post(session, 0, json_pack("{s:s}", "janus", "create"), on_created);
}

/* A Janus that was only out of reach still has the session, and clients talk on. */
static void on_asked_whether_it_stands(void *context, uint64_t tag, int r, const json_t *answer)
{
    struct janus_session *session = context;

    (void)tag;
    if (r < 0)
        lose_session(session);
    else if (strcmp(janus_read_text(answer, "janus"), "ack") == 0)
        open_control(session, session->lost_id);
    else
        create(session);
}

static void connect_again(void *context)
{
    struct janus_session *session = context;

    session->state = SESSION_OPENING;
    if (session->lost_id)
        post(session, session->lost_id, json_pack("{s:s}", "janus", "keepalive"),
             on_asked_whether_it_stands);
    else
        create(session);
}

int janus_session_open(const struct janus_session_options *options, struct janus_session **ret)
{
    AUTO(janus_session_freep) struct janus_session *session = must_alloc(1, sizeof *session);
    int r;

    session->options = *options;
    session->retry_ms = JANUS_RETRY_LEAST_MS;
    exchanges_init(&session->exchanges, options->loop);
    r = janus_link_open(options->loop, options->url, options->api_secret, &session->link);
    if (r < 0)
        return r;
    connect_again(session);
    *ret = TAKE(session);
    return 0;
}

struct janus_session *janus_session_free(struct janus_session *session)
{
    if (!session)
        return NULL;
    loop_clear_timer(session->options.loop, &session->timer);
    exchanges_done(&session->exchanges);
    janus_link_free(session->link);
    free(session);
    return NULL;
}

bool janus_session_is_there(const struct janus_session *session)
{
    return session->state == SESSION_THERE;
}

uint64_t janus_session_number(const struct janus_session *session)
{
    return session->id ? session->id : session->lost_id;
}

uint64_t janus_session_control(const struct janus_session *session)
{
    return session->control;
}

static void on_goodbye(void *context, const struct janus_answer *answer)
{
    struct janus_session *session = context;

    (void)answer;
    if (session->state == SESSION_CLOSING)
        lose_session(session);
}

/* One that stays watches no more: nobody would fetch what it hears. */
void janus_session_begin_close(struct janus_session *session, bool stays)
{
    if (session->state >= SESSION_CLOSING)
        return;
    session->state = SESSION_CLOSING;
    if (session->id && stays)
        ask(session, session->control, json_pack("{s:s}", "janus", "detach"), JANUS_REQUEST_MS,
            on_goodbye, session);
    else if (session->id)
        ask(session, 0, json_pack("{s:s}", "janus", "destroy"), JANUS_REQUEST_MS, on_goodbye,
            session);
    else
        lose_session(session);
}

bool janus_session_is_closed(const struct janus_session *session)
{
    return session->state == SESSION_CLOSED;
}
