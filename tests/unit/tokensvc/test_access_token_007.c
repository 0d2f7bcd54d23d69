/* test_access_token_007.c - tokens of version 007: published vectors, and what is refused */
#include "test.h"
#include "token_vectors.h"

#include "tokensvc/access_token_007.h"
#include "tokensvc/base64.h"

#include <stdlib.h>
#include <zlib.h>

enum { NOW = 1800000000, LIFE = 3600, BODY_MOST = 8192 };

static const char channel[] = "ch_4aY875LP4o";
static const char uid[] = "1234";

/* One of each, for every test. */
struct fixture {
    struct credentials *credentials;
    struct deflater *deflater;
    struct access_tokens *tokens;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->credentials = make_credentials(app_id, certificate, NULL);
    f->deflater = deflater_new();
    f->tokens = make_tokens(app_id, certificate, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    (void)credentials_free(f->credentials);
    (void)deflater_free(f->deflater);
    (void)access_tokens_free(f->tokens);
    free(f);
    return 0;
}

static void sign_now(struct fixture *f, char ret[ACCESS_TOKEN_MOST + 1])
{
    access_tokens_sign(f->tokens, ACCESS_TOKEN_007, channel, uid, NOW, LIFE, ret);
}

static struct grant_007 grant_of(const json_t *vector, const json_t *service)
{
    return (struct grant_007){ number_of(vector, "issue_ts"), number_of(vector, "expire"),
                               number_of(vector, "salt"), privileges_of(service) };
}

static void published_vectors_come_out_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    json_t *vectors = load_vectors();
    const json_t *vector;
    size_t i;

    json_array_foreach (json_object_get(vectors, "access_token_007"), i, vector) {
        const json_t *service = json_array_get(json_object_get(vector, "services"), 0);
        const struct grant_007 grant = grant_of(vector, service);
        char token[ACCESS_TOKEN_MOST + 1];

        access_token_007_sign(f->credentials, f->deflater, text_of(service, "channel"),
                              text_of(service, "uid"), &grant, token);
        assert_string_equal(token, text_of(vector, "token"));
    }
    assert_int_equal(i, 2);
    json_decref(vectors);
}

static void a_published_vector_verifies_until_its_end(void **state)
{
    struct fixture *f = *state;
    json_t *vectors = load_vectors();
    const json_t *vector = json_array_get(json_object_get(vectors, "access_token_007"), 0);
    const char *token = text_of(vector, "token");
    static const char room[] = "7d72365eb983485397e3e3f9d460bdda";

    assert_int_equal(verify_at(f->tokens, token, room, "2882341273", "", 1111710), 0);
    assert_int_equal(verify_at(f->tokens, token, room, "2882341273", "", 1111711), -EKEYEXPIRED);
    assert_int_equal(verify_at(f->tokens, token, room, "2882341274", "", 1111710), -EACCES);
    json_decref(vectors);
}

static void a_token_for_anyone_is_for_nobody(void **state)
{
    struct fixture *f = *state;
    json_t *vectors = load_vectors();
    const json_t *vector = json_array_get(json_object_get(vectors, "access_token_007"), 1);
    const char *token = text_of(vector, "token");
    static const char room[] = "7d72365eb983485397e3e3f9d460bdda";

    assert_int_equal(verify_at(f->tokens, token, room, "2882341273", "", 1111111), -EACCES);
    assert_int_equal(verify_at(f->tokens, token, room, "", "", 1111111), -EACCES);
    json_decref(vectors);
}

static void a_signed_token_says_whom_it_is_for(void **state)
{
    struct fixture *f = *state;
    struct access_token_007 parsed;
    char token[ACCESS_TOKEN_MOST + 1];

    sign_now(f, token);
    assert_int_equal(access_token_007_parse(f->deflater, token, &parsed), 0);
    assert_string_equal(parsed.app_id, app_id);
    assert_string_equal(parsed.channel, channel);
    assert_string_equal(parsed.uid, uid);
    assert_int_equal(parsed.grant.issued, NOW);
    assert_int_equal(parsed.grant.life, LIFE);
    assert_int_equal(parsed.grant.privileges.count, 2);
    assert_int_equal(parsed.grant.privileges.list[1].ends, LIFE);
}

