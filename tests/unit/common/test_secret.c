/* test_secret.c - secrets from files */
#include "test.h"

#include "common/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_secret.XXXXXX";
static char path[sizeof folder + 16];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/secret", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int read_file_of(const char *content, size_t size, char **ret)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    fclose(file);
    return secret_read(path, 8, ret);
}

static void assert_read(const char *content, const char *expected)
{
    AUTO(secret_freep) char *secret = NULL;

    assert_int_equal(read_file_of(content, strlen(content), &secret), 0);
    assert_string_equal(secret, expected);
}

static void assert_refused(const char *content, size_t size, int expected)
{
    char *secret = NULL;

    assert_int_equal(read_file_of(content, size, &secret), expected);
    assert_null(secret);
}

static void trailing_line_breaks_are_no_part_of_it(void **state)
{
    (void)state;
    assert_read("s3cret", "s3cret");
    assert_read("s3cret\n", "s3cret");
    assert_read("s3cret\r\n", "s3cret");
    assert_read("s3\ncret\n\n", "s3\ncret");
    assert_read("12345678", "12345678");
    assert_read("12345678\r\n", "12345678");
}

static void what_is_no_usable_text_is_refused(void **state)
{
    (void)state;
    assert_refused("123456789", 9, -EFBIG);
    assert_refused("12345678\n\n\n\n", 12, -EFBIG);
    assert_refused("", 0, -ENODATA);
    assert_refused("\n", 1, -ENODATA);
    assert_refused("a\0b", 3, -EINVAL);
}

static void only_a_regular_file_is_read(void **state)
{
    char *secret = NULL;

    (void)state;
    assert_int_equal(secret_read("/dev/zero", 8, &secret), -EINVAL);
    assert_int_equal(secret_read(folder, 8, &secret), -EINVAL);
    unlink(path);
    assert_int_equal(secret_read(path, 8, &secret), -ENOENT);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(secret_read(path, 8, &secret), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trailing_line_breaks_are_no_part_of_it),
        cmocka_unit_test(what_is_no_usable_text_is_refused),
        cmocka_unit_test(only_a_regular_file_is_read),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
