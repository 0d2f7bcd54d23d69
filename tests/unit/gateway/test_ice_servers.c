/* test_ice_servers.c - Link headers that tell clients of STUN and TURN servers */
#include "test.h"

#include "gateway/ice_servers.h"
#include "gateway/turn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 1800000000, SECONDS = 3600 };

static char secret_path[] = "/tmp/dapi-secret-XXXXXX";

static int write_secret(void **state)
{
    int fd = mkstemp(secret_path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "north\n", 6), 6);
    return close(fd);
}

static int remove_secret(void **state)
{
    (void)state;
    return unlink(secret_path);
}

static int open_servers(const char *urls, const char *secret_file, const char *username,
                        const char *password_file, struct ice_servers **ret, struct fault *fault)
{
    const struct ice_settings settings = { urls, secret_file, SECONDS, username, password_file };

    *fault = (struct fault){ NULL, NULL };
    return ice_servers_open(&settings, ret, fault);
}

static void assert_link(const struct ice_servers *servers, size_t which, const char *link)
{
    AUTO(buffer_done) struct buffer out = { 0 };

    ice_servers_add_link(servers, which, "1234", NOW, &out);
    buffer_add(&out, "", 1);
    assert_string_equal(out.data, link);
}

static void without_servers_there_are_no_links(void **state)
{
    AUTO(ice_servers_freep) struct ice_servers *servers = NULL;
    struct fault fault;

    (void)state;
    assert_int_equal(open_servers("", "", "", "", &servers, &fault), 0);
    assert_int_equal(ice_servers_count(servers), 0);
}

static void stun_servers_need_no_credentials(void **state)
{
    AUTO(ice_servers_freep) struct ice_servers *servers = NULL;
    struct fault fault;

    (void)state;
    assert_int_equal(open_servers("stun:a:3478, stuns:b", "", "", "", &servers, &fault), 0);
    assert_int_equal(ice_servers_count(servers), 2);
    assert_link(servers, 0, "<stun:a:3478>; rel=\"ice-server\"");
    assert_link(servers, 1, "<stuns:b>; rel=\"ice-server\"");
}

static void a_shared_secret_makes_credentials_that_end(void **state)
{
    AUTO(ice_servers_freep) struct ice_servers *servers = NULL;
    struct fault fault;

    (void)state;
    assert_int_equal(open_servers("turn:c?transport=udp", secret_path, "", "", &servers, &fault),
                     0);
    /* openssl dgst -sha1 -hmac north -binary | base64 */
    assert_link(servers, 0,
                "<turn:c?transport=udp>; rel=\"ice-server\"; username=\"1800003600:1234\"; "
                "credential=\"YQpAtBRyh9Cg59qad7jhvvuNsXA=\"; credential-type=\"password\"");
}

static void fixed_credentials_are_told_as_they_are(void **state)
{
    AUTO(ice_servers_freep) struct ice_servers *servers = NULL;
    struct fault fault;

    (void)state;
    assert_int_equal(open_servers("turns:d:443", "", "me", secret_path, &servers, &fault), 0);
    assert_link(servers, 0,
                "<turns:d:443>; rel=\"ice-server\"; username=\"me\"; credential=\"north\"; "
                "credential-type=\"password\"");
}

/* The example of RFC 2202, case 2, as base64. */
static void passwords_are_hmac_sha1(void **state)
{
    char password[TURN_PASSWORD_LENGTH + 1];

    (void)state;
    turn_password("Jefe", "what do ya want for nothing?", password);
    assert_string_equal(password, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}

static void assert_refused(const char *urls, const char *secret_file, const char *username,
                           const char *field)
{
    AUTO(ice_servers_freep) struct ice_servers *servers = NULL;
    struct fault fault;

    assert_int_not_equal(open_servers(urls, secret_file, username, "", &servers, &fault), 0);
    assert_null(servers);
    assert_string_equal(fault.field, field);
}

static void wrong_settings_are_named(void **state)
{
    (void)state;
    assert_refused("http://a", "", "", "DAPI_ICE_SERVERS");
    assert_refused("stun:", "", "", "DAPI_ICE_SERVERS");
    assert_refused("stun:a>b", "", "", "DAPI_ICE_SERVERS");
    assert_refused("turn:a", "", "", "DAPI_ICE_SERVERS");
    assert_refused("turn:a", "", "me", "DAPI_ICE_SERVERS");
    assert_refused("turn:a", "/nowhere", "", "DAPI_TURN_SECRET_FILE");
    assert_refused("stun:1,stun:2,stun:3,stun:4,stun:5,stun:6,stun:7,stun:8,stun:9,stun:10,"
                   "stun:11,stun:12,stun:13,stun:14,stun:15,stun:16,stun:17",
                   "", "", "DAPI_ICE_SERVERS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_servers_there_are_no_links),
        cmocka_unit_test(stun_servers_need_no_credentials),
        cmocka_unit_test(a_shared_secret_makes_credentials_that_end),
        cmocka_unit_test(fixed_credentials_are_told_as_they_are),
        cmocka_unit_test(passwords_are_hmac_sha1),
        cmocka_unit_test(wrong_settings_are_named),
    };

    return cmocka_run_group_tests(tests, write_secret, remove_secret);
}
