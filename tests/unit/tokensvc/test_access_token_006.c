/* test_access_token_006.c - tokens of version 006: published vectors, and what is refused */
#include "test.h"
#include "token_vectors.h"

#include "tokensvc/access_token_006.h"
#include "tokensvc/base64.h"

#include <stdio.h>
#include <zlib.h>

enum { NOW = 1800000000, LIFE = 3600 };

static const char channel[] = "ch_4aY875LP4o";
static const char uid[] = "1234";

static void sign_now(struct access_tokens *tokens, char ret[ACCESS_TOKEN_MOST + 1])
{
    access_tokens_sign(tokens, ACCESS_TOKEN_006, channel, uid, NOW, LIFE, ret);
}

static void published_vectors_come_out_byte_for_byte(void **state)
{
    json_t *vectors = load_vectors();
    const json_t *vector;
    size_t i;

    (void)state;
    json_array_foreach (json_object_get(vectors, "access_token_006"), i, vector) {
        AUTO(credentials_freep)
        struct credentials *credentials =
            make_credentials(text_of(vector, "app_id"), text_of(vector, "app_certificate"), NULL);
        const struct grant_006 grant = { number_of(vector, "salt"), number_of(vector, "ts"),
                                         privileges_of(vector) };
        char token[ACCESS_TOKEN_MOST + 1];

        access_token_006_sign(credentials, text_of(vector, "channel"), text_of(vector, "uid"),
                              &grant, token);
        assert_string_equal(token, text_of(vector, "token"));
    }
    assert_int_equal(i, 2);
    json_decref(vectors);
}

static void published_vectors_verify_and_end_with_their_ts(void **state)
{
    AUTO(credentials_freep)
    struct credentials *credentials = make_credentials(app_id, certificate, NULL);
    json_t *vectors = load_vectors();
    const json_t *vector;
    size_t i;

    (void)state;
    json_array_foreach (json_object_get(vectors, "access_token_006"), i, vector) {
        const struct token_question question = { text_of(vector, "channel"), "1",
                                                 text_of(vector, "uid") };
        struct token_answer answer;

        assert_int_equal(
            access_token_006_verify(credentials, text_of(vector, "token"), &question, &answer), 0);
        assert_ptr_equal(answer.uid, question.other_uid);
        assert_int_equal(answer.ends, 1111111);
    }
    json_decref(vectors);
}

static uint32_t crc_of(const char *text)
{
    return (uint32_t)crc32(0, (const Bytef *)text, (uInt)strlen(text));
}

static void tokens_of_the_contract_parse_and_their_checksums_match(void **state)
{
    json_t *vectors = load_vectors();
    const json_t *vector;
    size_t i;

    (void)state;
    json_array_foreach (json_object_get(vectors, "seen_in_the_api_contract_006"), i, vector) {
        struct access_token_006 token;

        assert_int_equal(access_token_006_parse(text_of(vector, "token"), &token), 0);
        assert_string_equal(token.app_id, text_of(vector, "app_id"));
        assert_int_equal(token.channel_crc, crc_of(text_of(vector, "channel")));
        assert_int_equal(token.uid_crc, crc_of(text_of(vector, "uid")));
        assert_int_equal(token.grant.salt, number_of(vector, "salt"));
        assert_int_equal(token.grant.ends, number_of(vector, "ts"));
        assert_int_equal(token.grant.privileges.count, 1);
        assert_int_equal(token.grant.privileges.list[0].ends, privileges_of(vector).list[0].ends);
    }
    assert_int_equal(i, 4);
    json_decref(vectors);
}

static void a_signed_token_joins_and_publishes_until_one_end(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    const struct privileges both = join_and_publish(NOW + LIFE);
    struct access_token_006 parsed;
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    assert_int_equal(access_token_006_parse(token, &parsed), 0);
    assert_int_equal(parsed.grant.ends, NOW + LIFE);
    assert_int_equal(parsed.grant.privileges.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(parsed.grant.privileges.list[i].id, both.list[i].id);
        assert_int_equal(parsed.grant.privileges.list[i].ends, both.list[i].ends);
    }
}

static void a_signed_token_verifies_for_its_owner_among_two(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    assert_int_equal(verify_at(tokens, token, channel, uid, "", NOW), 0);
    assert_int_equal(verify_at(tokens, token, channel, uid, "4321", NOW), 0);
    assert_int_equal(verify_at(tokens, token, channel, "4321", uid, NOW), 0);
}

static void two_tokens_of_the_same_second_differ(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char one[ACCESS_TOKEN_MOST + 1];
    char another[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, one);
    sign_now(tokens, another);
    assert_string_not_equal(one, another);
}

static void other_channels_and_uids_are_foreign(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    assert_int_equal(verify_at(tokens, token, "ch_4aY875LP4O", uid, "", NOW), -EACCES);
    assert_int_equal(verify_at(tokens, token, "ch_4aY875LP4", uid, "", NOW), -EACCES);
    assert_int_equal(verify_at(tokens, token, channel, "123", "", NOW), -EACCES);
    assert_int_equal(verify_at(tokens, token, channel, "12345", "4321", NOW), -EACCES);
}

