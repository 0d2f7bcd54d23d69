/* janus_session.h - a session with one Janus: made again whenever it is lost, kept alive, its
 * events fetched by a long poll, requests matched with their answers. It knows nothing of any
 * plugin. */
#pragma once

#include "common/auto.h"
#include "common/loop.h"
#include "robotsvc/janus_exchange.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    JANUS_REQUEST_MS = 3000,
    JANUS_KEEPALIVE_MS = 25000, /* Janus ends a session after 60 s without a request */
    JANUS_POLL_MS = 45000,      /* Janus answers an idle poll after 30 s */
    JANUS_RETRY_LEAST_MS = 100,
    JANUS_RETRY_MOST_MS = 2000,
};

struct janus_session;

struct janus_session_options {
    struct loop *loop;
    const char *url; /* "http://127.0.0.1:8088/janus" */
    const char *api_secret;
    const char *plugin; /* that handles are attached to */
    /* A session stands, or is lost with all its handles; all requests were answered before. */
    void (*on_change)(void *context, bool is_there);
    /* What no request asked for. `kind` is "event", "hangup", "detached" …; `data` is the plugin's,
     * NULL where there is none; borrowed. */
    void (*on_event)(void *context, uint64_t handle, const char *kind, const json_t *data);
    void *context;
};

/* Begin to connect. 0 or -errno. */
int janus_session_open(const struct janus_session_options *options,
                       struct janus_session **ret) MUST_CHECK;
struct janus_session *janus_session_free(struct janus_session *session); /* nobody is called */
DEFINE_AUTO(struct janus_session *, janus_session_free)

bool janus_session_is_there(const struct janus_session *session);

/* A handle for requests that belong to no participant; 0 while there is no session. */
uint64_t janus_session_control(const struct janus_session *session);

void janus_attach(struct janus_session *session, janus_attach_function *function, void *context);
/* `function` may be NULL where nobody wants to know. */
void janus_detach(struct janus_session *session, uint64_t handle, janus_answer_function *function,
                  void *context);

/* Send a message to the plugin; `body` is taken over. An answer that comes later as an event is
 * waited for, and taken also if it comes first. */
void janus_send(struct janus_session *session, uint64_t handle, json_t *body,
                janus_answer_function *function, void *context);

/* End the session and make no new one. */
void janus_session_begin_close(struct janus_session *session);
bool janus_session_is_closed(const struct janus_session *session);
