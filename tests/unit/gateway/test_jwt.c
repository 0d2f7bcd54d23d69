/* test_jwt.c - which tokens are good, with which keys, and for whom */
#include "test.h"

#include "jwt_vectors.h"

#include "gateway/base64url.h"
#include "gateway/jwt.h"
#include "gateway/jwt_cache.h"

#include <stdio.h>
#include <string.h>

static const struct jwt_rules rules = { "dapi, other", "", "dapi:any", 30 };
static const struct jwt_rules strict = { "dapi", "https://id", "", 0 };
static struct jwt_keys *keys;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){ text, strlen(text) };
}

static struct jwt_keys *read_keys(const char *text, const char **reterr)
{
    struct jwt_keys *read = NULL;
    int r;

    *reterr = NULL;
    r = jwt_keys_read(bytes_of(text), &read, reterr);
    assert_int_equal(r == 0, read != NULL);
    assert_int_equal(read == NULL, *reterr != NULL);
    return read;
}

static int set_up(void **state)
{
    const char *problem;

    (void)state;
    keys = read_keys(vectors_keys, &problem);
    return keys ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    keys = jwt_keys_free(keys);
    return 0;
}

static void add_base64url(struct buffer *out, struct bytes bytes)
{
    char text[2048];

    crypto_base64(bytes, text);
    for (char *at = text; *at && *at != '='; at++) {
        *at = (char)(*at == '+' ? '-' : *at == '/' ? '_' : *at);
        buffer_add(out, at, 1);
    }
}

/* Signed with the vectors' secret. */
static struct buffer sign(const char *header, const char *claims)
{
    unsigned char mac[CRYPTO_SHA256_BYTES];
    struct buffer token = { 0 };

    add_base64url(&token, bytes_of(header));
    buffer_add_text(&token, ".");
    add_base64url(&token, bytes_of(claims));
    crypto_hmac_sha256(bytes_of("0123456789abcdef0123456789abcdef"),
                       (struct bytes){ token.data, token.size }, mac);
    buffer_add_text(&token, ".");
    add_base64url(&token, (struct bytes){ mac, sizeof mac });
    return token;
}

static enum error verify(const struct jwt_rules *with, const char *claims, struct jwt_claims *ret,
                         const char **reterr)
{
    AUTO(buffer_done) struct buffer token = sign("{\"alg\":\"HS256\",\"kid\":\"h\"}", claims);

    return jwt_verify(with, keys, (struct bytes){ token.data, token.size }, VECTORS_NOW, ret,
                      reterr);
}

static void assert_good(const struct jwt_rules *with, const char *claims, const char *uid)
{
    struct jwt_claims found;
    const char *problem;

    assert_int_equal(verify(with, claims, &found, &problem), ERROR_NONE);
    assert_null(problem);
    assert_string_equal(found.uid, uid);
    assert_int_equal(found.is_service, !*uid);
}

static void assert_refused(const struct jwt_rules *with, const char *claims, const char *why)
{
    struct jwt_claims found;
    const char *problem;

    assert_int_equal(verify(with, claims, &found, &problem), ERROR_AUTH_REFUSED);
    assert_string_equal(problem, why);
}

static void assert_token_refused(struct bytes token, const char *why)
{
    struct jwt_claims found;
    const char *problem;

    assert_int_equal(jwt_verify(&rules, keys, token, VECTORS_NOW, &found, &problem),
                     ERROR_AUTH_REFUSED);
    assert_string_equal(problem, why);
}

static enum error verify_at(const char *token, int64_t now, struct jwt_claims *ret)
{
    const char *problem;

    return jwt_verify(&rules, keys, bytes_of(token), now, ret, &problem);
}

static void what_another_library_signs_is_good(void **state)
{
    const char *const tokens[] = { vectors_rs256, vectors_es256, vectors_hs256 };
    struct jwt_claims found;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        assert_int_equal(verify_at(tokens[i], VECTORS_NOW, &found), ERROR_NONE);
        assert_string_equal(found.uid, "alice");
        assert_false(found.is_service);
        assert_int_equal(found.until_seconds, VECTORS_NOW + 300 + 30);
    }
}

static void a_token_ends(void **state)
{
    struct jwt_claims found;

    (void)state;
    assert_int_equal(verify_at(vectors_es256, VECTORS_NOW + 329, &found), ERROR_NONE);
    assert_int_equal(verify_at(vectors_es256, VECTORS_NOW + 330, &found), ERROR_AUTH_EXPIRED);
}

