/* endpoint.h - reads lists of ZeroMQ endpoints and looks their hosts up */
#pragma once

#include "common/auto.h"

#include <stddef.h>

/* A sorted set of texts, each of its own allocation. { 0 } is an empty set. */
struct endpoint_set {
    char **texts;
    size_t count;
};
void endpoint_set_add(struct endpoint_set *set, const char *text); /* copied; not twice */
void endpoint_set_done(struct endpoint_set *set);                  /* also for AUTO */
int endpoint_set_compare(const struct endpoint_set *a, const struct endpoint_set *b);

/* One endpoint of a list. */
struct endpoint {
    char *text; /* "tcp://gateway:7000" */
    char *host; /* NULL: nothing to look up */
    char *port;
};

/* Read a list, separated by commas or spaces: 0 and *ret with *ret_count endpoints, to be freed
 * with endpoints_free; -EINVAL for a list that is empty or cannot be read. */
int endpoints_read(const char *list, struct endpoint **ret, size_t *ret_count) MUST_CHECK;
void endpoints_free(struct endpoint *endpoints, size_t count);

/* Add "tcp://address:port" for every address of `host`, as getaddrinfo knows them; takes as long as
 * the name server does. 0, or -ENOENT if there is none or nobody to ask. */
int endpoint_look_up(const char *host, const char *port, struct endpoint_set *ret) MUST_CHECK;
