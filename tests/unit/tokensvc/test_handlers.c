/* test_handlers.c - what tokensvc answers to each verb. The bus is replaced: its two functions that
 * handlers call stand here, and keep what they are given. */
#include "test.h"
#include "token_vectors.h"

#include "common/clock.h"
#include "common/messages/token.h"
#include "common/metrics.h"
#include "tokensvc/handlers.h"

#include <stdlib.h>

enum { SECONDS = 600 };

static struct {
    unsigned count;
    uint64_t id;
    enum error error;
    const char *field;
    struct token_signed signed_;
    struct token_verified verified;
} reply;

void bus_server_reply(struct bus_server *server, const struct bus_return *back,
                      const struct message *m, const void *msg, struct bytes bulk)
{
    (void)server;
    assert_int_equal(bulk.size, 0);
    reply.count++;
    reply.id = back->id;
    reply.error = ERROR_NONE;
    if (m == token_signed_message())
        memcpy(&reply.signed_, msg, sizeof reply.signed_);
    else
        memcpy(&reply.verified, msg, sizeof reply.verified);
}

void bus_server_fail(struct bus_server *server, const struct bus_return *back, enum error error,
                     const struct fault *fault)
{
    (void)server;
    reply.count++;
    reply.id = back->id;
    reply.error = error;
    reply.field = fault ? fault->field : NULL;
}

static struct access_tokens *tokens;
static struct handlers *handlers;

static int set_up(void **state)
{
    (void)state;
    tokens = make_tokens(app_id, certificate, NULL);
    handlers = handlers_new(&(struct handlers_options){ tokens, ACCESS_TOKEN_006, SECONDS });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    handlers = handlers_free(handlers);
    tokens = access_tokens_free(tokens);
    return 0;
}

static void ask_with(const char *verb, const msgpack_object *body)
{
    const struct bus_request request = { .verb = verb, .body = body, .back = { .id = 42 } };

    memset(&reply, 0, sizeof reply);
    handlers_on_request(handlers, &request);
    assert_int_equal(reply.count, 1);
    assert_int_equal(reply.id, 42);
}

