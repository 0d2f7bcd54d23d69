/* test_service.c - a whole service in a child process: settings, signals, drain, exit status */
#include "test.h"

#include "common/service.h"
#include "common/version.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct sample {
    struct common_options common;
};

static const struct option_table table = { .program = "sample", .meaning = "Does nothing." };

/* What the child's parts do; set before it is started. */
static bool is_busy;      /* there is always something in hand */
static bool is_done_soon; /* there is something in hand until a timer takes it */

static struct {
    pid_t pid;
    int output; /* its stdout and stderr */
    char said[16384];
    size_t size;
} child;

static char folder[] = "/tmp/test_service.XXXXXX";
static char admin_flag[sizeof folder + 64];

static bool say_busy(void *context)
{
    (void)context;
    return is_busy;
}

static void be_done(void *context)
{
    (void)context;
    is_busy = false;
}

static void finish_soon(void *context)
{
    static struct loop_timer timer;
    struct loop *loop = service_loop(context);

    printf("told to drain\n");
    fflush(stdout);
    if (is_done_soon)
        loop_set_timer(loop, &timer, loop_now_ms(loop) + 50, be_done, NULL);
}

/* main of the service under test. */
static int run(int argc, char **argv)
{
    AUTO(service_freep) struct service *service = NULL;
    struct sample options;
    struct service_parts parts = { .has_work = say_busy, .on_drain = finish_soon };
    int r = service_open(&(struct service_options){ &table, &options }, argc, argv, &service);

    if (r != 0)
        return r < 0 ? 2 : 0;
    parts.context = service;
    return service_run(service, &parts);
}

static int count(char **argv)
{
    int argc = 0;

    while (argv[argc])
        argc++;
    return argc;
}

static void start(char **argv)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fflush(stdout);
    child.pid = fork();
    if (child.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        exit(run(count(argv), argv));
    }
    close(ends[1]);
    child.output = ends[0];
    child.size = 0;
    child.said[0] = '\0';
}

#define START(...) start((char *[]){ (char[]){ "sample" }, __VA_ARGS__, NULL })
#define FLAG(text) ((char[]){ text })

/* Read on; false at the end. */
static bool hear(void)
{
    struct pollfd readable = { .fd = child.output, .events = POLLIN };
    ssize_t n;

    if (poll(&readable, 1, 10000) != 1)
        fail_msg("it says nothing more, after\n%s", child.said);
    n = read(child.output, child.said + child.size, sizeof child.said - 1 - child.size);
    assert_true(n >= 0);
    child.size += (size_t)n;
    child.said[child.size] = '\0';
    return n > 0;
}

static void wait_for(const char *text)
{
    while (!strstr(child.said, text))
        if (!hear())
            fail_msg("it ended without \"%s\", after\n%s", text, child.said);
}

static void assert_leaves_with(int expected)
{
    int status;

    while (hear())
        ;
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    child.pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
        fail_msg("it left with %x, after\n%s", status, child.said);
}

static int prepare(void **state)
{
    (void)state;
    memset(&child, 0, sizeof child);
    is_busy = false;
    is_done_soon = false;
    return 0;
}

static int end_child(void **state)
{
    (void)state;
    if (child.pid > 0) {
        kill(child.pid, SIGKILL);
        waitpid(child.pid, NULL, 0);
    }
    close(child.output);
    return 0;
}

static void with_nothing_in_hand_it_leaves_at_the_first_signal(void **state)
{
    (void)state;
    START(admin_flag);
    wait_for("msg=\"ready to serve, version " DAPI_VERSION);
    kill(child.pid, SIGTERM);
    assert_leaves_with(0);
    assert_non_null(strstr(child.said, "msg=\"draining\""));
    assert_non_null(strstr(child.said, "told to drain"));
    assert_non_null(strstr(child.said, "msg=\"left\""));
}

static void it_stays_until_its_work_is_done(void **state)
{
    (void)state;
    is_busy = true;
    is_done_soon = true;
    START(admin_flag);
    wait_for("ready to serve");
    kill(child.pid, SIGINT);
    assert_leaves_with(0);
    assert_non_null(strstr(child.said, "msg=\"left\""));
}

static void it_leaves_late_work_behind(void **state)
{
    (void)state;
    is_busy = true;
    START(admin_flag, FLAG("--drain-ms=30"));
    wait_for("ready to serve");
    kill(child.pid, SIGTERM);
    assert_leaves_with(1);
    assert_non_null(strstr(child.said, "level=warning service=sample msg=\"left with work in hand, "
                                       "after the time for draining\""));
}

