/* test_push.c - the parts of pushing that have no sockets */
#include "test.h"

#include "callsvc/apns_token.h"
#include "callsvc/backoff.h"
#include "callsvc/mailbox.h"
#include "callsvc/public_address.h"
#include "callsvc/push_message.h"
#include "callsvc/push_reaction.h"
#include "callsvc/signing.h"
#include "callsvc/webhook.h"
#include "callsvc/webhook_body.h"
#include "common/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000 };
#define MINUTE_US ((int64_t)MINUTE_MS * 1000)

/* Made for this test. */
static const char p256_key[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFeBjK8bPqbkMMJqw\n"
                               "ye8S2EwJsms15p6jRDgk8yxoWRWhRANCAAQ1XiLoUc8jcl8v05U1LVe6gUUprcz6\n"
                               "bjjv1d9hOqtf2RNJ0x5TC469oWbKB/ssSP47mzZwdYjq6mUzkXrIWRKW\n"
                               "-----END PRIVATE KEY-----\n";

static bool is_public(const char *text)
{
    struct sockaddr_in in4 = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &in4.sin_addr) == 1)
        return is_public_address((void *)&in4);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return is_public_address((void *)&in6);
}

static void only_addresses_of_the_open_internet_are_public(void **context)
{
    static const char *const closed[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "2002:7f00:1::",
        "3fff::1",
        "::127.0.0.1",
        "2001:1ff::1",
    };
    static const char *const open[] = {
        "1.1.1.1",         "9.255.255.255",  "11.0.0.1",         "100.63.255.255",  "100.128.0.1",
        "126.255.255.255", "128.0.0.1",      "172.15.255.255",   "172.32.0.1",      "192.0.1.1",
        "192.167.1.1",     "198.17.255.255", "198.20.0.1",       "223.255.255.255", "2606:4700::1",
        "2a00:1450::1",    "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::",  "2001:4860::1",
    };

    (void)context;
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if (is_public(closed[i]))
            fail_msg("%s is not public", closed[i]);
    for (size_t i = 0; i < COUNT_OF(open); i++)
        if (!is_public(open[i]))
            fail_msg("%s is public", open[i]);
    assert_false(is_public_address(&(struct sockaddr){ .sa_family = AF_UNIX }));
}

static void waiting_doubles_up_to_a_limit(void **context)
{
    (void)context;
    for (unsigned failed = 0; failed < 70; failed++) {
        int64_t most = failed < 5 ? (int64_t)500 << failed : 10000;
        int64_t wait;

        most = most < 10000 ? most : 10000;
        wait = backoff_ms(failed, 500, 10000);
        assert_in_range(wait, most / 2, most);
    }
}

static void base64_is_read_strictly(void **context)
{
    static const struct {
        const char *text;
        int size;
    } cases[] = {
        {"",              0      },
        { "AA==",         1      },
        { "AAA=",         2      },
        { "AAAA",         3      },
        { "AAA",          -EINVAL},
        { "A===",         -EINVAL},
        { "=AAA",         -EINVAL},
        { "AA=A",         -EINVAL},
        { "AA A",         -EINVAL},
        { " AAAA",        -EINVAL},
        { "AAAA\n",       -EINVAL},
        { "AA-_",         -EINVAL},
        { "AAAAAAAAAAAA", -EINVAL},
    };
    unsigned char data[8];

    (void)context;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(base64_read(cases[i].text, data, sizeof data), cases[i].size);
}

static struct signing_key *read_key(void)
{
    struct signing_key *key = NULL;

    assert_int_equal(signing_key_read(p256_key, SIGNING_ES256, &key), 0);
    return key;
}

static void a_provider_token_is_made_seldom(void **context)
{
    AUTO(signing_key_freep) struct signing_key *key = read_key();
    struct apns_token token = { .key = key, .key_id = "KEY", .team_id = "TEAM" };
    int64_t wall = 1700000000000;
    int64_t steady = MINUTE_US;

    (void)context;
    assert_non_null(apns_token_header(&token, wall, steady));
    assert_non_null(apns_token_header(&token, wall + 46 * MINUTE_MS, steady + 46 * MINUTE_US));
    assert_int_equal(token.count, 1);
    assert_non_null(apns_token_header(&token, wall + 48 * MINUTE_MS, steady + 48 * MINUTE_US));
    assert_int_equal(token.count, 2);
    /* The wall clock jumps: what the old token says is past. */
    assert_non_null(apns_token_header(&token, wall + 99 * MINUTE_MS, steady + 49 * MINUTE_US));
    assert_int_equal(token.count, 3);
    apns_token_done(&token);
}

