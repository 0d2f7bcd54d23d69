/* test_metrics.c - the page that Prometheus reads */
#include "test.h"

#include "common/metrics.h"
#include "common/version.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* The page as a text, valid until the next call. */
static const char *page(void)
{
    static struct buffer out;

    buffer_clear(&out);
    metrics_write(&out);
    buffer_add(&out, "", 1);
    return out.data;
}

static unsigned count_in_page(const char *text)
{
    unsigned count = 0;

    for (const char *at = page(); (at = strstr(at, text)); at++)
        count++;
    return count;
}

static void assert_shown(const char *lines)
{
    if (!strstr(page(), lines))
        fail_msg("\"%s\" is not in\n%s", lines, page());
}

static double shown_value(const char *name)
{
    char start[100];
    double value;

    snprintf(start, sizeof start, "\n%s ", name);
    assert_shown(start);
    assert_int_equal(sscanf(strstr(page(), start) + strlen(start), "%lf", &value), 1);
    return value;
}

static void a_counter_counts(void **state)
{
    struct metric *metric = metric_counter("a_total", "", "what it counts");

    (void)state;
    metric_add(metric, 1);
    metric_add(metric, 41);
    assert_shown("# HELP a_total what it counts\n# TYPE a_total counter\na_total 42\n");
}

static void a_gauge_goes_up_and_down(void **state)
{
    struct metric *metric = metric_gauge("b_open", "kind=\"x\"", "h");

    (void)state;
    metric_set(metric, 7);
    metric_set(metric, -3);
    assert_shown("# TYPE b_open gauge\nb_open{kind=\"x\"} -3\n");
}

static void metrics_of_one_name_share_their_head(void **state)
{
    (void)state;
    metric_add(metric_counter("c_total", "verb=\"one\"", "h"), 1);
    metric_counter("other_total", "", "h");
    metric_add(metric_counter("c_total", "verb=\"two\"", "h"), 2);
    assert_shown("# TYPE c_total counter\nc_total{verb=\"one\"} 1\nc_total{verb=\"two\"} 2\n");
    assert_int_equal(count_in_page("# HELP c_total"), 1);
}

static void made_twice_it_is_the_same_metric(void **state)
{
    (void)state;
    assert_ptr_equal(metric_counter("d_total", "a=\"1\"", "h"),
                     metric_counter("d_total", "a=\"1\"", "h"));
    assert_int_equal(count_in_page("\nd_total{"), 1);
}

static void help_cannot_break_its_line(void **state)
{
    (void)state;
    metric_counter("e_total", "", "a\nb\\c");
    assert_shown("# HELP e_total a\\nb\\\\c\n");
}

static void long_seconds_have_wider_buckets(void **state)
{
    struct metric *metric = metric_long_seconds("l_seconds", "", "h");

    (void)state;
    metric_observe_us(metric, 100000);
    metric_observe_us(metric, 100001);
    metric_observe_us(metric, 60000000);
    metric_observe_us(metric, 20000LL * 1000000);
    assert_shown("l_seconds_bucket{le=\"0.1\"} 1\n"
                 "l_seconds_bucket{le=\"0.2\"} 2\n");
    assert_shown("l_seconds_bucket{le=\"51.2\"} 2\n"
                 "l_seconds_bucket{le=\"102.4\"} 3\n");
    assert_shown("l_seconds_bucket{le=\"13107.2\"} 3\n"
                 "l_seconds_bucket{le=\"+Inf\"} 4\n"
                 "l_seconds_sum 20060.200001\n");
}

static void seconds_fall_into_buckets_that_add_up(void **state)
{
    struct metric *metric = metric_seconds("f_seconds", "verb=\"x\"", "h");

    (void)state;
    metric_observe_us(metric, -5); /* a clock that stepped back */
    metric_observe_us(metric, 100);
    metric_observe_us(metric, 101);
    metric_observe_us(metric, 13107200);
    metric_observe_us(metric, 20000000);
    assert_shown("# TYPE f_seconds histogram\n"
                 "f_seconds_bucket{verb=\"x\",le=\"0.0001\"} 2\n"
                 "f_seconds_bucket{verb=\"x\",le=\"0.0002\"} 3\n"
                 "f_seconds_bucket{verb=\"x\",le=\"0.0004\"} 3\n");
    assert_shown("f_seconds_bucket{verb=\"x\",le=\"6.5536\"} 3\n"
                 "f_seconds_bucket{verb=\"x\",le=\"13.1072\"} 4\n"
                 "f_seconds_bucket{verb=\"x\",le=\"+Inf\"} 5\n"
                 "f_seconds_sum{verb=\"x\"} 33.107401\n"
                 "f_seconds_count{verb=\"x\"} 5\n");
}

static void sizes_fall_into_buckets_that_add_up(void **state)
{
    struct metric *metric = metric_sizes("g_requests", "", "h");

    (void)state;
    metric_observe(metric, 0);
    metric_observe(metric, 1);
    metric_observe(metric, 3);
    metric_observe(metric, 4);
    metric_observe(metric, 4097);
    metric_observe(metric, UINT64_MAX / 2);
    assert_shown("g_requests_bucket{le=\"1\"} 2\n"
                 "g_requests_bucket{le=\"2\"} 2\n"
                 "g_requests_bucket{le=\"4\"} 4\n");
    assert_shown("g_requests_bucket{le=\"4096\"} 4\n"
                 "g_requests_bucket{le=\"+Inf\"} 6\n");
    assert_shown("g_requests_count 6\n");
}

static void *count_a_lot(void *metric)
{
    for (int i = 0; i < 100000; i++)
        metric_add(metric, 1);
    return NULL;
}

static void threads_lose_no_count(void **state)
{
    struct metric *metric = metric_counter("h_total", "", "h");
    pthread_t threads[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_a_lot, metric), 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_shown("\nh_total 400000\n");
}

static void the_process_describes_itself(void **state)
{
    double start = shown_value("process_start_time_seconds");

    (void)state;
    assert_shown("# TYPE dapi_build_info gauge\ndapi_build_info{version=\"" DAPI_VERSION "\"} 1\n");
    assert_true(start > 1.7e9 && start < 1e11);
    assert_true(start == shown_value("process_start_time_seconds"));
    assert_true(shown_value("process_resident_memory_bytes") > 1e5);
    assert_true(shown_value("process_cpu_seconds_total") > 0);
    assert_true(shown_value("process_open_fds") >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_counts),
        cmocka_unit_test(a_gauge_goes_up_and_down),
        cmocka_unit_test(metrics_of_one_name_share_their_head),
        cmocka_unit_test(made_twice_it_is_the_same_metric),
        cmocka_unit_test(help_cannot_break_its_line),
        cmocka_unit_test(seconds_fall_into_buckets_that_add_up),
        cmocka_unit_test(long_seconds_have_wider_buckets),
        cmocka_unit_test(sizes_fall_into_buckets_that_add_up),
        cmocka_unit_test(threads_lose_no_count),
        cmocka_unit_test(the_process_describes_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
