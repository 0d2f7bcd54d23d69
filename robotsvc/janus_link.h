/* janus_link.h - requests to one Janus as its API wants them: numbered, and with its secret */
#pragma once

#include "robotsvc/janus_http.h"

enum {
    JANUS_REQUEST_MS = 3000,
    JANUS_POLL_MS = 45000, /* Janus answers an idle poll after 30 s */
};

struct janus_link;

/* `url` is "http://127.0.0.1:8088/janus"; `api_secret` "" if Janus wants none. 0 or -errno. */
int janus_link_open(struct loop *loop, const char *url, const char *api_secret,
                    struct janus_link **ret) MUST_CHECK;
/* Not from within a call of one of its functions. */
struct janus_link *janus_link_free(struct janus_link *link);
DEFINE_AUTO(struct janus_link *, janus_link_free)

/* To Janus (session and handle 0), a session or a handle of it. `request` is taken over;
 * `transaction` is the function's tag. */
void janus_link_post(struct janus_link *link, uint64_t session, uint64_t handle,
                     uint64_t transaction, json_t *request, janus_http_function *function,
                     void *context);

/* Wait for a session's events: the answer is an array of them. */
void janus_link_poll(struct janus_link *link, uint64_t session, janus_http_function *function,
                     void *context);

/* End all requests without a call of their functions. */
void janus_link_cancel(struct janus_link *link);

/* Fields of what Janus says: 0 and "" for what is not there, or is something else. */
uint64_t janus_read_number(const json_t *object, const char *key);
const char *janus_read_text(const json_t *object, const char *key);