static void ask(const struct message *m, const void *msg)
{
    AUTO(buffer_done) struct buffer packed = { 0 };
    msgpack_unpacked unpacked;

    message_to_msgpack(m, msg, &packed);
    msgpack_unpacked_init(&unpacked);
    assert_int_equal(msgpack_unpack_next(&unpacked, packed.data, packed.size, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    ask_with(m->name, &unpacked.data);
    msgpack_unpacked_destroy(&unpacked);
}

static struct token_sign sign_request(void)
{
    return (struct token_sign){ .channel = "ch_4aY875LP4o", .uid = "1234" };
}

static void signing_answers_app_id_token_and_end(void **state)
{
    const struct token_sign request = sign_request();
    int64_t before = clock_wall_ms() / 1000 * 1000;

    (void)state;
    ask(token_sign_message(), &request);
    assert_int_equal(reply.error, ERROR_NONE);
    assert_string_equal(reply.signed_.app_id, app_id);
    assert_int_equal(strncmp(reply.signed_.token, "006970CA35de60c44645bbae8a215061b33", 35), 0);
    assert_in_range(reply.signed_.expires_at, before + SECONDS * 1000,
                    clock_wall_ms() + SECONDS * 1000);
}

static void a_token_ends_no_earlier_than_asked(void **state)
{
    struct token_sign request = sign_request();
    int64_t floor = clock_wall_ms() + (SECONDS + 100) * 1000;

    (void)state;
    request.least_expires_at = floor;
    ask(token_sign_message(), &request);
    assert_in_range(reply.signed_.expires_at, floor, floor + 999);
    request.least_expires_at = 1;
    ask(token_sign_message(), &request);
    assert_true(reply.signed_.expires_at < floor);
}

static void no_token_lives_longer_than_a_day(void **state)
{
    struct token_sign request = sign_request();

    (void)state;
    request.least_expires_at = clock_wall_ms() + INT64_C(1000) * 86400 * 365;
    ask(token_sign_message(), &request);
    assert_in_range(reply.signed_.expires_at, clock_wall_ms() + (TOKEN_SECONDS_MOST - 60) * 1000,
                    clock_wall_ms() + TOKEN_SECONDS_MOST * INT64_C(1000));
}

static void a_signed_token_verifies_for_its_owner(void **state)
{
    struct token_verify request = { .channel = "ch_4aY875LP4o",
                                    .uid = "4321",
                                    .other_uid = "1234" };
    const struct token_sign sign = sign_request();
    int64_t expires_at;

    (void)state;
    ask(token_sign_message(), &sign);
    expires_at = reply.signed_.expires_at;
    strcpy(request.token, reply.signed_.token);
    ask(token_verify_message(), &request);
    assert_int_equal(reply.error, ERROR_NONE);
    assert_string_equal(reply.verified.uid, "1234");
    assert_int_equal(reply.verified.expires_at, expires_at);
}

static void a_token_for_somebody_else_is_foreign(void **state)
{
    struct token_verify request = { .channel = "ch_4aY875LP4o", .uid = "4321" };
    const struct token_sign sign = sign_request();

    (void)state;
    ask(token_sign_message(), &sign);
    strcpy(request.token, reply.signed_.token);
    ask(token_verify_message(), &request);
    assert_int_equal(reply.error, ERROR_TOKEN_FOREIGN);
}

static void what_is_no_token_is_refused(void **state)
{
    const struct token_verify request = { .token = "006", .channel = "ch_4aY875LP4o", .uid = "1" };

    (void)state;
    ask(token_verify_message(), &request);
    assert_int_equal(reply.error, ERROR_TOKEN_REFUSED);
}

static void a_token_of_the_past_has_expired(void **state)
{
    struct token_verify request = { .channel = "ch_4aY875LP4o", .uid = "1234" };

    (void)state;
    access_tokens_sign(tokens, ACCESS_TOKEN_007, request.channel, request.uid, 1000, 60,
                       request.token);
    ask(token_verify_message(), &request);
    assert_int_equal(reply.error, ERROR_TOKEN_EXPIRED);
}

static void a_bad_field_is_refused_by_its_name(void **state)
{
    struct token_sign request = sign_request();

    (void)state;
    strcpy(request.uid, "0");
    ask(token_sign_message(), &request);
    assert_int_equal(reply.error, ERROR_BAD_FIELD);
    assert_string_equal(reply.field, "uid");
    request = sign_request();
    strcpy(request.channel, "a\"b");
    ask(token_sign_message(), &request);
    assert_int_equal(reply.error, ERROR_BAD_FIELD);
    assert_string_equal(reply.field, "channel");
}

static void a_missing_uid_is_never_signed(void **state)
{
    const msgpack_object empty = { .type = MSGPACK_OBJECT_MAP };

    (void)state;
    ask_with("token_sign", &empty);
    assert_int_equal(reply.error, ERROR_BAD_FIELD);
}

static void an_unknown_verb_is_told(void **state)
{
    const msgpack_object empty = { .type = MSGPACK_OBJECT_MAP };

    (void)state;
    ask_with("token_revoke", &empty);
    assert_int_equal(reply.error, ERROR_UNKNOWN_VERB);
}

static void tokens_are_counted_by_version_and_outcome(void **state)
{
    AUTO(buffer_done) struct buffer text = { 0 };

    (void)state;
    metrics_write(&text);
    buffer_add(&text, "", 1);
    assert_non_null(strstr(text.data, "dapi_tokens_signed_total{version=\"006\"} 6\n"));
    assert_non_null(strstr(text.data, "dapi_tokens_verified_total{outcome=\"good\"} 1\n"));
    assert_non_null(strstr(text.data, "dapi_tokens_verified_total{outcome=\"refused\"} 1\n"));
    assert_non_null(strstr(text.data, "dapi_tokens_verified_total{outcome=\"expired\"} 1\n"));
    assert_non_null(strstr(text.data, "dapi_tokens_verified_total{outcome=\"foreign\"} 1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_answers_app_id_token_and_end),
        cmocka_unit_test(a_token_ends_no_earlier_than_asked),
        cmocka_unit_test(no_token_lives_longer_than_a_day),
        cmocka_unit_test(a_signed_token_verifies_for_its_owner),
        cmocka_unit_test(a_token_for_somebody_else_is_foreign),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_token_of_the_past_has_expired),
        cmocka_unit_test(a_bad_field_is_refused_by_its_name),
        cmocka_unit_test(a_missing_uid_is_never_signed),
        cmocka_unit_test(an_unknown_verb_is_told),
        cmocka_unit_test(tokens_are_counted_by_version_and_outcome),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
