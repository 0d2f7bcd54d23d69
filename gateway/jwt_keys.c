/* jwt_keys.c - the keys that tokens are verified with: a JSON Web Key Set */
#include "gateway/jwt_keys.h"

#include "gateway/base64url.h"
#include "gateway/jwt_json.h"

#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct jwt_key {
    char kid[JWT_KID_MOST + 1];
    struct crypto_key *key;
};

struct jwt_keys {
    struct jwt_key all[JWT_KEYS_MOST];
    size_t count;
};

static int refuse(const char **reterr, const char *problem)
{
    *reterr = problem;
    return -EINVAL;
}

static bool is_member(const json_t *object, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value && strcmp(value, text) == 0;
}

static bool is_absent_or(const json_t *object, const char *name, const char *text)
{
    return !json_object_get(object, name) || is_member(object, name, text);
}

/* A base64url member of `room` bytes at most. */
static int read_bytes(const json_t *object, const char *name, unsigned char *room_start,
                      size_t room, struct bytes *ret)
{
    const json_t *member = json_object_get(object, name);
    struct bytes text = { json_string_value(member), json_string_length(member) };

    ret->data = room_start;
    return text.data ? base64url_decode(text, room_start, room, &ret->size) : -EINVAL;
}

static int read_secret(const json_t *object, struct crypto_key **ret, const char **reterr)
{
    unsigned char room[CRYPTO_SECRET_MOST];
    struct bytes secret;
    bool is_read = read_bytes(object, "k", room, sizeof room, &secret) == 0 &&
                   crypto_key_from_secret(secret, ret) == 0;

    explicit_bzero(room, sizeof room);
    return is_read ? 0 : refuse(reterr, "the k of an oct key must be base64url of 32 to 512 bytes");
}

static int read_rsa(const json_t *object, struct crypto_key **ret, const char **reterr)
{
    unsigned char rooms[2][CRYPTO_RSA_MOST];
    struct bytes n;
    struct bytes e;

    if (read_bytes(object, "n", rooms[0], sizeof rooms[0], &n) < 0 ||
        read_bytes(object, "e", rooms[1], sizeof rooms[1], &e) < 0 ||
        crypto_key_from_rsa(n, e, ret) < 0)
        return refuse(reterr, "an RSA key must have n, of 2048 to 4096 bits, and e in base64url");
    return 0;
}

static int read_p256(const json_t *object, struct crypto_key **ret, const char **reterr)
{
    unsigned char rooms[2][CRYPTO_P256_BYTES];
    struct bytes x;
    struct bytes y;

    if (read_bytes(object, "x", rooms[0], sizeof rooms[0], &x) < 0 ||
        read_bytes(object, "y", rooms[1], sizeof rooms[1], &y) < 0 ||
        crypto_key_from_p256(x, y, ret) < 0)
        return refuse(reterr, "an EC key's x and y must be a point of P-256 in base64url");
    return 0;
}

struct key_type {
    const char *kty;
    const char *alg;
    int (*read)(const json_t *object, struct crypto_key **ret, const char **reterr);
};

/* NULL: the key is for something else. */
static const struct key_type *find_type(const json_t *object)
{
    static const struct key_type types[] = {
        {"oct",  "HS256", read_secret},
        { "RSA", "RS256", read_rsa   },
        { "EC",  "ES256", read_p256  },
    };

    if (!is_absent_or(object, "use", "sig") ||
        (is_member(object, "kty", "EC") && !is_member(object, "crv", "P-256")))
        return NULL;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (is_member(object, "kty", types[i].kty))
            return is_absent_or(object, "alg", types[i].alg) ? &types[i] : NULL;
    return NULL;
}

static int read_kid(const struct jwt_keys *keys, const json_t *object, char *ret,
                    const char **reterr)
{
    const char *kid = json_string_value(json_object_get(object, "kid"));

    if (!kid || !*kid || strlen(kid) > JWT_KID_MOST)
        return refuse(reterr, "a key must have a kid of 1 to 128 bytes");
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->all[i].kid, kid) == 0)
            return refuse(reterr, "two keys have the same kid");
    memcpy(ret, kid, strlen(kid) + 1);
    return 0;
}

static int add_key(struct jwt_keys *keys, const json_t *object, const char **reterr)
{
    const struct key_type *type = json_is_object(object) ? find_type(object) : NULL;
    struct jwt_key *key = &keys->all[keys->count];
    int r;

    if (!json_is_object(object))
        return refuse(reterr, "a key must be an object");
    if (!type)
        return 0;
    if (keys->count == JWT_KEYS_MOST)
        return refuse(reterr, "there are more than 64 keys");
    if (json_object_get(object, "d"))
        return refuse(reterr, "it holds a private key: public ones are enough");
    r = read_kid(keys, object, key->kid, reterr);
    if (r == 0)
        r = type->read(object, &key->key, reterr);
    if (r == 0)
        keys->count++;
    return r;
}

int jwt_keys_read(struct bytes text, struct jwt_keys **ret, const char **reterr)
{
    AUTO(jwt_keys_freep) struct jwt_keys *keys = must_alloc(1, sizeof *keys);
    AUTO(json_dropp) json_t *set = NULL;
    const json_t *list;

    set = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    list = json_object_get(set, "keys");
    if (!json_is_array(list))
        return refuse(reterr, "it is no JSON Web Key Set: {\"keys\":[…]}");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (add_key(keys, json_array_get(list, i), reterr) < 0)
            return -EINVAL;
    if (keys->count == 0)
        return refuse(reterr, "it holds no key for RS256, ES256 or HS256");
    *ret = TAKE(keys);
    return 0;
}

struct jwt_keys *jwt_keys_free(struct jwt_keys *keys)
{
    if (!keys)
        return NULL;
    for (size_t i = 0; i < keys->count; i++)
        crypto_key_free(keys->all[i].key);
    free(keys);
    return NULL;
}

size_t jwt_keys_count(const struct jwt_keys *keys)
{
    return keys->count;
}

bool jwt_keys_hold_secret(const struct jwt_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        if (crypto_key_algorithm(keys->all[i].key) == CRYPTO_HS256)
            return true;
    return false;
}

const struct crypto_key *jwt_keys_find(const struct jwt_keys *keys, const char *kid)
{
    if (!kid)
        return keys->count == 1 ? keys->all[0].key : NULL;
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->all[i].kid, kid) == 0)
            return keys->all[i].key;
    return NULL;
}
