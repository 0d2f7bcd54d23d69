/* test_trace.c - requests continue the trace that they came with, or start one */
#include "test.h"

#include "gateway/trace.h"

#include <string.h>

#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"

static struct trace begin(const char *traceparent)
{
    struct trace trace = { .span_id = "" };

    trace_begin(&trace, (struct bytes){ traceparent, traceparent ? strlen(traceparent) : 0 });
    assert_int_equal(strlen(trace.traceparent), TRACEPARENT_LENGTH);
    assert_int_equal(strlen(trace.span_id), SPAN_ID_LENGTH);
    assert_memory_equal(trace.traceparent + 36, trace.span_id, SPAN_ID_LENGTH);
    return trace;
}

static bool continues(const char *traceparent)
{
    struct trace trace = begin(traceparent);

    return memcmp(trace.traceparent, "00-" TRACE_ID "-", 36) == 0;
}

static void a_valid_trace_is_continued_with_a_new_span(void **state)
{
    struct trace trace = begin("00-" TRACE_ID "-b7ad6b7169203331-01");

    (void)state;
    assert_memory_equal(trace.traceparent, "00-" TRACE_ID "-", 36);
    assert_string_not_equal(trace.span_id, "b7ad6b7169203331");
    assert_string_equal(trace.traceparent + 52, "-01");
    assert_string_equal(begin("00-" TRACE_ID "-b7ad6b7169203331-02").traceparent + 52, "-00");
    assert_true(continues("42-" TRACE_ID "-b7ad6b7169203331-01-and-more"));
}

static void anything_else_starts_a_trace(void **state)
{
    (void)state;
    assert_false(continues(NULL));
    assert_false(continues(""));
    assert_false(continues("00-" TRACE_ID "-b7ad6b7169203331-0"));
    assert_false(continues("00-" TRACE_ID "-b7ad6b7169203331-01-"));
    assert_false(continues("42-" TRACE_ID "-b7ad6b7169203331-01x"));
    assert_false(continues("ff-" TRACE_ID "-b7ad6b7169203331-01"));
    assert_false(continues("00-" TRACE_ID "-0000000000000000-01"));
    assert_false(continues("00-" TRACE_ID "-B7AD6B7169203331-01"));
    assert_false(continues("00_" TRACE_ID "-b7ad6b7169203331-01"));
}

static void two_requests_have_two_ids(void **state)
{
    struct trace a = begin(NULL);
    struct trace b = begin(NULL);

    (void)state;
    assert_string_not_equal(a.span_id, b.span_id);
    assert_memory_not_equal(a.traceparent + 3, b.traceparent + 3, 32);
    assert_string_equal(a.traceparent + 52, "-00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_trace_is_continued_with_a_new_span),
        cmocka_unit_test(anything_else_starts_a_trace),
        cmocka_unit_test(two_requests_have_two_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
