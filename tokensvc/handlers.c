/* handlers.c - see handlers.h */
#include "tokensvc/handlers.h"

#include "common/bus_verbs.h"
#include "common/clock.h"
#include "common/memory.h"
#include "common/messages/token.h"
#include "common/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum outcome { OUTCOME_GOOD, OUTCOME_REFUSED, OUTCOME_EXPIRED, OUTCOME_FOREIGN, OUTCOMES };

struct handlers {
    struct handlers_options options;
    struct bus_server *bus;
    struct metric *signed_tokens;
    struct metric *verified[OUTCOMES];
};

static const char *const version_labels[ACCESS_TOKEN_VERSIONS] = {
    [ACCESS_TOKEN_006] = "version=\"006\"",
    [ACCESS_TOKEN_007] = "version=\"007\"",
};

static const char *const outcome_labels[OUTCOMES] = {
    [OUTCOME_GOOD] = "outcome=\"good\"",
    [OUTCOME_REFUSED] = "outcome=\"refused\"",
    [OUTCOME_EXPIRED] = "outcome=\"expired\"",
    [OUTCOME_FOREIGN] = "outcome=\"foreign\"",
};

static const enum error outcome_errors[OUTCOMES] = {
    [OUTCOME_REFUSED] = ERROR_TOKEN_REFUSED,
    [OUTCOME_EXPIRED] = ERROR_TOKEN_EXPIRED,
    [OUTCOME_FOREIGN] = ERROR_TOKEN_FOREIGN,
};

struct handlers *handlers_new(const struct handlers_options *options)
{
    struct handlers *handlers = must_alloc(1, sizeof *handlers);

    handlers->options = *options;
    handlers->signed_tokens = metric_counter(
        "dapi_tokens_signed_total", version_labels[options->version], "tokens that were signed");
    for (size_t i = 0; i < OUTCOMES; i++)
        handlers->verified[i] = metric_counter("dapi_tokens_verified_total", outcome_labels[i],
                                               "tokens that were verified");
    return handlers;
}

struct handlers *handlers_free(struct handlers *handlers)
{
    free(handlers);
    return NULL;
}

void handlers_set_bus(struct handlers *handlers, struct bus_server *bus)
{
    handlers->bus = bus;
}

/* Rounded up to what a token can say; no token lives longer than the longest setting. */
static int64_t life_seconds(const struct handlers_options *options, int64_t now,
                            int64_t least_expires_at)
{
    int64_t least = (least_expires_at + 999) / 1000 - now;

    if (least <= options->token_seconds)
        return options->token_seconds;
    return least < TOKEN_SECONDS_MOST ? least : TOKEN_SECONDS_MOST;
}

static void on_token_sign(void *context, const struct bus_request *request, const void *body)
{
    struct handlers *handlers = context;
    const struct handlers_options *options = &handlers->options;
    const struct token_sign *asked = body;
    struct token_signed answer;
    int64_t now = clock_wall_ms() / 1000;
    int64_t seconds = life_seconds(options, now, asked->least_expires_at);

    _Static_assert(sizeof answer.token == ACCESS_TOKEN_MOST + 1, "a token fits");
    access_tokens_sign(options->tokens, options->version, asked->channel, asked->uid, now, seconds,
                       answer.token);
    memcpy(answer.app_id, access_tokens_app_id(options->tokens), sizeof answer.app_id);
    answer.expires_at = (now + seconds) * 1000;
    metric_add(handlers->signed_tokens, 1);
    bus_server_reply(handlers->bus, &request->back, token_signed_message(), &answer,
                     (struct bytes){ 0 });
}

static enum outcome outcome_of(int r)
{
    switch (r) {
    case 0: return OUTCOME_GOOD;
    case -EKEYEXPIRED: return OUTCOME_EXPIRED;
    case -EACCES: return OUTCOME_FOREIGN;
    default: return OUTCOME_REFUSED;
    }
}

static void on_token_verify(void *context, const struct bus_request *request, const void *body)
{
    struct handlers *handlers = context;
    const struct token_verify *asked = body;
    const struct token_question question = { asked->channel, asked->uid, asked->other_uid };
    struct token_answer owner;
    struct token_verified answer;
    enum outcome outcome = outcome_of(access_tokens_verify(
        handlers->options.tokens, asked->token, &question, clock_wall_ms() / 1000, &owner));

    metric_add(handlers->verified[outcome], 1);
    if (outcome != OUTCOME_GOOD) {
        bus_server_fail(handlers->bus, &request->back, outcome_errors[outcome], NULL);
        return;
    }
    memcpy(answer.uid, owner.uid, sizeof answer.uid); /* it is one of the two that were asked for */
    answer.expires_at = owner.ends * 1000;
    bus_server_reply(handlers->bus, &request->back, token_verified_message(), &answer,
                     (struct bytes){ 0 });
}

static const struct bus_verb verbs[] = {
    {token_sign_message,    on_token_sign  },
    { token_verify_message, on_token_verify},
};

void handlers_on_request(void *context, const struct bus_request *request)
{
    const struct handlers *handlers = context;

    bus_verbs_call(verbs, COUNT_OF(verbs), handlers->bus, request, context);
}