static void other_apps_and_certificates_are_refused(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    AUTO(access_tokens_freep)
    struct access_tokens *other_app =
        make_tokens("970ca35de60c44645bbae8a215061b33", certificate, NULL);
    AUTO(access_tokens_freep)
    struct access_tokens *other_key = make_tokens(app_id, other_certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    assert_int_equal(verify_at(other_app, token, channel, uid, "", NOW), -EKEYREJECTED);
    assert_int_equal(verify_at(other_key, token, channel, uid, "", NOW), -EKEYREJECTED);
}

static void the_previous_certificate_verifies_and_does_not_sign(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *before = make_tokens(app_id, certificate, NULL);
    AUTO(access_tokens_freep)
    struct access_tokens *after = make_tokens(app_id, other_certificate, certificate);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(before, token);
    assert_int_equal(verify_at(after, token, channel, uid, "", NOW), 0);
    sign_now(after, token);
    assert_int_equal(verify_at(after, token, channel, uid, "", NOW), 0);
    assert_int_equal(verify_at(before, token, channel, uid, "", NOW), -EKEYREJECTED);
}

static void a_token_is_good_until_the_second_it_ends(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    assert_int_equal(verify_at(tokens, token, channel, uid, "", NOW + LIFE - 1), 0);
    assert_int_equal(verify_at(tokens, token, channel, uid, "", NOW + LIFE), -EKEYEXPIRED);
    assert_int_equal(verify_at(tokens, token, channel, uid, "", INT64_MAX), -EKEYEXPIRED);
    assert_int_equal(verify_at(tokens, token, channel, "4321", "", NOW + LIFE), -EACCES);
}

/* The end that a token with these times is verified to have. */
static int64_t end_of(uint32_t ends, struct privileges privileges)
{
    AUTO(credentials_freep)
    struct credentials *credentials = make_credentials(app_id, certificate, NULL);
    const struct grant_006 grant = { 1, ends, privileges };
    const struct token_question question = { channel, uid, "" };
    struct token_answer answer;
    char token[ACCESS_TOKEN_MOST + 1];
    int r;

    access_token_006_sign(credentials, channel, uid, &grant, token);
    r = access_token_006_verify(credentials, token, &question, &answer);
    return r < 0 ? r : answer.ends;
}

static void the_earlier_of_token_and_join_privilege_ends_it(void **state)
{
    (void)state;
    assert_int_equal(end_of(200, join_and_publish(100)), 100);
    assert_int_equal(end_of(100, join_and_publish(200)), 100);
    assert_int_equal(end_of(100, join_and_publish(0)), 100);
    assert_int_equal(end_of(UINT32_MAX, join_and_publish(UINT32_MAX)), UINT32_MAX);
}

static void a_token_without_the_join_privilege_is_refused(void **state)
{
    (void)state;
    assert_int_equal(end_of(200, (struct privileges){ .count = 0 }), -EKEYREJECTED);
    assert_int_equal(end_of(200, (struct privileges){ { { PRIVILEGE_PUBLISH_AUDIO, 200 } }, 1 }),
                     -EKEYREJECTED);
}

/* Those of the checksums make it look like somebody else's. A character may begin in the byte
 * before. */
static bool is_in_checksums(size_t bit)
{
    size_t at = (bit / 8 - VERSION_LENGTH - APP_ID_LENGTH) * 3 / 4;

    return at + 1 >= 2 + HMAC_SIZE && at < 2 + HMAC_SIZE + 8;
}

static void every_flipped_bit_is_refused(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];
    size_t bits;

    (void)state;
    sign_now(tokens, token);
    bits = strlen(token) * 8;
    for (size_t bit = 0; bit < bits; bit++) {
        int r;

        token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
        r = verify_at(tokens, token, channel, uid, "", NOW);
        assert_true(r == -EKEYREJECTED || (r == -EACCES && is_in_checksums(bit)));
        token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
    }
    assert_int_equal(verify_at(tokens, token, channel, uid, "", NOW), 0);
}

static void every_truncation_is_refused(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    for (size_t length = strlen(token); length-- > 0;) {
        token[length] = '\0';
        assert_int_equal(verify_at(tokens, token, channel, uid, "", NOW), -EKEYREJECTED);
    }
}

static void assert_refused_with(const char *token, const char *end)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char longer[2 * ACCESS_TOKEN_MOST];

    snprintf(longer, sizeof longer, "%s%s", token, end);
    assert_int_equal(verify_at(tokens, longer, channel, uid, "", NOW), -EKEYREJECTED);
}

static void anything_after_the_token_is_refused(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];
    char many[ACCESS_TOKEN_MOST + 1];

    (void)state;
    sign_now(tokens, token);
    assert_refused_with(token, "A");
    assert_refused_with(token, "=");
    assert_refused_with(token, "\n");
    assert_refused_with(token, "AAAA");
    assert_refused_with(token, "====");
    memset(many, 'A', ACCESS_TOKEN_MOST);
    many[ACCESS_TOKEN_MOST] = '\0';
    assert_refused_with(token, many);
}

