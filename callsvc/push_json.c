/* push_json.c - what push services say in JSON: errors, access tokens, credentials */
#include "callsvc/fcm_credentials.h"
#include "callsvc/push_reaction.h"

#include "common/memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *read_object(struct bytes text)
{
    json_t *json = text.size ? json_loadb(text.data, text.size, 0, NULL) : NULL;

    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* A member's text, or "": never NULL. */
static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static void copy_reason(char ret[PUSH_REASON_MOST + 1], const char *text)
{
    snprintf(ret, PUSH_REASON_MOST + 1, "%s", text);
}

void apns_answer_read(struct bytes body, struct apns_answer *ret)
{
    json_t *answer = read_object(body);
    json_int_t timestamp = json_integer_value(json_object_get(answer, "timestamp"));

    *ret = (struct apns_answer){ 0 };
    copy_reason(ret->reason, text_of(answer, "reason"));
    ret->timestamp_ms = timestamp > 0 ? timestamp : 0;
    json_decref(answer);
}

static bool names_token(const json_t *detail)
{
    const json_t *violations = json_object_get(detail, "fieldViolations");
    const json_t *violation;
    size_t i;

    json_array_foreach (violations, i, violation)
        if (strcmp(text_of(violation, "field"), "message.token") == 0)
            return true;
    return false;
}

void fcm_answer_read(struct bytes body, struct fcm_answer *ret)
{
    json_t *answer = read_object(body);
    const json_t *error = json_object_get(answer, "error");
    const json_t *detail;
    size_t i;

    *ret = (struct fcm_answer){ 0 };
    copy_reason(ret->reason, text_of(error, "status"));
    json_array_foreach (json_object_get(error, "details"), i, detail) {
        if (*text_of(detail, "errorCode"))
            copy_reason(ret->reason, text_of(detail, "errorCode"));
        ret->names_token |= names_token(detail);
    }
    json_decref(answer);
}

int fcm_access_read(struct bytes body, struct fcm_access *ret)
{
    json_t *answer = read_object(body);
    const char *token = text_of(answer, "access_token");
    json_int_t seconds = json_integer_value(json_object_get(answer, "expires_in"));
    size_t length = strlen(token);
    int r = -EINVAL;

    /* It becomes a header. */
    if (length > 0 && length <= FCM_ACCESS_MOST && !strpbrk(token, "\r\n") && seconds > 0 &&
        seconds <= FCM_ACCESS_SECONDS_MOST) {
        memcpy(ret->token, token, length + 1);
        ret->life_ms = seconds * 1000;
        r = 0;
    }
    json_decref(answer);
    return r;
}

static int take_text(const json_t *object, const char *name, char **ret, const char **reterr)
{
    const char *text = text_of(object, name);

    if (!*text || strpbrk(text, "\"\\"))
        return *reterr = name, -EINVAL;
    *ret = must_copy(text);
    return 0;
}

static int read_members(const json_t *object, struct fcm_credentials *ret, const char **reterr)
{
    const char *pem = text_of(object, "private_key");
    int r = take_text(object, "project_id", &ret->project, reterr);

    if (r >= 0)
        r = take_text(object, "client_email", &ret->email, reterr);
    if (r >= 0)
        r = take_text(object, "private_key_id", &ret->key_id, reterr);
    if (r >= 0)
        r = take_text(object, "token_uri", &ret->token_url, reterr);
    if (r < 0)
        return r;
    r = signing_key_read(pem, SIGNING_RS256, &ret->key);
    if (r < 0)
        *reterr = "private_key";
    return r;
}

int fcm_credentials_read(struct bytes text, struct fcm_credentials **ret, const char **reterr)
{
    AUTO(fcm_credentials_freep)
    struct fcm_credentials *credentials = must_alloc(1, sizeof *credentials);
    json_t *object = read_object(text);
    int r;

    if (!object)
        return *reterr = NULL, -EINVAL;
    r = read_members(object, credentials, reterr);
    json_decref(object);
    if (r >= 0)
        *ret = TAKE(credentials);
    return r;
}

struct fcm_credentials *fcm_credentials_free(struct fcm_credentials *credentials)
{
    if (!credentials)
        return NULL;
    signing_key_free(credentials->key);
    free(credentials->project);
    free(credentials->email);
    free(credentials->key_id);
    free(credentials->token_url);
    free(credentials);
    return NULL;
}
