/* jwt.c - whether a JSON Web Token is good, and for whom */
#include "gateway/jwt.h"

#include "gateway/base64url.h"
#include "gateway/jwt_json.h"

#include <string.h>

enum { SIGNATURE_MOST = CRYPTO_RSA_MOST };

static const double seconds_most = 9007199254740992.0; /* doubles are whole numbers up to here */

/* A token's three parts, still in base64url; `signed_part` are the first two. */
struct parts {
    struct bytes header;
    struct bytes payload;
    struct bytes signed_part;
    struct bytes signature;
};

static enum error refuse(const char **reterr, const char *problem)
{
    *reterr = problem;
    return ERROR_AUTH_REFUSED;
}

static bool split(struct bytes token, struct parts *ret)
{
    const char *start = token.data;
    const char *end = start + token.size;
    const char *first = token.size > 0 ? memchr(start, '.', token.size) : NULL;
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;

    if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
        return false;
    ret->header = (struct bytes){ start, (size_t)(first - start) };
    ret->payload = (struct bytes){ first + 1, (size_t)(second - first - 1) };
    ret->signed_part = (struct bytes){ start, (size_t)(second - start) };
    ret->signature = (struct bytes){ second + 1, (size_t)(end - second - 1) };
    return true;
}

/* NULL if it is no object in base64url. */
static json_t *read_object(struct bytes part)
{
    unsigned char text[JWT_MOST];
    size_t size;
    json_t *json;

    if (base64url_decode(part, text, sizeof text, &size) < 0)
        return NULL;
    json = json_loadb((const char *)text, size, JSON_REJECT_DUPLICATES, NULL);
    return json_is_object(json) ? json : json_drop(json);
}

static const char *algorithm_name(const struct crypto_key *key)
{
    static const char *const names[] = {
        [CRYPTO_HS256] = "HS256",
        [CRYPTO_RS256] = "RS256",
        [CRYPTO_ES256] = "ES256",
    };

    return names[crypto_key_algorithm(key)];
}

/* The key that the header names, for the one algorithm that it is for. */
static enum error find_key(const struct jwt_keys *keys, struct bytes header,
                           const struct crypto_key **ret, const char **reterr)
{
    AUTO(json_dropp) json_t *json = read_object(header);
    const json_t *kid = json_object_get(json, "kid");
    const char *algorithm = json_string_value(json_object_get(json, "alg"));

    if (!json)
        return refuse(reterr, "it is no JWT");
    if (json_object_get(json, "crit"))
        return refuse(reterr, "it needs an extension that is not known here");
    *ret = kid && !json_is_string(kid) ? NULL : jwt_keys_find(keys, json_string_value(kid));
    if (!*ret)
        return refuse(reterr, "its kid names no key");
    if (!algorithm || strcmp(algorithm, algorithm_name(*ret)) != 0)
        return refuse(reterr, "its alg is not its key's");
    return ERROR_NONE;
}

static bool is_signed(const struct crypto_key *key, const struct parts *parts)
{
    unsigned char signature[SIGNATURE_MOST];
    size_t size;

    return base64url_decode(parts->signature, signature, sizeof signature, &size) == 0 &&
           crypto_key_verifies(key, parts->signed_part, (struct bytes){ signature, size });
}

/* A NumericDate: seconds, whole or not. */
static bool read_seconds(const json_t *claims, const char *name, double *ret)
{
    const json_t *claim = json_object_get(claims, name);
    double value = json_number_value(claim);

    if (!json_is_number(claim) || !(value >= 0 && value <= seconds_most))
        return false;
    *ret = value;
    return true;
}

static enum error check_times(const struct jwt_rules *rules, const json_t *claims,
                              int64_t now_seconds, int64_t *ret_until, const char **reterr)
{
    double until;
    double from = 0;

    if (!read_seconds(claims, "exp", &until))
        return refuse(reterr, "it has no exp");
    if (json_object_get(claims, "nbf") && !read_seconds(claims, "nbf", &from))
        return refuse(reterr, "its nbf is no time");
    if ((double)(now_seconds + rules->leeway_seconds) < from)
        return refuse(reterr, "it is not valid yet");
    *ret_until = (int64_t)until + rules->leeway_seconds;
    return *ret_until <= now_seconds ? ERROR_AUTH_EXPIRED : ERROR_NONE;
}

