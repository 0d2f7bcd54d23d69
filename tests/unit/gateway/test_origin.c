/* test_origin.c - a page of another site cannot place calls through a gateway on loopback */
#include "test.h"

#include "gateway/origin.h"

#include <string.h>

static struct bytes header(const char *text)
{
    return (struct bytes){ text, text ? strlen(text) : 0 };
}

static bool is_allowed(const char *host, const char *origin)
{
    return origin_is_allowed(true, header(host), header(origin),
                             "https://app.example, http://localhost:3000");
}

static void hosts_of_loopback_are_allowed(void **state)
{
    (void)state;
    assert_true(is_allowed("127.0.0.1:8080", NULL));
    assert_true(is_allowed("127.0.0.1", NULL));
    assert_true(is_allowed("127.8.9.10:1", NULL));
    assert_true(is_allowed("LocalHost:8080", NULL));
    assert_true(is_allowed("[::1]:8080", NULL));
    assert_true(is_allowed("[::1]", NULL));
}

static void other_hosts_are_refused(void **state)
{
    static const char *const hosts[] = { "evil.example",
                                         "evil.example:8080",
                                         "127.0.0.1.evil.example",
                                         "128.0.0.1",
                                         "localhost.evil:80",
                                         "127.1",
                                         "0x7f.0.0.1",
                                         "[::2]:8080",
                                         "[::1",
                                         "::1",
                                         "[::1]x",
                                         "localhost:80x",
                                         "localhost:123456",
                                         "",
                                         ":8080",
                                         NULL,
                                         "127.0.0.1:80@evil",
                                         "10.127.0.1",
                                         "0127.0.0.1",
                                         "[]" };

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        assert_false(is_allowed(hosts[i], NULL));
}

static void off_loopback_any_host_is_allowed_but_no_foreign_page(void **state)
{
    static const char *const allowed = "https://app.example";

    (void)state;
    assert_true(origin_is_allowed(false, header("dapi.example"), header(NULL), allowed));
    assert_true(origin_is_allowed(false, header(NULL), header(NULL), allowed));
    assert_true(origin_is_allowed(false, header("dapi.example:8443"),
                                  header("https://dapi.example:8443"), allowed));
    assert_true(
        origin_is_allowed(false, header("dapi.example"), header("https://app.example"), allowed));
    assert_false(
        origin_is_allowed(false, header("dapi.example"), header("https://evil.example"), allowed));
    assert_false(origin_is_allowed(false, header("dapi.example:8443"),
                                   header("https://dapi.example"), allowed));
    assert_false(origin_is_allowed(false, header(NULL), header("https://evil.example"), allowed));
    assert_false(origin_is_allowed(false, header("dapi.example"), header("null"), allowed));
}

static void the_gateways_own_origin_is_allowed(void **state)
{
    (void)state;
    assert_true(is_allowed("localhost:8080", "http://localhost:8080"));
    assert_true(is_allowed("LOCALHOST:8080", "HTTP://localhost:8080"));
    assert_true(is_allowed("[::1]:8080", "http://[::1]:8080"));
    assert_true(is_allowed("localhost", "https://localhost"));
}

static void listed_origins_are_allowed(void **state)
{
    (void)state;
    assert_true(is_allowed("localhost:8080", "https://app.example"));
    assert_true(is_allowed("localhost:8080", "http://localhost:3000"));
    assert_false(is_allowed("evil.example", "https://app.example"));
}

static void other_origins_are_refused(void **state)
{
    static const char *const origins[] = { "http://evil.example",
                                           "null",
                                           "",
                                           "http://localhost:8081",
                                           "localhost:8080",
                                           "https://app.example.com",
                                           "http://",
                                           "ftp://localhost:8080",
                                           "https://app.exampl" };

    (void)state;
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++)
        assert_false(is_allowed("localhost:8080", origins[i]));
}

static bool may_read(const char *host, const char *origin)
{
    return origin_may_read(header(host), header(origin), "https://app.example");
}

static void pages_of_the_host_and_listed_ones_may_read(void **state)
{
    (void)state;
    assert_true(may_read("dapi.example", "https://dapi.example"));
    assert_true(may_read("dapi.example:8080", "http://dapi.example:8080"));
    assert_true(may_read("dapi.example", "https://app.example"));
    assert_false(may_read("dapi.example", "https://evil.example"));
    assert_false(may_read("dapi.example", "null"));
    assert_false(may_read("dapi.example", NULL));
    assert_false(may_read(NULL, NULL));
}

/* The origin is sent back in a header. */
static void no_origin_with_control_characters_may_read(void **state)
{
    (void)state;
    assert_false(may_read("dapi\texample", "https://dapi\texample"));
    assert_false(may_read("dapi\xff", "https://dapi\xff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_of_loopback_are_allowed),
        cmocka_unit_test(other_hosts_are_refused),
        cmocka_unit_test(off_loopback_any_host_is_allowed_but_no_foreign_page),
        cmocka_unit_test(the_gateways_own_origin_is_allowed),
        cmocka_unit_test(listed_origins_are_allowed),
        cmocka_unit_test(other_origins_are_refused),
        cmocka_unit_test(pages_of_the_host_and_listed_ones_may_read),
        cmocka_unit_test(no_origin_with_control_characters_may_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
