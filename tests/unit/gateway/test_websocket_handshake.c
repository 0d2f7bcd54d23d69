/* test_websocket_handshake.c - which requests ask for a WebSocket, and the answer to their key */
#include "test.h"

#include "gateway/websocket_accept.h"
#include "gateway/websocket_handshake.h"

#include <string.h>

#define TEXT(text) ((struct bytes){ text, sizeof(text) - 1 })

static const struct websocket_handshake good = {
    .connection = {"Upgrade",                   7 },
    .upgrade = { "websocket",                9 },
    .version = { "13",                       2 },
    .key = { "dGhlIHNhbXBsZSBub25jZQ==", 24},
};

static struct fault fault;

static enum error check(struct websocket_handshake asked)
{
    fault = (struct fault){ NULL, NULL };
    return websocket_handshake_check(&asked, &fault);
}

static void the_example_of_the_rfc_is_answered_as_there(void **state)
{
    char accept[WEBSOCKET_ACCEPT_LENGTH + 1];

    (void)state;
    assert_int_equal(check(good), ERROR_NONE);
    websocket_accept(good.key, accept);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void each_header_must_be_there(void **state)
{
    struct websocket_handshake asked;

    (void)state;
#define WITHOUT(member, error) \
    (asked = good, asked.member = (struct bytes){ NULL, 0 }, assert_int_equal(check(asked), error))
    WITHOUT(connection, ERROR_UPGRADE_REQUIRED);
    WITHOUT(upgrade, ERROR_UPGRADE_REQUIRED);
    WITHOUT(version, ERROR_UPGRADE_REQUIRED);
    WITHOUT(key, ERROR_BAD_FIELD);
    assert_string_equal(fault.field, "Sec-WebSocket-Key");
    assert_string_equal(fault.problem, "is missing");
#undef WITHOUT
}

static void words_stand_in_lists_in_any_case(void **state)
{
    struct websocket_handshake asked = good;

    (void)state;
    asked.connection = TEXT("keep-alive ,\tUPGRADE");
    asked.upgrade = TEXT("h2c, WebSocket");
    asked.version = TEXT(" 13 ");
    assert_int_equal(check(asked), ERROR_NONE);
    asked.connection = TEXT("upgraded");
    assert_int_equal(check(asked), ERROR_UPGRADE_REQUIRED);
}

static void a_key_is_base64_of_16_bytes(void **state)
{
    static const char *const keys[] = { "",
                                        "dGhlIHNhbXBsZSBub25jZQ=",
                                        "dGhlIHNhbXBsZSBub25jZQ===",
                                        "dGhlIHNhbXBsZSBub25jZQaa",
                                        "dGhlIHNhbXBsZSBub25j=Q==",
                                        "dGhlIHNhbXBsZSBub25j Q==",
                                        "dGhlIHNhbXBsZSBub25j-_==" };
    struct websocket_handshake asked = good;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        asked.key = (struct bytes){ keys[i], strlen(keys[i]) };
        assert_int_equal(check(asked), ERROR_BAD_FIELD);
        assert_string_equal(fault.problem, "must be 16 bytes in base64");
    }
}

static void our_subprotocol_is_found_among_others(void **state)
{
    struct websocket_handshake asked = good;

    (void)state;
    assert_false(websocket_handshake_offers_protocol(&asked));
    asked.protocols = TEXT("bearer.abc, dapi");
    assert_true(websocket_handshake_offers_protocol(&asked));
    asked.protocols = TEXT("dapi2, bearer.dapi");
    assert_false(websocket_handshake_offers_protocol(&asked));
}

static void assert_bearer(const char *protocols, const char *expected)
{
    struct bytes token = { NULL, 0 };

    assert_int_equal(websocket_bearer((struct bytes){ protocols, strlen(protocols) }, &token),
                     expected != NULL);
    assert_int_equal(token.size, expected ? strlen(expected) : 0);
    if (expected)
        assert_memory_equal(token.data, expected, token.size);
}

static void a_token_is_one_of_the_protocols(void **state)
{
    (void)state;
    assert_bearer("dapi, bearer.a.b.c", "a.b.c");
    assert_bearer("bearer.x ,dapi", "x");
    assert_bearer("bearer.first, bearer.second", "first");
    assert_bearer("dapi", NULL);
    assert_bearer("dapi, bearer.", NULL);
    assert_bearer("Bearer.a.b.c", NULL);
    assert_bearer("dapi bearer.a.b.c", NULL);
    assert_bearer("", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_is_answered_as_there),
        cmocka_unit_test(each_header_must_be_there),
        cmocka_unit_test(words_stand_in_lists_in_any_case),
        cmocka_unit_test(a_key_is_base64_of_16_bytes),
        cmocka_unit_test(our_subprotocol_is_found_among_others),
        cmocka_unit_test(a_token_is_one_of_the_protocols),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