static void an_expired_token_is_made_anew_once_in_a_while(void **context)
{
    AUTO(signing_key_freep) struct signing_key *key = read_key();
    struct apns_token token = { .key = key, .key_id = "KEY", .team_id = "TEAM" };
    int64_t wall = 1700000000000;
    int64_t now = MINUTE_US;

    (void)context;
    assert_non_null(apns_token_header(&token, wall, now));
    /* A stream that was sent before the token was made: it had an older one. */
    assert_true(apns_token_expire(&token, now - 1, now + 1));
    assert_int_equal(token.count, 1);
    assert_true(apns_token_expire(&token, now, now + 1));
    assert_non_null(apns_token_header(&token, wall, now + 1));
    assert_int_equal(token.count, 2);
    assert_false(apns_token_expire(&token, now + 1, now + 2));
    assert_false(apns_token_expire(&token, now + 1, now + 19 * MINUTE_US));
    assert_true(apns_token_expire(&token, now + 1, now + 21 * MINUTE_US));
    apns_token_done(&token);
}

static void answers_that_no_table_has_go_by_their_status(void **context)
{
    static const struct {
        unsigned status;
        enum push_reaction apns, fcm;
    } cases[] = {
        {200,  REACTION_SENT,            REACTION_SENT       },
        { 302, REACTION_REFUSED,         REACTION_REFUSED    },
        { 400, REACTION_REFUSED,         REACTION_REFUSED    },
        { 401, REACTION_REFUSED,         REACTION_FRESH_TOKEN},
        { 403, REACTION_STOPPED,         REACTION_STOPPED    },
        { 410, REACTION_DEVICE_DEAD,     REACTION_REFUSED    },
        { 429, REACTION_LATER,           REACTION_LATER      },
        { 500, REACTION_LATER_RECONNECT, REACTION_LATER      },
        { 599, REACTION_LATER_RECONNECT, REACTION_LATER      },
    };

    (void)context;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct fcm_answer unknown = { .reason = "SOMETHING_NEW" };

        assert_int_equal(apns_reaction(cases[i].status, "SomethingNew"), cases[i].apns);
        assert_int_equal(apns_reaction(cases[i].status, ""), cases[i].apns);
        assert_int_equal(fcm_reaction(cases[i].status, &unknown), cases[i].fcm);
    }
}

static void answers_that_cannot_be_read_are_empty(void **context)
{
    static const char *const bodies[] = {
        "",
        "x",
        "[]",
        "{\"reason\":7}",
        "null",
        "{\"reason\":\"\"}",
        "{\"timestamp\":-1}",
        "{\"error\":[]}",
        "{\"error\":{\"details\":{}}}",
        "{\"error\":{\"details\":[1,[],{\"fieldViolations\":3}]}}"
    };

    (void)context;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        const struct bytes body = { bodies[i], strlen(bodies[i]) };
        struct apns_answer apns;
        struct fcm_answer fcm;

        apns_answer_read(body, &apns);
        fcm_answer_read(body, &fcm);
        assert_string_equal(apns.reason, "");
        assert_int_equal(apns.timestamp_ms, 0);
        assert_string_equal(fcm.reason, "");
        assert_false(fcm.names_token);
    }
}

/* The longest texts, of characters that JSON must escape. */
static struct delivery largest_delivery(enum delivery_kind kind)
{
    struct delivery d = { .kind = kind, .expires_at = INT64_MAX / 2 };

    memset(d.token, 'a', sizeof d.token - 1);
    memset(d.channel, 'c', sizeof d.channel - 1);
    memset(d.caller_uid, 'u', sizeof d.caller_uid - 1);
    memset(d.call_id, '0', sizeof d.call_id - 1);
    return d;
}