static void a_token_begins(void **state)
{
    (void)state;
    assert_good(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":1800000009,\"nbf\":1800000030}",
                "1");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":1800000099,\"nbf\":1800000031}",
                   "it is not valid yet");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":1800000009,\"nbf\":\"0\"}",
                   "its nbf is no time");
}

static void an_end_must_be_a_time(void **state)
{
    (void)state;
    assert_good(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":1800000009.75}", "1");
    assert_good(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":4e9}", "1");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\"}", "it has no exp");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":\"1800000009\"}",
                   "it has no exp");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":1e300}", "it has no exp");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":-1}", "it has no exp");
}

static void the_audience_and_the_issuer_are_checked(void **state)
{
    (void)state;
    assert_good(&rules, "{\"sub\":\"1\",\"aud\":[1,\"x\",\"other\"],\"exp\":4e9}", "1");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dap\",\"exp\":4e9}", "its aud is another");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":\"dapi, other\",\"exp\":4e9}",
                   "its aud is another");
    assert_refused(&rules, "{\"sub\":\"1\",\"aud\":[],\"exp\":4e9}", "its aud is another");
    assert_refused(&rules, "{\"sub\":\"1\",\"exp\":4e9}", "its aud is another");
    assert_good(&strict, "{\"sub\":\"1\",\"aud\":\"dapi\",\"iss\":\"https://id\",\"exp\":4e9}",
                "1");
    assert_refused(&strict, "{\"sub\":\"1\",\"aud\":\"dapi\",\"iss\":\"https://i\",\"exp\":4e9}",
                   "its iss is another");
    assert_refused(&strict, "{\"sub\":\"1\",\"aud\":\"dapi\",\"iss\":[\"https://id\"],\"exp\":4e9}",
                   "its iss is another");
}

static void the_subject_is_a_uid(void **state)
{
    (void)state;
    assert_refused(&rules, "{\"aud\":\"dapi\",\"exp\":4e9}", "its sub is no uid");
    assert_refused(&rules, "{\"sub\":\"0\",\"aud\":\"dapi\",\"exp\":4e9}", "its sub is no uid");
    assert_refused(&rules, "{\"sub\":\"\",\"aud\":\"dapi\",\"exp\":4e9}", "its sub is no uid");
    assert_refused(&rules, "{\"sub\":\"a/b\",\"aud\":\"dapi\",\"exp\":4e9}", "its sub is no uid");
    assert_refused(&rules, "{\"sub\":1,\"aud\":\"dapi\",\"exp\":4e9}", "its sub is no uid");
    assert_refused(&rules,
                   "{\"sub\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\","
                   "\"aud\":\"dapi\",\"exp\":4e9}",
                   "its sub is no uid");
}

static void a_scope_makes_a_service(void **state)
{
    (void)state;
    assert_good(&rules, "{\"scope\":\"a dapi:any\",\"aud\":\"dapi\",\"exp\":4e9}", "");
    assert_good(&rules, "{\"scope\":[\"dapi:any\"],\"aud\":\"dapi\",\"exp\":4e9}", "");
    assert_good(&rules, "{\"sub\":\"1\",\"scope\":\"dapi:an\",\"aud\":\"dapi\",\"exp\":4e9}", "1");
    assert_good(&strict,
                "{\"sub\":\"1\",\"scope\":\"dapi:any \",\"aud\":\"dapi\",\"iss\":\"https://id\","
                "\"exp\":4e9}",
                "1");
}

static void assert_header_refused(const char *header, const char *why)
{
    AUTO(buffer_done)
    struct buffer token = sign(header, "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":4e9}");

    assert_token_refused((struct bytes){ token.data, token.size }, why);
}

static void the_key_says_the_algorithm(void **state)
{
    (void)state;
    assert_token_refused(bytes_of(vectors_confused), "its alg is not its key's");
    assert_token_refused(bytes_of(vectors_unsigned), "its alg is not its key's");
    assert_header_refused("{\"alg\":\"HS256\",\"kid\":\"e\"}", "its alg is not its key's");
    assert_header_refused("{\"alg\":\"HS512\",\"kid\":\"h\"}", "its alg is not its key's");
    assert_header_refused("{\"kid\":\"h\"}", "its alg is not its key's");
    assert_header_refused("{\"alg\":\"RS256\",\"kid\":\"r\"}", "its signature is wrong");
    assert_header_refused("{\"alg\":\"ES256\",\"kid\":\"e\"}", "its signature is wrong");
}

