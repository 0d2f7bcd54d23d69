/* janus_session.h - a session with one Janus: kept alive, taken up again when it was out of reach,
 * made again when it is gone; its events fetched by a long poll, requests matched with their
 * answers. It knows nothing of any plugin. */
#pragma once

#include "common/auto.h"
#include "common/loop.h"
#include "robotsvc/janus_exchange.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    JANUS_KEEPALIVE_MS = 20000, /* Janus ends a session after 60 s without a request */
    JANUS_RETRY_LEAST_MS = 100,
    JANUS_RETRY_MOST_MS = 2000,
};

struct janus_session;

struct janus_session_options {
    struct loop *loop;
    const char *url; /* "http://127.0.0.1:8088/janus" */
    const char *api_secret;
    const char *plugin;   /* that handles are attached to */
    const char *greeting; /* the request that the control handle makes of the plugin first */
    /* It stands, or is out of reach; all requests were answered before. It may come back as the
     * session that it was, with its handles, or as another. */
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

/* Its number at Janus, also while it is out of reach; 0 if there is none. */
uint64_t janus_session_number(const struct janus_session *session);

/* The handle for requests that belong to no connection; 0 if there is none. */
uint64_t janus_session_control(const struct janus_session *session);

void janus_attach(struct janus_session *session, janus_answer_function *function, void *context);
void janus_detach(struct janus_session *session, uint64_t handle); /* nobody hears how that went */

/* A message to the plugin. */
struct janus_message {
    uint64_t handle;   /* 0: the control handle */
    json_t *body;      /* taken over */
    const char *offer; /* SDP with all its candidates, or NULL */
    int64_t most_ms;   /* 0: JANUS_REQUEST_MS */
};

/* An answer that comes later as an event is waited for, and taken also if it comes first. */
void janus_send(struct janus_session *session, const struct janus_message *message,
                janus_answer_function *function, void *context);

/* Make no new session. The one there is ends; or stays at Janus, for another process to adopt, if
 * connections hang on it. */
void janus_session_begin_close(struct janus_session *session, bool stays);
bool janus_session_is_closed(const struct janus_session *session);
