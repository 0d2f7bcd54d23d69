/* test_log.c - records as they arrive on stderr */
#include "test.h"

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* stderr becomes a pipe that keeps writes apart: one read is what one write(2) wrote. */
static int records;
static int real_stderr;

static char *next_record(void)
{
    static char record[8192];
    ssize_t n = read(records, record, sizeof record - 1);

    record[n > 0 ? n : 0] = '\0';
    return record;
}

static int catch_stderr(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK | O_CLOEXEC), 0);
    real_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    records = ends[0];
    log_init("gateway", LOG_LEVEL_INFO, false);
    return 0;
}

static int release_stderr(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(records);
    return 0;
}

/* The record behind its time, which is different in each. */
static const char *behind_time(const char *record)
{
    assert_memory_equal(record, "time=20", 7);
    return strchr(record, ' ') + 1;
}

static void assert_logged_as(const char *message, const char *expected)
{
    char whole[256];

    log_info("%s", message);
    snprintf(whole, sizeof whole, "level=info service=gateway msg=\"%s\"\n", expected);
    assert_string_equal(behind_time(next_record()), whole);
}

/* The JSON of the next record; the caller frees it. */
static json_t *next_json(void)
{
    char *record = next_record();
    json_t *json = json_loads(record, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(json);
    assert_int_equal(record[strlen(record) - 1], '\n');
    return json;
}

static void assert_logged_as_json(const char *message, const char *expected)
{
    json_t *json;

    log_info("%s", message);
    json = next_json();
    assert_string_equal(json_string_value(json_object_get(json, "msg")), expected);
    json_decref(json);
}

static void a_message_cannot_break_its_line(void **state)
{
    (void)state;
    assert_logged_as("plain", "plain");
    assert_logged_as("", "");
    assert_logged_as("a \"quoted\" \\ word", "a \\\"quoted\\\" \\\\ word");
    assert_logged_as("two\r\nlines\tof text", "two\\r\\nlines\\tof text");
    assert_logged_as("\033[2J\x7f\x01", "\\u001b[2J\\u007f\\u0001");
    assert_logged_as("\xc2\x9b", "\\u009b");
    assert_logged_as("通话中 é 😀", "通话中 é 😀");
    assert_logged_as("\xff\xc3", "\\xff\\xc3");
    assert_logged_as("\xe9\x80", "\\xe9\\x80");
}

static void json_carries_the_same_message(void **state)
{
    (void)state;
    log_init("gateway", LOG_LEVEL_INFO, true);
    assert_logged_as_json("a \"quoted\" \\ word\n", "a \"quoted\" \\ word\n");
    assert_logged_as_json("\033\xc2\x9b 通话中", "\033\xc2\x9b 通话中");
    assert_logged_as_json("\xff.", "\xef\xbf\xbd.");
}

static void the_request_and_its_trace_are_named(void **state)
{
    const struct log_about about = {
        .request_id = "r-1",
        .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };

    (void)state;
    log_write(LOG_LEVEL_ERROR, &about, "it failed");
    assert_string_equal(behind_time(next_record()),
                        "level=error service=gateway msg=\"it failed\" request_id=r-1 "
                        "trace_id=0af7651916cd43dd8448eb211c80319c\n");
}

static void a_strange_request_id_is_quoted(void **state)
{
    const struct log_about about = { .request_id = "a b\" level=error\n", .traceparent = "00-12" };

    (void)state;
    log_write(LOG_LEVEL_INFO, &about, "x");
    assert_string_equal(behind_time(next_record()), "level=info service=gateway msg=\"x\" "
                                                    "request_id=\"a b\\\" level=error\\n\"\n");
}

static void what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    log_debug("unseen");
    assert_string_equal(next_record(), "");
    log_init("gateway", LOG_LEVEL_ERROR, false);
    log_warning("unseen");
    assert_string_equal(next_record(), "");
    log_error("seen");
    assert_non_null(strstr(next_record(), "level=error"));
}

static void a_long_message_is_cut_within_4_kib(void **state)
{
    static char message[20000];
    char request_id[2000];
    const struct log_about about = { .request_id = request_id };
    const char *record;

    (void)state;
    memset(message, 1, sizeof message - 1);
    memset(request_id, '"', sizeof request_id - 1);
    request_id[sizeof request_id - 1] = '\0';
    log_write(LOG_LEVEL_INFO, &about, "%s", message);
    record = next_record();
    assert_in_range(strlen(record), 3500, 4096);
    assert_non_null(strstr(record, "\\u0001…\" request_id=\"\\\""));
    assert_string_equal(record + strlen(record) - strlen("…\"\n"), "…\"\n");
    assert_string_equal(next_record(), "");
}

static void a_cut_json_record_is_still_json(void **state)
{
    static char message[6001];
    char request_id[601];
    const struct log_about about = { .request_id = request_id };

    (void)state;
    log_init("gateway", LOG_LEVEL_INFO, true);
    for (size_t i = 0; i < sizeof message - 1; i++)
        message[i] = "通"[i % 3];
    memset(request_id, '\n', sizeof request_id - 1);
    request_id[sizeof request_id - 1] = '\0';
    log_write(LOG_LEVEL_INFO, &about, "%s", message);
    json_decref(next_json());
}

static void a_failure_says_what_could_not_be_done(void **state)
{
    (void)state;
    assert_int_equal(log_failed(-ENOENT, "open \"%s\"", "/x"), -ENOENT);
    assert_string_equal(behind_time(next_record()),
                        "level=error service=gateway "
                        "msg=\"cannot open \\\"/x\\\": No such file or directory\"\n");
    assert_int_equal(log_failed(-99999, "stand"), -99999);
    assert_non_null(strstr(next_record(), "cannot stand: unknown error"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, catch_stderr, release_stderr)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_cannot_break_its_line),        TEST(json_carries_the_same_message),
        TEST(the_request_and_its_trace_are_named),    TEST(a_strange_request_id_is_quoted),
        TEST(what_is_below_the_level_is_not_written), TEST(a_long_message_is_cut_within_4_kib),
        TEST(a_cut_json_record_is_still_json),        TEST(a_failure_says_what_could_not_be_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
