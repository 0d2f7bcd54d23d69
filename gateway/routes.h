/* routes.h - which path and method is which verb (routes.def) */
#pragma once

#include "common/errors.h"
#include "common/message.h"

struct request;

enum route_access {
    ACCESS_OPEN,    /* for everyone */
    ACCESS_SRC_UID, /* acts as its parameter src_uid */
    ACCESS_UID,     /* acts as its parameter uid */
    ACCESS_TOKEN,   /* acts as the party whose channel token it bears */
};

/* What a successful answer is: `data` of the envelope, or something else. */
enum route_answer {
    ANSWER_ENTRY,
    ANSWER_MESSAGES,
    ANSWER_CALL,
    ANSWER_HISTORY,
    ANSWER_DEVICES,
    ANSWER_PAGE,    /* a JSON document */
    ANSWER_FILE,    /* any file of page.h */
    ANSWER_SDP,     /* to an SDP offer, which is the request's body */
    ANSWER_NOTHING, /* no body */
    ANSWER_OPTIONS, /* headers only */
    ANSWER_EVENTS,  /* a WebSocket */
};

/* Where a route's parameters stand: any of these. */
enum route_sources {
    FROM_PATH = 1, /* its path is a pattern (path_pattern.h) */
    FROM_QUERY = 2,
    FROM_BODY = 4,
};

enum { ROUTE_PARAMETERS_MOST = 2048 }; /* no struct of parameters is larger */

struct route {
    const char *method;
    const char *path;
    size_t path_length;
    enum route_access access;
    const struct message *(*parameters)(void); /* NULL: takes none */
    unsigned sources;                          /* of its parameters */
    bool takes_key;                            /* an Idempotency-Key */
    bool is_media; /* SDP in the body; pages of allowed origins may read answers */
    void (*handle)(struct request *request); /* asks or answers */
    enum route_answer answer;
    const char *meaning;
};

/* ERROR_NONE; ERROR_PATH_NOT_FOUND, *ret is as it was; or ERROR_METHOD_NOT_ALLOWED: *ret is then
 * the route that the path has with the method it does take. `path` is compared as it was sent. */
enum error route_find(const char *method, struct bytes path, const struct route **ret);

/* Append the methods that the route's path takes: "POST, OPTIONS". */
void route_add_methods(const struct route *route, struct buffer *out);

/* All routes, in the order of the table. */
const struct route *routes_all(size_t *ret_count);
