/* test_options.c - settings from flags, environment and defaults, and what is said of wrong ones */
#include "test.h"

#include "common/options.h"
#include "common/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct sample {
    struct common_options common;
#define OPTION_FILE "tests/unit/common/test_options.def"
#include "common/options_struct.h"
};

static const struct option_row rows[] = {
#define THIS        struct sample
#define OPTION_FILE "tests/unit/common/test_options.def"
#include "common/options_rows.h"
#undef THIS
};

static const struct option_table table = { "gateway", "Takes calls.", rows, COUNT_OF(rows) };

/* What options_read wrote to stdout and stderr. */
static char said[16384];

static int read_with(char **argv, struct sample *ret)
{
    int file = memfd_create("said", MFD_CLOEXEC);
    int out = dup(STDOUT_FILENO);
    int err = dup(STDERR_FILENO);
    int argc = 0;
    int r;

    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    while (argv[argc])
        argc++;
    r = options_read(&table, argc, argv, ret);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    said[pread(file, said, sizeof said - 1, 0)] = '\0';
    close(file);
    close(out);
    close(err);
    return r;
}

#define READ(options, ...) read_with((char *[]){ (char[]){ "gateway" }, __VA_ARGS__ }, options)
#define FLAG(text)         ((char[]){ text })

static int forget_environment(void **state)
{
    (void)state;
    return clearenv();
}

static void without_anything_the_defaults_hold(void **state)
{
    struct sample options;

    (void)state;
    assert_int_equal(READ(&options, NULL), OPTIONS_RUN);
    assert_string_equal(options.http_listen, "127.0.0.1:8080");
    assert_int_equal(options.http_threads, 0);
    assert_int_equal(options.auth, 0);
    assert_false(options.open);
    assert_string_equal(options.common.admin_listen, "127.0.0.1:0");
    assert_int_equal(options.common.log_level, 1);
    assert_int_equal(options.common.drain_ms, 5000);
    assert_string_equal(said, "");
}

static void the_environment_goes_before_the_default(void **state)
{
    struct sample options;

    (void)state;
    setenv("DAPI_HTTP_LISTEN", "[::1]:80", 1);
    setenv("DAPI_HTTP_THREADS", "64", 1);
    setenv("DAPI_AUTH", "both", 1);
    setenv("DAPI_ALLOW_OPEN", "yes", 1);
    setenv("DAPI_LOG_LEVEL", "error", 1);
    setenv("DAPI_OF_ANOTHER_SERVICE", "x", 1);
    assert_int_equal(READ(&options, NULL), OPTIONS_RUN);
    assert_string_equal(options.http_listen, "[::1]:80");
    assert_int_equal(options.http_threads, 64);
    assert_int_equal(options.auth, 2);
    assert_true(options.open);
    assert_int_equal(options.common.log_level, 3);
}

static void a_flag_goes_before_the_environment(void **state)
{
    struct sample options;

    (void)state;
    setenv("DAPI_HTTP_LISTEN", "a:1", 1);
    setenv("DAPI_ALLOW_OPEN", "1", 1);
    assert_int_equal(READ(&options, FLAG("--http-listen"), FLAG("b:2"), FLAG("--http-threads=3"),
                          FLAG("--allow-open=no"), FLAG("--drain-ms"), FLAG("7"), NULL),
                     OPTIONS_RUN);
    assert_string_equal(options.http_listen, "b:2");
    assert_int_equal(options.http_threads, 3);
    assert_false(options.open);
    assert_int_equal(options.common.drain_ms, 7);
}

static void a_boolean_flag_stands_alone(void **state)
{
    struct sample options;

    (void)state;
    assert_int_equal(READ(&options, FLAG("--allow-open"), FLAG("--auth"), FLAG("jwt"), NULL),
                     OPTIONS_RUN);
    assert_true(options.open);
    assert_int_equal(options.auth, 1);
}

static void an_empty_variable_is_the_default_but_for_texts(void **state)
{
    struct sample options;

    (void)state;
    setenv("DAPI_HTTP_THREADS", "", 1);
    setenv("DAPI_AUTH", "", 1);
    setenv("DAPI_ALLOW_OPEN", "", 1);
    setenv("DAPI_ADMIN_LISTEN", "", 1);
    assert_int_equal(READ(&options, NULL), OPTIONS_RUN);
    assert_string_equal(options.common.admin_listen, "");
}

static void assert_variable_refused(const char *name, const char *value, const char *complaint)
{
    struct sample options;

    clearenv();
    setenv(name, value, 1);
    assert_int_equal(READ(&options, NULL), -EINVAL);
    assert_string_equal(said, complaint);
}

static void a_wrong_variable_is_named_with_what_is_right(void **state)
{
    (void)state;
    assert_variable_refused("DAPI_HTTP_THREADS", "abc",
                            "gateway: DAPI_HTTP_THREADS: \"abc\" is not a whole number from 0 to "
                            "64 (0: one for each processor)\n");
    assert_variable_refused("DAPI_HTTP_THREADS", "65",
                            "gateway: DAPI_HTTP_THREADS: \"65\" is not a whole number from 0 to "
                            "64 (0: one for each processor)\n");
    assert_variable_refused("DAPI_AUTH", "no",
                            "gateway: DAPI_AUTH: \"no\" is not none, jwt or both\n");
    assert_variable_refused("DAPI_AUTH", "none|jwt",
                            "gateway: DAPI_AUTH: \"none|jwt\" is not none, jwt or both\n");
    assert_variable_refused("DAPI_ALLOW_OPEN", "maybe",
                            "gateway: DAPI_ALLOW_OPEN: \"maybe\" is neither 1, true, yes nor 0, "
                            "false, no\n");
}

