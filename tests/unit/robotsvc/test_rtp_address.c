/* test_rtp_address.c - which address robots' audio is sent from */
#include "test.h"

#include "robotsvc/rtp_address.h"

#include <errno.h>
#include <string.h>

static char chosen[RTP_ADDRESS_MOST];

static void assert_chosen(const char *setting, const char *urls, const char *expected)
{
    assert_int_equal(rtp_address_choose(setting, urls, chosen), 0);
    assert_string_equal(chosen, expected);
}

static void an_address_is_taken_as_it_is(void **state)
{
    (void)state;
    assert_chosen("10.1.2.3", "http://127.0.0.1:8088/janus", "10.1.2.3");
    assert_chosen("255.255.255.255", "", "255.255.255.255");
    assert_int_equal(rtp_address_choose("255.255.255.2555", "", chosen), -EINVAL);
}

static void auto_is_the_address_that_faces_the_first_janus(void **state)
{
    (void)state;
    assert_chosen("auto", "http://127.0.0.1:8088/janus", "127.0.0.1");
    assert_chosen("auto", "http://127.3.2.1/janus,http://nowhere.invalid/janus", "127.0.0.1");
    assert_chosen("auto", "http://localhost:1/janus http://127.0.0.1:2/janus", "127.0.0.1");
}

static void what_has_no_host_is_refused(void **state)
{
    char url[400] = "http://";

    (void)state;
    memset(url + strlen(url), 'a', 300);
    assert_int_equal(rtp_address_choose("auto", "", chosen), -EINVAL);
    assert_int_equal(rtp_address_choose("auto", "127.0.0.1:8088", chosen), -EINVAL);
    assert_int_equal(rtp_address_choose("auto", "http:///janus", chosen), -EINVAL);
    assert_int_equal(rtp_address_choose("auto", url, chosen), -EINVAL);
    assert_int_equal(rtp_address_choose("auto", "http://nowhere.invalid/janus", chosen), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_taken_as_it_is),
        cmocka_unit_test(auto_is_the_address_that_faces_the_first_janus),
        cmocka_unit_test(what_has_no_host_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
