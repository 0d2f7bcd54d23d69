/* limits.h - how much one uid or one address may ask for, and which proxies say what an address is.
 * One for the process: all threads share what is counted. Nothing is limited unless it is set. */
#pragma once

#include "gateway/client_address.h"
#include "gateway/connection_limit.h"
#include "gateway/options.h"

#include "common/message.h"

struct limits;

/* 0, or -EINVAL with the setting and its problem in *reterr. */
int limits_open(const struct gateway_options *options, struct limits **ret,
                struct fault *reterr) MUST_CHECK;
struct limits *limits_free(struct limits *limits); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct limits *, limits_free)

/* Of any thread. */

const struct networks *limits_trusted(const struct limits *limits);

/* Another call of the uid ("": of nobody in particular) from the address (NULL: of a service that
 * calls for many): 0 if it may, and was counted; else in how many ms it may. */
int64_t limits_take_call(struct limits *limits, const char *uid,
                         const struct client_address *address);

/* Connections of clients; those of trusted proxies are not counted. */
bool limits_may_connect(struct limits *limits, const struct client_address *address);
connection_place limits_connect(struct limits *limits, const struct client_address *address);
void limits_disconnect(struct limits *limits, connection_place place);
