/* test_local_time.c - createtime in the zones where it could go wrong */
#include "test.h"

#include "gateway/local_time.h"
#include "gateway/minting.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static void assert_local(int64_t seconds, const char *expected)
{
    char text[LOCAL_TIME_LENGTH + 1];

    local_time_text(seconds * 1000 + 999, text);
    assert_string_equal(text, expected);
}

static void time_is_written_in_the_zone(void **state)
{
    (void)state;
    assert_int_equal(local_time_open("Asia/Shanghai"), 0);
    assert_local(1578586780, "2020-01-10 00:19:40");
    assert_local(1578586780 + 900, "2020-01-10 00:34:40");
    assert_local(1577807999, "2019-12-31 23:59:59");
    assert_local(1577808000, "2020-01-01 00:00:00");
}

static void clocks_that_change_are_followed(void **state)
{
    (void)state;
    assert_int_equal(local_time_open("Europe/Berlin"), 0);
    assert_local(1679792399, "2023-03-26 01:59:59");
    assert_local(1679792400, "2023-03-26 03:00:00");
    assert_local(1698541199, "2023-10-29 02:59:59");
    assert_local(1698541200, "2023-10-29 02:00:00");
}

static void zones_of_three_quarters_are_right(void **state)
{
    (void)state;
    assert_int_equal(local_time_open("Asia/Kathmandu"), 0);
    assert_local(1578586780, "2020-01-09 22:04:40");
    assert_local(1578593699, "2020-01-09 23:59:59");
    assert_local(1578593700, "2020-01-10 00:00:00");
}

static void what_is_no_zone_is_refused(void **state)
{
    static const char *const names[] = { "",          "Mars/Olympus",       "/etc/localtime",
                                         "../../etc", "Asia/../Asia/Tokyo", "CST-8" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(local_time_open(names[i]), -ENOENT);
}

static void minted_channels_end_in_a_letter(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char channel[MINTED_CHANNEL_LENGTH + 1];

        mint_channel(channel);
        assert_int_equal(strlen(channel), MINTED_CHANNEL_LENGTH);
        assert_memory_equal(channel, "ch_", 3);
        assert_true(isalpha((unsigned char)channel[MINTED_CHANNEL_LENGTH - 1]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_is_written_in_the_zone),
        cmocka_unit_test(clocks_that_change_are_followed),
        cmocka_unit_test(zones_of_three_quarters_are_right),
        cmocka_unit_test(what_is_no_zone_is_refused),
        cmocka_unit_test(minted_channels_end_in_a_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