static bool is_listed(const char *list, const char *text, const char *separators)
{
    size_t length = strlen(text);

    while (*list) {
        size_t size = strcspn(list, separators);

        if (size > 0 && size == length && memcmp(list, text, size) == 0)
            return true;
        list += size;
        list += strspn(list, separators);
    }
    return false;
}

/* `aud` is a text or several. */
static bool is_meant(const char *audiences, const json_t *aud)
{
    const char *text = json_string_value(aud);

    if (text)
        return is_listed(audiences, text, ", ");
    for (size_t i = 0; i < json_array_size(aud); i++) {
        text = json_string_value(json_array_get(aud, i));
        if (text && is_listed(audiences, text, ", "))
            return true;
    }
    return false;
}

/* `scope` is a list separated by spaces (RFC 8693 section 4.2); some write an array. */
static bool has_scope(const json_t *claims, const char *wanted)
{
    const json_t *scope = json_object_get(claims, "scope");
    const char *text = json_string_value(scope);

    if (text && *wanted)
        return is_listed(text, wanted, " ");
    for (size_t i = 0; *wanted && i < json_array_size(scope); i++) {
        text = json_string_value(json_array_get(scope, i));
        if (text && strcmp(text, wanted) == 0)
            return true;
    }
    return false;
}

static bool is_uid(const char *text)
{
    size_t length = strlen(text);

    return length >= 1 && length <= UID_MOST && text_is_agora(text, length) &&
           strcmp(text, "0") != 0;
}

/* A service's `sub` is whoever it is: most are no uids. */
static enum error check_subject(const struct jwt_rules *rules, const json_t *claims,
                                struct jwt_claims *ret, const char **reterr)
{
    const char *subject = json_string_value(json_object_get(claims, "sub"));

    ret->is_service = has_scope(claims, rules->service_scope);
    if (subject && is_uid(subject))
        memcpy(ret->uid, subject, strlen(subject) + 1);
    else if (!ret->is_service)
        return refuse(reterr, "its sub is no uid");
    return ERROR_NONE;
}

static enum error check_claims(const struct jwt_rules *rules, struct bytes payload,
                               int64_t now_seconds, struct jwt_claims *ret, const char **reterr)
{
    AUTO(json_dropp) json_t *claims = read_object(payload);
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    enum error error;

    *ret = (struct jwt_claims){ .is_service = false };
    if (!claims)
        return refuse(reterr, "it is no JWT");
    if (*rules->audiences && !is_meant(rules->audiences, json_object_get(claims, "aud")))
        return refuse(reterr, "its aud is another");
    if (*rules->issuer && !(issuer && strcmp(issuer, rules->issuer) == 0))
        return refuse(reterr, "its iss is another");
    error = check_times(rules, claims, now_seconds, &ret->until_seconds, reterr);
    return error == ERROR_NONE ? check_subject(rules, claims, ret, reterr) : error;
}

enum error jwt_verify(const struct jwt_rules *rules, const struct jwt_keys *keys,
                      struct bytes token, int64_t now_seconds, struct jwt_claims *ret,
                      const char **reterr)
{
    const struct crypto_key *key;
    struct jwt_claims claims;
    struct parts parts;
    enum error error;

    *reterr = NULL;
    if (token.size > JWT_MOST)
        return refuse(reterr, "it is longer than 4096 bytes");
    if (!split(token, &parts))
        return refuse(reterr, "it is no JWT");
    error = find_key(keys, parts.header, &key, reterr);
    if (error != ERROR_NONE)
        return error;
    if (!is_signed(key, &parts))
        return refuse(reterr, "its signature is wrong");
    error = check_claims(rules, parts.payload, now_seconds, &claims, reterr);
    if (error == ERROR_NONE)
        *ret = claims;
    return error;
}
