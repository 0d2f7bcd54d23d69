/* test_janus_secret.c - the file with the secret of Janus' API */
#include "test.h"

#include "robotsvc/janus_secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct janus_secret secret;

/* What reading a file with this text says. */
static int read_text(const char *text)
{
    char path[] = "/tmp/dapi-secret-XXXXXX";
    int fd = mkstemp(path);
    int r;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    r = janus_secret_read(path, &secret);
    unlink(path);
    return r;
}

static void assert_read(const char *text, const char *expected)
{
    assert_int_equal(read_text(text), 0);
    assert_string_equal(secret.text, expected);
}

static void the_first_line_is_the_secret(void **state)
{
    (void)state;
    assert_read("abc\n", "abc");
    assert_read("abc", "abc");
    assert_read("abc\r\n", "abc");
    assert_read("abc\nan older version's second line\n", "abc");
    assert_read("with space\n", "with space");
}

static void no_file_is_no_secret(void **state)
{
    (void)state;
    assert_int_equal(janus_secret_read("", &secret), 0);
    assert_string_equal(secret.text, "");
    assert_int_equal(janus_secret_read("/nonexistent", &secret), -ENOENT);
}

static void what_cannot_be_a_secret_is_refused(void **state)
{
    char text[JANUS_SECRET_MOST + 2];

    (void)state;
    assert_int_equal(read_text("tab\there"), -EINVAL);
    assert_int_equal(read_text("\xc3\xa4"), -EINVAL);
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(read_text(text), -EINVAL);
    text[sizeof text - 2] = '\0';
    assert_read(text, text);
}

static void it_is_wiped(void **state)
{
    static const struct janus_secret nothing;

    (void)state;
    assert_read("abc\n", "abc");
    janus_secret_done(&secret);
    assert_memory_equal(&secret, &nothing, sizeof secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_the_secret),
        cmocka_unit_test(no_file_is_no_secret),
        cmocka_unit_test(what_cannot_be_a_secret_is_refused),
        cmocka_unit_test(it_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