static void assert_flag_refused(const char *flag, const char *complaint)
{
    struct sample options;
    char copy[128];

    snprintf(copy, sizeof copy, "%s", flag);
    assert_int_equal(READ(&options, copy, NULL), -EINVAL);
    assert_string_equal(said, complaint);
}

static void a_wrong_flag_is_named_with_the_nearest_right_one(void **state)
{
    (void)state;
    assert_flag_refused("--http-liste=x", "gateway: there is no flag --http-liste; did you mean "
                                          "--http-listen?\n");
    assert_flag_refused("--dain-ms", "gateway: there is no flag --dain-ms; did you mean "
                                     "--drain-ms?\n");
    assert_flag_refused("--colour", "gateway: there is no flag --colour; --help lists them all\n");
    assert_flag_refused("--", "gateway: there is no flag --; --help lists them all\n");
    assert_flag_refused("--http-threads=x", "gateway: --http-threads: \"x\" is not a whole number "
                                            "from 0 to 64 (0: one for each processor)\n");
    assert_flag_refused("--http-listen", "gateway: --http-listen needs a value\n");
    assert_flag_refused("--auth=", "gateway: --auth: \"\" is not none, jwt or both\n");
    assert_flag_refused("run", "gateway: \"run\" is not a flag: settings are given as --name "
                               "VALUE; --help lists them all\n");
}

static void a_flag_is_not_taken_for_a_value(void **state)
{
    struct sample options;

    (void)state;
    assert_int_equal(READ(&options, FLAG("--http-listen"), FLAG("--allow-open"), NULL), -EINVAL);
    assert_string_equal(said, "gateway: --http-listen needs a value\n");
}

static void the_version_is_printed_whatever_else_is_wrong(void **state)
{
    struct sample options;

    (void)state;
    setenv("DAPI_AUTH", "wrong", 1);
    assert_int_equal(READ(&options, FLAG("--nonsense"), FLAG("--version"), NULL), OPTIONS_VERSION);
    assert_string_equal(said, "gateway (dapi) " DAPI_VERSION "\n");
}

static void health_reads_the_settings_too(void **state)
{
    struct sample options;

    (void)state;
    assert_int_equal(READ(&options, FLAG("--health"), FLAG("--admin-listen=x:1"), NULL),
                     OPTIONS_HEALTH);
    assert_string_equal(options.common.admin_listen, "x:1");
    setenv("DAPI_AUTH", "wrong", 1);
    assert_int_equal(READ(&options, FLAG("--health"), NULL), -EINVAL);
}

static void help_fits_80_columns(void **state)
{
    struct sample options;

    (void)state;
    assert_int_equal(READ(&options, FLAG("--help"), NULL), OPTIONS_HELP);
    for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 0, 80);
}

static void assert_helps_with(const char *text)
{
    if (!strstr(said, text))
        fail_msg("\"%s\" is not in\n%s", text, said);
}

static void help_shows_default_range_and_variable(void **state)
{
    struct sample options;

    (void)state;
    assert_int_equal(READ(&options, FLAG("--help"), NULL), OPTIONS_HELP);
    assert_helps_with("Takes calls.\n");
    assert_helps_with(
        "Settings of this service:\n"
        "  --http-listen TEXT\n"
        "      where HTTP is served: host:port\n"
        "      [DAPI_HTTP_LISTEN; default 127.0.0.1:8080]\n"
        "  --http-threads NUMBER\n"
        "      0: one for each processor\n"
        "      [DAPI_HTTP_THREADS: 0 to 64; default 0]\n"
        "  --auth WORD\n"
        "      who may call; a sentence so long that it does not fit into one line of the\n"
        "      help\n"
        "      [DAPI_AUTH: none, jwt or both; default none]\n"
        "  --allow-open\n");
    assert_helps_with(
        "  --key-file PATH\n      file of the key\n      [DAPI_KEY_FILE; no default]\n");
    assert_helps_with("Settings of every service:\n  --admin-listen TEXT\n");
}

static void docs_have_a_row_for_each_setting(void **state)
{
    AUTO(buffer_done) struct buffer out = { 0 };

    (void)state;
    options_describe(&table, &out);
    buffer_add(&out, "", 1);
    assert_non_null(strstr(out.data, "| `DAPI_HTTP_THREADS` | `--http-threads` | `0` | 0 to 64 | "
                                     "0: one for each processor |\n"));
    assert_non_null(strstr(out.data, "| `DAPI_KEY_FILE` | `--key-file` |  |  | file of the key |"));
    assert_null(strstr(out.data, "DAPI_LOG_LEVEL"));
    options_describe(&options_common, &out);
    assert_non_null(memmem(out.data, out.size, "DAPI_LOG_LEVEL", 14));
}

#define TEST(name) cmocka_unit_test_setup(name, forget_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_anything_the_defaults_hold),
        TEST(the_environment_goes_before_the_default),
        TEST(a_flag_goes_before_the_environment),
        TEST(a_boolean_flag_stands_alone),
        TEST(an_empty_variable_is_the_default_but_for_texts),
        TEST(a_wrong_variable_is_named_with_what_is_right),
        TEST(a_wrong_flag_is_named_with_the_nearest_right_one),
        TEST(a_flag_is_not_taken_for_a_value),
        TEST(the_version_is_printed_whatever_else_is_wrong),
        TEST(health_reads_the_settings_too),
        TEST(help_fits_80_columns),
        TEST(help_shows_default_range_and_variable),
        TEST(docs_have_a_row_for_each_setting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