static void the_header_names_a_key(void **state)
{
    (void)state;
    assert_header_refused("{\"alg\":\"HS256\",\"kid\":\"x\"}", "its kid names no key");
    assert_header_refused("{\"alg\":\"HS256\",\"kid\":1}", "its kid names no key");
    assert_header_refused("{\"alg\":\"HS256\"}", "its kid names no key");
    assert_header_refused("{\"alg\":\"HS256\",\"kid\":\"h\",\"crit\":[\"b64\"]}",
                          "it needs an extension that is not known here");
    assert_header_refused("{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"h\"}", "it is no JWT");
    assert_header_refused("[]", "it is no JWT");
    assert_header_refused("{\"alg\":\"HS256\\u0000\",\"kid\":\"h\"}", "it is no JWT");
}

/* Every prefix of a good token, and every token with one other character. */
static void no_other_text_is_as_good(void **state)
{
    char token[sizeof vectors_hs256];
    struct jwt_claims found;

    (void)state;
    for (size_t size = 0; size < strlen(vectors_hs256); size++) {
        const char *problem;

        assert_int_equal(jwt_verify(&rules, keys, (struct bytes){ vectors_hs256, size },
                                    VECTORS_NOW, &found, &problem),
                         ERROR_AUTH_REFUSED);
        memcpy(token, vectors_hs256, sizeof token);
        token[size] = (char)(token[size] == 'A' ? 'B' : 'A');
        assert_int_equal(verify_at(token, VECTORS_NOW, &found), ERROR_AUTH_REFUSED);
    }
}

static void what_is_no_token_is_refused(void **state)
{
    char huge[JWT_MOST + 1];

    (void)state;
    memset(huge, 'A', sizeof huge);
    assert_token_refused((struct bytes){ huge, sizeof huge }, "it is longer than 4096 bytes");
    assert_token_refused((struct bytes){ huge, JWT_MOST }, "it is no JWT");
    assert_token_refused((struct bytes){ NULL, 0 }, "it is no JWT");
    assert_token_refused(bytes_of(".."), "it is no JWT");
    assert_token_refused(bytes_of("..."), "it is no JWT");
    assert_token_refused(bytes_of("garbage"), "it is no JWT");
}

static void a_signature_must_be_whole(void **state)
{
    char token[sizeof vectors_es256];
    struct jwt_claims found;

    (void)state;
    memcpy(token, vectors_es256, sizeof token);
    memset(strrchr(token, '.') + 1, 'A', strlen(strrchr(token, '.') + 1)); /* r = s = 0 */
    assert_int_equal(verify_at(token, VECTORS_NOW, &found), ERROR_AUTH_REFUSED);
}

/* Keys */

static void assert_keys_refused(const char *text, const char *why)
{
    const char *problem;

    assert_null(read_keys(text, &problem));
    assert_string_equal(problem, why);
}

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

static void keys_that_cannot_be_used_are_named(void **state)
{
    static const char no_set[] = "it is no JSON Web Key Set: {\"keys\":[…]}";
    static const char no_secret[] = "the k of an oct key must be base64url of 32 to 512 bytes";
    static const char no_rsa[] = "an RSA key must have n, of 2048 to 4096 bits, and e in base64url";
    static const char no_point[] = "an EC key's x and y must be a point of P-256 in base64url";
    static const char no_kid[] = "a key must have a kid of 1 to 128 bytes";

    (void)state;
    assert_keys_refused("", no_set);
    assert_keys_refused("[]", no_set);
    assert_keys_refused("{\"keys\":{}}", no_set);
    assert_keys_refused("{\"keys\":[],\"keys\":[]}", no_set);
    assert_keys_refused("{\"keys\":[]}", "it holds no key for RS256, ES256 or HS256");
    assert_keys_refused("{\"keys\":[1]}", "a key must be an object");
    assert_keys_refused("{\"keys\":[{\"kty\":\"oct\",\"k\":\"" SECRET "\"}]}", no_kid);
    assert_keys_refused("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"\",\"k\":\"" SECRET "\"}]}", no_kid);
    assert_keys_refused("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"c2hvcnQ\"}]}",
                        no_secret);
    assert_keys_refused("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" SECRET "=\"}]}",
                        no_secret);
    assert_keys_refused(
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", no_rsa);
    assert_keys_refused("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":\"" SECRET
                        "\",\"y\":\"" SECRET "\"}]}",
                        no_point);
    assert_keys_refused("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"d\":\"\"}]}",
                        "it holds a private key: public ones are enough");
    assert_keys_refused("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" SECRET
                        "\"},{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" SECRET "\"}]}",
                        "two keys have the same kid");
}

static void keys_for_something_else_are_passed_over(void **state)
{
    const char *problem;
    AUTO(jwt_keys_freep)
    struct jwt_keys *read =
        read_keys("{\"keys\":[{\"kty\":\"RSA\",\"use\":\"enc\"},{\"kty\":\"OKP\"},"
                  "{\"kty\":\"RSA\",\"alg\":\"PS256\"},{\"kty\":\"EC\",\"crv\":\"P-521\"},"
                  "{\"kty\":\"oct\",\"alg\":\"HS512\"},"
                  "{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" SECRET "\"}]}",
                  &problem);

    (void)state;
    assert_int_equal(jwt_keys_count(read), 1);
    assert_true(jwt_keys_hold_secret(read));
    assert_non_null(jwt_keys_find(read, NULL));
    assert_non_null(jwt_keys_find(read, "a"));
    assert_null(jwt_keys_find(read, "b"));
}

static void base64url_has_one_spelling(void **state)
{
    unsigned char bytes[3];
    size_t size;

    (void)state;
    assert_int_equal(base64url_decode(bytes_of("_-8B"), bytes, 3, &size), 0);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "\xff\xef\x01", 3);
    assert_int_equal(base64url_decode(bytes_of(""), bytes, 0, &size), 0);
    assert_int_equal(size, 0);
    assert_true(base64url_decode(bytes_of("_-8B"), bytes, 2, &size) < 0);
    assert_true(base64url_decode(bytes_of("AB"), bytes, 3, &size) < 0);
    assert_true(base64url_decode(bytes_of("AA=="), bytes, 3, &size) < 0);
    assert_true(base64url_decode(bytes_of("A"), bytes, 3, &size) < 0);
    assert_true(base64url_decode(bytes_of("A/AA"), bytes, 3, &size) < 0);
}