/* Sign a message whatever it is, and verify it: what the parser alone thinks of it. */
static int verify_message(const void *message, size_t size)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    unsigned char input[512];
    unsigned char content[256];
    unsigned char signature[HMAC_SIZE];
    char token[ACCESS_TOKEN_MOST + 1];
    unsigned char *at =
        pack_bytes(pack_bytes(input, app_id, APP_ID_LENGTH), channel, sizeof channel - 1);

    at = pack_bytes(pack_bytes(at, uid, sizeof uid - 1), message, size);
    hmac_sign_once(certificate, CERTIFICATE_LENGTH, input, (size_t)(at - input), signature);
    at = pack_string(content, signature, sizeof signature);
    at = pack_string(pack_u32(pack_u32(at, crc_of(channel)), crc_of(uid)), message, size);
    at = (unsigned char *)mempcpy(token, "006", 3) + snprintf(token + 3, 33, "%s", app_id);
    *((char *)at + base64_encode(content, 44 + size, (char *)at)) = '\0';
    return verify_at(tokens, token, channel, uid, "", 1);
}

static void a_well_signed_message_of_another_form_is_refused(void **state)
{
    static const char good[] = "saltENDS\1\0\1\0ends";

    (void)state;
    assert_int_equal(verify_message(good, 16), 0);
    assert_int_equal(verify_message(good, 15), -EKEYREJECTED);
    assert_int_equal(verify_message(good, 17), -EKEYREJECTED); /* a byte too many */
    assert_int_equal(verify_message("", 0), -EKEYREJECTED);
    assert_int_equal(verify_message("saltENDS\0\0", 10), -EKEYREJECTED);
    assert_int_equal(verify_message("saltENDS\xff\xff\1\0ends", 16), -EKEYREJECTED);
    assert_int_equal(verify_message("saltENDS\2\0\1\0ends\1\0ends", 22), -EKEYREJECTED);
    assert_int_equal(verify_message("saltENDS\2\0\2\0ends\1\0ends", 22), -EKEYREJECTED);
    assert_int_equal(verify_message("saltENDS\5\0\1\0ends\2\0ends\3\0ends\4\0ends\5\0ends", 40),
                     -EKEYREJECTED);
}

/* As a forger can: without the certificate. */
static void write_checksums(char *token, const char *new_channel, const char *new_uid)
{
    char *base64 = token + VERSION_LENGTH + APP_ID_LENGTH;
    unsigned char content[256];
    size_t size;

    assert_int_equal(base64_decode(base64, strlen(base64), content, sizeof content, &size), 0);
    pack_u32(pack_u32(content + 2 + HMAC_SIZE, crc_of(new_channel)), crc_of(new_uid));
    base64_encode(content, size, base64);
}

/* The format's own weakness, which is why dapi's channels are all of one length: a channel of
 * another length is never asked about. */
static void only_checksums_keep_the_end_of_a_channel_from_the_uid(void **state)
{
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);
    char token[ACCESS_TOKEN_MOST + 1];

    (void)state;
    access_tokens_sign(tokens, ACCESS_TOKEN_006, "room1", "23", NOW, LIFE, token);
    assert_int_equal(verify_at(tokens, token, "room12", "3", "", NOW), -EACCES);
    write_checksums(token, "room12", "3");
    assert_int_equal(verify_at(tokens, token, "room12", "3", "", NOW), 0);
    assert_int_equal(verify_at(tokens, token, "room1", "23", "", NOW), -EACCES);
    write_checksums(token, "room2", "23");
    assert_int_equal(verify_at(tokens, token, "room2", "23", "", NOW), -EKEYREJECTED);
}

static void texts_that_are_no_tokens_are_refused(void **state)
{
    static const char *const texts[] = {
        "", "0", "006", "005", "008AAAA", "006970CA35de60c", " 006"
    };
    AUTO(access_tokens_freep) struct access_tokens *tokens = make_tokens(app_id, certificate, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(verify_at(tokens, texts[i], channel, uid, "", NOW), -EKEYREJECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_come_out_byte_for_byte),
        cmocka_unit_test(published_vectors_verify_and_end_with_their_ts),
        cmocka_unit_test(tokens_of_the_contract_parse_and_their_checksums_match),
        cmocka_unit_test(a_signed_token_joins_and_publishes_until_one_end),
        cmocka_unit_test(a_signed_token_verifies_for_its_owner_among_two),
        cmocka_unit_test(two_tokens_of_the_same_second_differ),
        cmocka_unit_test(other_channels_and_uids_are_foreign),
        cmocka_unit_test(other_apps_and_certificates_are_refused),
        cmocka_unit_test(the_previous_certificate_verifies_and_does_not_sign),
        cmocka_unit_test(a_token_is_good_until_the_second_it_ends),
        cmocka_unit_test(the_earlier_of_token_and_join_privilege_ends_it),
        cmocka_unit_test(a_token_without_the_join_privilege_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(anything_after_the_token_is_refused),
        cmocka_unit_test(a_well_signed_message_of_another_form_is_refused),
        cmocka_unit_test(only_checksums_keep_the_end_of_a_channel_from_the_uid),
        cmocka_unit_test(texts_that_are_no_tokens_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