static void messages_are_within_the_services_limits(void **context)
{
    AUTO(buffer_done) struct buffer out = { 0 };
    struct delivery d = largest_delivery(DELIVERY_RING);

    (void)context;
    apns_message(&d, "", 0, &out);
    assert_true(out.size <= 5120);
    buffer_clear(&out);
    fcm_message(&d, 0, &out);
    assert_true(out.size <= 4096);
    d.kind = DELIVERY_MISSED;
    buffer_clear(&out);
    apns_message(&d, "Missed call", 0, &out);
    assert_true(out.size <= 4096);
}

static void a_push_that_is_late_has_no_time_to_live(void **context)
{
    AUTO(buffer_done) struct buffer out = { 0 };
    struct delivery d = { .kind = DELIVERY_RING, .expires_at = 1000 };

    (void)context;
    fcm_message(&d, 5000, &out);
    buffer_add(&out, "", 1);
    assert_non_null(strstr(out.data, "\"ttl\":\"0s\""));
}

/* From the specification's own examples: github.com/standard-webhooks. */
static void a_webhook_is_signed_as_the_specification_shows(void **context)
{
    struct webhook_endpoint endpoint = { 0 };
    AUTO(buffer_done) struct buffer out = { 0 };

    (void)context;
    endpoint.secrets[0].size = (size_t)base64_read("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                                   endpoint.secrets[0].bytes, WEBHOOK_SECRET_MOST);
    assert_int_equal(webhook_sign(&endpoint, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                  "{\"test\": 2432232314}", &out),
                     0);
    buffer_add(&out, "", 1);
    assert_string_equal(out.data, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void what_is_put_in_a_mailbox_comes_out_in_order(void **context)
{
    struct mailbox mailbox = { 0 };
    struct delivery d[4] = { { .row = 1 }, { .row = 2 }, { .row = 3 }, { .row = 4 } };
    struct delivery *out;

    (void)context;
    assert_null(mailbox_take_all(&mailbox));
    d[0].next = &d[1];
    mailbox_put(&mailbox, &d[0]);
    mailbox_put(&mailbox, &d[2]);
    d[3].next = NULL;
    mailbox_put(&mailbox, &d[3]);
    out = mailbox_take_all(&mailbox);
    for (int64_t row = 1; row <= 4; row++, out = out->next)
        assert_int_equal(out->row, row);
    assert_null(out);
    assert_null(mailbox_take_all(&mailbox));
}

static void what_would_be_late_is_dropped_at_once(void **context)
{
    struct delivery d = { .expires_at = 1000 };

    (void)context;
    delivery_postpone(&d, 500, 400);
    assert_int_equal(d.outcome, OUTCOME_LATER);
    assert_int_equal(d.due_at, 900);
    assert_int_equal(d.attempts, 1);
    delivery_postpone(&d, 900, 100);
    assert_int_equal(d.outcome, OUTCOME_DROPPED);
    assert_int_equal(d.reason, DROP_LATE);
}

static void events_are_known_by_name(void **context)
{
    (void)context;
    assert_string_equal(webhook_event_name(EVENT_CALL_MISSED), "call.missed");
    assert_int_equal(webhook_event_type("robot.failed"), EVENT_ROBOT_FAILED);
    assert_int_equal(webhook_event_type("call.nothing"), event_type_unset);
    assert_int_equal(webhook_event_type(""), event_type_unset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_addresses_of_the_open_internet_are_public),
        cmocka_unit_test(waiting_doubles_up_to_a_limit),
        cmocka_unit_test(base64_is_read_strictly),
        cmocka_unit_test(a_provider_token_is_made_seldom),
        cmocka_unit_test(an_expired_token_is_made_anew_once_in_a_while),
        cmocka_unit_test(answers_that_no_table_has_go_by_their_status),
        cmocka_unit_test(answers_that_cannot_be_read_are_empty),
        cmocka_unit_test(messages_are_within_the_services_limits),
        cmocka_unit_test(a_push_that_is_late_has_no_time_to_live),
        cmocka_unit_test(a_webhook_is_signed_as_the_specification_shows),
        cmocka_unit_test(what_is_put_in_a_mailbox_comes_out_in_order),
        cmocka_unit_test(what_would_be_late_is_dropped_at_once),
        cmocka_unit_test(events_are_known_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