static void a_signed_token_verifies_for_its_owner_among_two(void **state)
{
    struct fixture *f = *state;
    char token[ACCESS_TOKEN_MOST + 1];

    sign_now(f, token);
    assert_int_equal(verify_at(f->tokens, token, channel, uid, "", NOW), 0);
    assert_int_equal(verify_at(f->tokens, token, channel, "4321", uid, NOW), 0);
    assert_int_equal(verify_at(f->tokens, token, channel, "4321", "", NOW), -EACCES);
    assert_int_equal(verify_at(f->tokens, token, "ch_4aY875LP4O", uid, "", NOW), -EACCES);
    assert_int_equal(verify_at(f->tokens, token, "ch_4aY875LP4o1", "234", "", NOW), -EACCES);
}

static void a_token_is_good_until_the_second_it_ends(void **state)
{
    struct fixture *f = *state;
    char token[ACCESS_TOKEN_MOST + 1];

    sign_now(f, token);
    assert_int_equal(verify_at(f->tokens, token, channel, uid, "", NOW + LIFE - 1), 0);
    assert_int_equal(verify_at(f->tokens, token, channel, uid, "", NOW + LIFE), -EKEYEXPIRED);
    assert_int_equal(verify_at(f->tokens, token, channel, "4321", "", NOW + LIFE), -EACCES);
}

static void other_apps_and_certificates_are_refused(void **state)
{
    struct fixture *f = *state;
    AUTO(access_tokens_freep)
    struct access_tokens *other_app =
        make_tokens("970ca35de60c44645bbae8a215061b33", certificate, NULL);
    AUTO(access_tokens_freep)
    struct access_tokens *other_key = make_tokens(app_id, other_certificate, NULL);
    AUTO(access_tokens_freep)
    struct access_tokens *rotated = make_tokens(app_id, other_certificate, certificate);
    char token[ACCESS_TOKEN_MOST + 1];

    sign_now(f, token);
    assert_int_equal(verify_at(other_app, token, channel, uid, "", NOW), -EKEYREJECTED);
    assert_int_equal(verify_at(other_key, token, channel, uid, "", NOW), -EKEYREJECTED);
    assert_int_equal(verify_at(rotated, token, channel, uid, "", NOW), 0);
}

static int64_t end_of(struct fixture *f, const struct grant_007 *grant)
{
    const struct token_question question = { channel, uid, "" };
    struct token_answer answer;
    char token[ACCESS_TOKEN_MOST + 1];
    int r;

    access_token_007_sign(f->credentials, f->deflater, channel, uid, grant, token);
    r = access_token_007_verify(f->credentials, f->deflater, token, &question, &answer);
    return r < 0 ? r : answer.ends;
}

static void the_earlier_of_token_and_join_privilege_ends_it(void **state)
{
    const struct grant_007 token_first = { 1000, 100, 1, join_and_publish(200) };
    const struct grant_007 join_first = { 1000, 200, 1, join_and_publish(100) };
    const struct grant_007 no_limit = { 1000, 200, 1, join_and_publish(0) };
    const struct grant_007 far = { UINT32_MAX, UINT32_MAX, 1, join_and_publish(UINT32_MAX) };
    const struct grant_007 no_join = {
        1000, 200, 1, {{ { PRIVILEGE_PUBLISH_AUDIO, 200 } }, 1}
    };

    assert_int_equal(end_of(*state, &token_first), 1100);
    assert_int_equal(end_of(*state, &join_first), 1100);
    assert_int_equal(end_of(*state, &no_limit), 1200);
    assert_int_equal(end_of(*state, &far), 2LL * UINT32_MAX);
    assert_int_equal(end_of(*state, &no_join), -EKEYREJECTED);
}

/* zlib passes over the bits between the end of its data and its checksum: a token with one of those
 * flipped holds the very same bytes. Every other one is refused. */