static void a_second_signal_ends_it_at_once(void **state)
{
    (void)state;
    is_busy = true;
    START(admin_flag, FLAG("--drain-ms=600000"));
    wait_for("ready to serve");
    kill(child.pid, SIGTERM);
    wait_for("told to drain");
    kill(child.pid, SIGINT);
    assert_leaves_with(1);
    assert_non_null(strstr(child.said, "left with work in hand, told twice"));
}

static void a_second_signal_without_work_is_no_failure(void **state)
{
    (void)state;
    START(admin_flag, FLAG("--linger-ms=600000"));
    wait_for("ready to serve");
    kill(child.pid, SIGTERM);
    wait_for("told to drain");
    kill(child.pid, SIGTERM);
    assert_leaves_with(0);
}

/* What another process of the same program finds, asking for the health of this one. */
static void assert_health(int expected, const char *says)
{
    pid_t pid = child.pid;
    int output = child.output;

    START(admin_flag, FLAG("--health"));
    assert_leaves_with(expected);
    assert_non_null(strstr(child.said, says));
    close(child.output);
    child.pid = pid;
    child.output = output;
}

static void its_health_is_asked_by_another_process(void **state)
{
    (void)state;
    START(admin_flag);
    wait_for("ready to serve");
    assert_health(0, "");
    kill(child.pid, SIGTERM);
    assert_leaves_with(0);
}

static void while_it_drains_it_is_not_ready(void **state)
{
    (void)state;
    START(admin_flag, FLAG("--linger-ms=600000"));
    wait_for("ready to serve");
    kill(child.pid, SIGTERM);
    wait_for("told to drain");
    assert_health(2, ": draining\n");
    kill(child.pid, SIGTERM);
    assert_leaves_with(0);
}

static void help_and_version_end_well(void **state)
{
    (void)state;
    START(FLAG("--help"));
    assert_leaves_with(0);
    assert_non_null(strstr(child.said, "--admin-listen TEXT"));
    close(child.output);
    START(FLAG("--version"));
    assert_leaves_with(0);
    assert_string_equal(child.said, "sample (dapi) " DAPI_VERSION "\n");
}

static void wrong_settings_are_a_failure(void **state)
{
    (void)state;
    START(FLAG("--log-level=loud"));
    assert_leaves_with(2);
    assert_string_equal(child.said, "sample: --log-level: \"loud\" is not debug, info, warning or "
                                    "error\n");
    close(child.output);
    START(FLAG("--admin-listen=nowhere"));
    assert_leaves_with(1);
    assert_non_null(strstr(child.said, "cannot listen at \\\"nowhere\\\" (DAPI_ADMIN_LISTEN): "
                                       "Invalid argument"));
}

/* The supervisor's socket, with an abstract name. */
static int open_supervisor(void)
{
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char name[64];

    snprintf(name, sizeof name, "@test_service.%d", (int)getpid());
    strcpy(where.sun_path, name);
    where.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&where,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void assert_told(int fd, const char *expected)
{
    char told[64] = "";
    struct pollfd readable = { .fd = fd, .events = POLLIN };

    assert_int_equal(poll(&readable, 1, 10000), 1);
    assert_true(recv(fd, told, sizeof told - 1, 0) > 0);
    assert_string_equal(told, expected);
}

static void its_supervisor_is_told(void **state)
{
    int fd = open_supervisor();

    (void)state;
    START(admin_flag);
    unsetenv("NOTIFY_SOCKET");
    assert_told(fd, "READY=1");
    kill(child.pid, SIGTERM);
    assert_told(fd, "STOPPING=1");
    assert_leaves_with(0);
    close(fd);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(admin_flag, sizeof admin_flag, "--admin-listen=unix:%s/admin.sock", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, end_child)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(with_nothing_in_hand_it_leaves_at_the_first_signal),
        TEST(it_stays_until_its_work_is_done),
        TEST(it_leaves_late_work_behind),
        TEST(a_second_signal_ends_it_at_once),
        TEST(a_second_signal_without_work_is_no_failure),
        TEST(its_health_is_asked_by_another_process),
        TEST(while_it_drains_it_is_not_ready),
        TEST(help_and_version_end_well),
        TEST(wrong_settings_are_a_failure),
        TEST(its_supervisor_is_told),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
