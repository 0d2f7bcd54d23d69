/* routes.h - which path and method is which verb (routes.def) */
#pragma once

#include "common/errors.h"
#include "common/message.h"

struct request;

enum route_access {
    ACCESS_OPEN,    /* for everyone */
    ACCESS_SRC_UID, /* acts as its parameter src_uid */
    ACCESS_UID,     /* acts as its parameter uid */
};

/* What `data` of a successful answer is. */
enum route_answer { ANSWER_PAGE, ANSWER_ENTRY, ANSWER_MESSAGES, ANSWER_CALL };

enum { ROUTE_PARAMETERS_MOST = 512 }; /* no struct of parameters is larger */

struct route {
    const char *method;
    const char *path;
    size_t path_length;
    enum route_access access;
    const struct message *(*parameters)(void); /* NULL: takes none */
    void (*handle)(struct request *request);   /* asks or answers */
    enum route_answer answer;
    const char *meaning;
};

/* ERROR_NONE; ERROR_PATH_NOT_FOUND, *ret is as it was; or ERROR_METHOD_NOT_ALLOWED: *ret is then
 * the route that the path has with the method it does take. `path` is compared as it was sent. */
enum error route_find(const char *method, struct bytes path, const struct route **ret);

/* All routes, in the order of the table. */
const struct route *routes_all(size_t *ret_count);