static void every_flipped_bit_is_refused_or_says_the_same(void **state)
{
    struct fixture *f = *state;
    struct access_token_007 right;
    char token[ACCESS_TOKEN_MOST + 1];
    size_t bits;

    sign_now(f, token);
    assert_int_equal(access_token_007_parse(f->deflater, token, &right), 0);
    bits = strlen(token) * 8;
    for (size_t bit = 0; bit < bits; bit++) {
        struct access_token_007 flipped;

        token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
        if (verify_at(f->tokens, token, channel, uid, "", NOW) == 0) {
            assert_int_equal(access_token_007_parse(f->deflater, token, &flipped), 0);
            assert_memory_equal(&flipped, &right, sizeof right);
        }
        token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
    }
}

static void every_truncation_is_refused(void **state)
{
    struct fixture *f = *state;
    char token[ACCESS_TOKEN_MOST + 1];

    sign_now(f, token);
    for (size_t length = strlen(token); length-- > 0;) {
        token[length] = '\0';
        assert_int_equal(verify_at(f->tokens, token, channel, uid, "", NOW), -EKEYREJECTED);
    }
}

/* A token whose signature is right for `info`, which may be anything, issued at 1 with salt 1. */
static size_t sign_body(const void *info, size_t size, unsigned char *ret)
{
    static const unsigned char one[] = { 1, 0, 0, 0 };
    unsigned char key[HMAC_SIZE];

    hmac_sign_once(one, sizeof one, certificate, CERTIFICATE_LENGTH, key);
    hmac_sign_once(one, sizeof one, key, sizeof key, key);
    hmac_sign_once(key, sizeof key, info, size, key);
    return (size_t)(pack_bytes(pack_string(ret, key, sizeof key), info, size) - ret);
}

/* Verify what `stream` spells, with `more` bytes of zeros after it. */
static int verify_stream(struct fixture *f, const void *stream, size_t size, size_t more)
{
    unsigned char bytes[1024] = { 0 };
    char token[2048] = "007";
    size_t length;

    memcpy(bytes, stream, size);
    length = base64_encode(bytes, size + more, token + VERSION_LENGTH);
    token[VERSION_LENGTH + length] = '\0';
    return verify_at(f->tokens, token, channel, uid, "", 2);
}

static int verify_info(struct fixture *f, const void *info, size_t size, int level, size_t more)
{
    unsigned char body[BODY_MOST];
    unsigned char stream[1024];
    uLongf stream_size = sizeof stream;
    size_t body_size = sign_body(info, size, body);

    assert_int_equal(compress2(stream, &stream_size, body, body_size, level), Z_OK);
    return verify_stream(f, stream, stream_size, more);
}

/* Info as of a token of ours, with room for changes. */
static size_t make_info(uint16_t services, uint16_t type, const char *privileges,
                        size_t privileges_size, const char *after, size_t after_size,
                        unsigned char *ret)
{
    unsigned char *at = pack_string(ret, app_id, APP_ID_LENGTH);

    at = pack_u32(pack_u32(pack_u32(at, 1), 600), 1);
    at = pack_bytes(pack_u16(pack_u16(at, services), type), privileges, privileges_size);
    at = pack_string(at, channel, sizeof channel - 1);
    at = pack_string(at, uid, sizeof uid - 1);
    return (size_t)(pack_bytes(at, after, after_size) - ret);
}

static const char join[] = "\1\0\1\0\x58\2\0";

static void a_well_signed_info_of_another_form_is_refused(void **state)
{
    static const char disorder[] = "\2\0\2\0\0\0\0\0\1\0\0\0\0";
    unsigned char info[BODY_MOST];
    const struct {
        uint16_t services;
        uint16_t type;
        const char *privileges;
        size_t privileges_size;
        size_t after_size;
        int result;
    } cases[] = {
        {1,  1, join,     8,  0,  0            },
        { 0, 1, join,     8,  0,  -EKEYREJECTED},
        { 2, 1, join,     8,  0,  -EKEYREJECTED}, /* another service is not there */
        { 1, 2, join,     8,  0,  -EKEYREJECTED}, /* RTM: another tail */
        { 1, 9, join,     8,  0,  -EKEYREJECTED}, /* unknown */
        { 1, 1, "\5",     2,  0,  -EKEYREJECTED}, /* too many privileges */
        { 1, 1, "\0",     2,  0,  -EKEYREJECTED}, /* may not join */
        { 1, 1, disorder, 14, 0,  -EKEYREJECTED},
        { 1, 1, join,     8,  1,  -EKEYREJECTED}, /* trailing bytes */
        { 1, 1, join,     8,  60, -EKEYREJECTED},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        static const char zeros[64];
        size_t size = make_info(cases[i].services, cases[i].type, cases[i].privileges,
                                cases[i].privileges_size, zeros, cases[i].after_size, info);

        assert_int_equal(verify_info(*state, info, size, 6, 0), cases[i].result);
    }
}