/* The cache */

static struct jwt_digest digest_of(const struct jwt_cache *cache, const char *token)
{
    struct jwt_digest digest;

    jwt_cache_digest(cache, bytes_of(token), &digest);
    return digest;
}

static void a_known_token_is_found_until_it_ends(void **state)
{
    AUTO(jwt_cache_freep) struct jwt_cache *cache = jwt_cache_new();
    const struct jwt_claims claims = { .uid = "1", .until_seconds = 100 };
    struct jwt_digest digest = digest_of(cache, "token");
    struct jwt_digest other = digest_of(cache, "tokem");
    struct jwt_claims found;

    (void)state;
    assert_false(jwt_cache_find(cache, &digest, 1, &found));
    jwt_cache_put(cache, &digest, &claims);
    assert_true(jwt_cache_find(cache, &digest, 99, &found));
    assert_string_equal(found.uid, "1");
    assert_false(jwt_cache_find(cache, &other, 99, &found));
    assert_false(jwt_cache_find(cache, &digest, 100, &found));
    jwt_cache_clear(cache);
    assert_false(jwt_cache_find(cache, &digest, 99, &found));
}

/* However many there are, those that end first give way. */
static void the_cache_does_not_grow(void **state)
{
    AUTO(jwt_cache_freep) struct jwt_cache *cache = jwt_cache_new();
    struct jwt_claims claims = { .uid = "1", .until_seconds = INT64_MAX };
    struct jwt_digest first = digest_of(cache, "first");
    struct jwt_claims found;
    unsigned known = 0;

    (void)state;
    jwt_cache_put(cache, &first, &claims);
    for (int i = 0; i < 20000; i++) {
        char token[16];
        struct jwt_digest digest;

        snprintf(token, sizeof token, "%d", i);
        digest = digest_of(cache, token);
        claims.until_seconds = 1000 + i;
        jwt_cache_put(cache, &digest, &claims);
        known += jwt_cache_find(cache, &digest, 1, &found);
    }
    assert_int_equal(known, 20000);
    assert_true(jwt_cache_find(cache, &first, 1, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_another_library_signs_is_good),
        cmocka_unit_test(a_token_ends),
        cmocka_unit_test(a_token_begins),
        cmocka_unit_test(an_end_must_be_a_time),
        cmocka_unit_test(the_audience_and_the_issuer_are_checked),
        cmocka_unit_test(the_subject_is_a_uid),
        cmocka_unit_test(a_scope_makes_a_service),
        cmocka_unit_test(the_key_says_the_algorithm),
        cmocka_unit_test(the_header_names_a_key),
        cmocka_unit_test(no_other_text_is_as_good),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_signature_must_be_whole),
        cmocka_unit_test(keys_that_cannot_be_used_are_named),
        cmocka_unit_test(keys_for_something_else_are_passed_over),
        cmocka_unit_test(base64url_has_one_spelling),
        cmocka_unit_test(a_known_token_is_found_until_it_ends),
        cmocka_unit_test(the_cache_does_not_grow),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
