/* handlers.h - what tokensvc is asked (common/messages/token.def) and how it answers */
#pragma once

#include "common/bus_server.h"
#include "tokensvc/access_token.h"

struct handlers;

enum { TOKEN_SECONDS_MOST = 86400 }; /* no token lives longer: the most of DAPI_TOKEN_SECONDS */

struct handlers_options {
    struct access_tokens *tokens;      /* borrowed */
    enum access_token_version version; /* of the tokens to sign */
    int64_t token_seconds;
};

struct handlers *handlers_new(const struct handlers_options *options);
struct handlers *handlers_free(struct handlers *handlers);
DEFINE_AUTO(struct handlers *, handlers_free)

/* Where replies are staged: before the first request. */
void handlers_set_bus(struct handlers *handlers, struct bus_server *bus);

/* A bus_request_function; the context is a struct handlers. Replies at once. */
void handlers_on_request(void *context, const struct bus_request *request);