static void a_text_with_a_nul_byte_is_refused(void **state)
{
    unsigned char info[BODY_MOST];
    size_t size = make_info(1, 1, join, 8, "", 0, info);

    assert_int_equal(info[size - 5], 0);
    info[size - 6] = 5;  /* the uid's length */
    info[size++] = '\0'; /* "1234\0" */
    assert_int_equal(verify_info(*state, info, size, 6, 0), -EKEYREJECTED);
}

/* Somebody else's name in it, signed with the wrong certificate: forged, not foreign. */
static void a_foreign_token_must_be_well_signed_too(void **state)
{
    struct fixture *f = *state;
    AUTO(access_tokens_freep)
    struct access_tokens *other_key = make_tokens(app_id, other_certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    sign_now(f, token);
    assert_int_equal(verify_at(other_key, token, channel, "4321", "", NOW), -EKEYREJECTED);
    assert_int_equal(verify_at(f->tokens, token, channel, "4321", "", NOW), -EACCES);
}

static void other_compressions_of_the_same_are_taken(void **state)
{
    unsigned char info[BODY_MOST];
    size_t size = make_info(1, 1, join, 8, "", 0, info);

    for (int level = 0; level <= 9; level++)
        assert_int_equal(verify_info(*state, info, size, level, 0), 0);
}

static void bytes_after_the_stream_are_refused(void **state)
{
    unsigned char info[BODY_MOST];
    size_t size = make_info(1, 1, join, 8, "", 0, info);

    assert_int_equal(verify_info(*state, info, size, 6, 1), -EKEYREJECTED);
    assert_int_equal(verify_info(*state, info, size, 6, 100), -EKEYREJECTED);
}

static void a_stream_that_grows_without_end_is_refused(void **state)
{
    static const char zeros[BODY_MOST - 256];
    unsigned char info[BODY_MOST];
    size_t size = make_info(1, 1, join, 8, zeros, sizeof zeros, info);

    assert_int_equal(verify_info(*state, info, size, 9, 0), -EKEYREJECTED);
}

static void what_is_no_stream_is_refused(void **state)
{
    assert_int_equal(verify_stream(*state, "", 0, 0), -EKEYREJECTED);
    assert_int_equal(verify_stream(*state, "\x78\x9c", 2, 0), -EKEYREJECTED);
    assert_int_equal(verify_stream(*state, "\x78\xbb", 2, 40), -EKEYREJECTED); /* a dictionary */
    assert_int_equal(verify_stream(*state, "\x1f\x8b\x08", 3, 40), -EKEYREJECTED); /* gzip */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_come_out_byte_for_byte),
        cmocka_unit_test(a_published_vector_verifies_until_its_end),
        cmocka_unit_test(a_token_for_anyone_is_for_nobody),
        cmocka_unit_test(a_signed_token_says_whom_it_is_for),
        cmocka_unit_test(a_signed_token_verifies_for_its_owner_among_two),
        cmocka_unit_test(a_token_is_good_until_the_second_it_ends),
        cmocka_unit_test(other_apps_and_certificates_are_refused),
        cmocka_unit_test(the_earlier_of_token_and_join_privilege_ends_it),
        cmocka_unit_test(every_flipped_bit_is_refused_or_says_the_same),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_well_signed_info_of_another_form_is_refused),
        cmocka_unit_test(a_text_with_a_nul_byte_is_refused),
        cmocka_unit_test(a_foreign_token_must_be_well_signed_too),
        cmocka_unit_test(other_compressions_of_the_same_are_taken),
        cmocka_unit_test(bytes_after_the_stream_are_refused),
        cmocka_unit_test(a_stream_that_grows_without_end_is_refused),
        cmocka_unit_test(what_is_no_stream_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
