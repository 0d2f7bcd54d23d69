/* request_actor.c - as whom a request may act, and as whom it does */
#include "gateway/request_inside.h"

#include "gateway/header_value.h"
#include "gateway/websocket_handshake.h"

#include <string.h>

/* A browser's WebSocket cannot have an Authorization: there the token is a subprotocol. */
static bool find_token(const struct request *request, struct bytes *ret)
{
    if (header_bearer(request_header(request, "Authorization"), ret))
        return true;
    return request->route->answer == ANSWER_EVENTS &&
           websocket_bearer(request_header(request, "Sec-WebSocket-Protocol"), ret);
}

static const char *actor_field(const struct route *route)
{
    switch (route->access) {
    case ACCESS_SRC_UID: return "src_uid";
    case ACCESS_UID: return "uid";
    default: return NULL;
    }
}

enum error request_identify(struct request *request)
{
    struct auth *auth = request->requests->auth;
    struct bytes token;

    request->claims = (struct jwt_claims){ .is_service = false };
    if (!auth || !actor_field(request->route))
        return ERROR_NONE;
    if (!find_token(request, &token))
        return ERROR_AUTH_MISSING;
    return auth_check(auth, token, &request->claims, &request->fault.problem);
}

/* The parameter, a UID field, that says as whom the request acts. */
static char *find_actor(struct request *request, const char *name)
{
    const struct message *parameters = name ? request->route->parameters() : NULL;

    if (!parameters)
        return NULL;
    for (size_t i = 0; i < parameters->field_count; i++)
        if (parameters->fields[i].kind == FIELD_UID &&
            strcmp(parameters->fields[i].name, name) == 0)
            return request->parameters + parameters->fields[i].offset;
    return NULL;
}

const char *request_actor(struct request *request)
{
    return find_actor(request, actor_field(request->route));
}

enum error request_check_actor(struct request *request)
{
    const struct jwt_claims *claims = &request->claims;
    const char *name = actor_field(request->route);
    char *actor;

    if (!request->requests->auth || !name)
        return ERROR_NONE;
    actor = find_actor(request, name);
    if (!actor || (!*actor && claims->is_service)) {
        request->fault = (struct fault){ name, "is missing" };
        return ERROR_BAD_FIELD;
    }
    if (!*actor)
        memcpy(actor, claims->uid, sizeof claims->uid);
    if (claims->is_service || strcmp(actor, claims->uid) == 0)
        return ERROR_NONE;
    request->fault = (struct fault){ name, "is not your token's" };
    return ERROR_UID_FOREIGN;
}

int64_t request_token_ends_seconds(const struct request *request)
{
    return request->requests->auth ? request->claims.until_seconds : 0;
}
