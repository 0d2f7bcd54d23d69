/* test_admin.c - the admin listener, asked over real sockets */
#include "test.h"

#include "common/address.h"
#include "common/admin.h"
#include "common/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The admin listener in a loop and a thread of its own; the test is its client. */
static struct {
    struct loop *loop;
    struct admin *admin;
    pthread_t thread;
    const char *_Atomic not_ready;
    const char *_Atomic not_alive;
} server;

static char folder[] = "/tmp/test_admin.XXXXXX";
static char unix_address[sizeof folder + 32];
static const char *unix_path;

static const char *say_ready(void *context)
{
    (void)context;
    return server.not_ready;
}

static const char *say_alive(void *context)
{
    (void)context;
    return server.not_alive;
}

static void *run_loop(void *context)
{
    (void)context;
    assert_int_equal(loop_run(server.loop), 0);
    return NULL;
}

static int open_at(const char *listen)
{
    const struct admin_options options = {
        .loop = server.loop,
        .listen = listen,
        .ready = say_ready,
        .alive = say_alive,
    };

    return admin_open(&options, &server.admin);
}

static void serve_at(const char *listen)
{
    assert_int_equal(open_at(listen), 0);
    assert_int_equal(pthread_create(&server.thread, NULL, run_loop, NULL), 0);
}

static int open_server(void **state)
{
    (void)state;
    return loop_open(&server.loop);
}

static int close_server(void **state)
{
    (void)state;
    if (server.thread) {
        loop_stop(server.loop);
        pthread_join(server.thread, NULL);
    }
    admin_free(server.admin);
    loop_free(server.loop);
    memset(&server, 0, sizeof server);
    return 0;
}

/* What the listener answers until it hangs up; valid until the next call. */
static const char *answer_to(const char *request)
{
    static char answer[65536];
    size_t size = 0;
    ssize_t n;
    int fd = -1;

    assert_int_equal(address_connect(admin_address(server.admin), 5000, &fd), 0);
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    while ((n = recv(fd, answer + size, sizeof answer - 1 - size, 0)) > 0)
        size += (size_t)n;
    assert_int_equal(n, 0);
    answer[size] = '\0';
    close(fd);
    return answer;
}

static const char *get(const char *path)
{
    char request[128];

    snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);
    return answer_to(request);
}

static void assert_answer(const char *answer, const char *status, const char *body)
{
    assert_memory_equal(strchr(answer, ' ') + 1, status, strlen(status));
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, body);
}

static void a_live_and_ready_process_says_so(void **state)
{
    (void)state;
    serve_at("127.0.0.1:0");
    assert_answer(get("/livez"), "200", "ok\n");
    assert_answer(get("/readyz"), "200", "ok\n");
}

static void who_is_not_ready_says_why(void **state)
{
    (void)state;
    serve_at("127.0.0.1:0");
    server.not_ready = "callsvc is away";
    assert_answer(get("/readyz"), "503", "callsvc is away\n");
    assert_answer(get("/livez"), "200", "ok\n");
    server.not_alive = "the worker hangs";
    assert_answer(get("/livez"), "503", "the worker hangs\n");
}

static void metrics_are_served_in_prometheus_format(void **state)
{
    const char *answer;

    (void)state;
    serve_at("127.0.0.1:0");
    metric_add(metric_counter("seen_total", "", "h"), 3);
    answer = get("/metrics");
    assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert_non_null(strstr(answer, "\nseen_total 3\n"));
}

static void other_paths_and_methods_are_refused(void **state)
{
    (void)state;
    serve_at("127.0.0.1:0");
    assert_answer(get("/"), "404", "there are /livez, /readyz and /metrics\n");
    assert_answer(answer_to("POST /livez HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"), "405",
                  "only GET and HEAD\n");
    assert_non_null(strstr(answer_to("DELETE /x HTTP/1.0\r\n\r\n"), "Allow: GET, HEAD\r\n"));
    assert_answer(answer_to("HEAD /livez HTTP/1.0\r\n\r\n"), "200", "");
    assert_string_equal(answer_to("GET /livez HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"), "");
}

static void one_connection_can_ask_twice(void **state)
{
    const char *answer;

    (void)state;
    serve_at("127.0.0.1:0");
    answer = answer_to("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
                       "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(strstr(answer, "ok\n") + 1, "ok\n"));
}

static void it_says_where_it_listens(void **state)
{
    (void)state;
    serve_at("[::1]:0");
    assert_memory_equal(admin_address(server.admin), "[::1]:", 6);
    assert_answer(get("/livez"), "200", "ok\n");
}

static void nowhere_is_a_place_too(void **state)
{
    (void)state;
    assert_int_equal(open_at(""), 0);
    assert_string_equal(admin_address(server.admin), "");
    assert_int_equal(loop_turn(server.loop, 0), 0);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const wrong[] = { "127.0.0.1", ":80",   "127.0.0.1:", "127.0.0.1:http",
                                         "::1:80",    "[]:80", "unix:",      "[::1]" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(open_at(wrong[i]), -EINVAL);
    assert_int_equal(open_at("127.0.0.1:99999"), -EINVAL);
}

static void a_port_in_use_is_refused(void **state)
{
    char address[ADDRESS_MOST];
    int fd;

    (void)state;
    assert_int_equal(address_listen("127.0.0.1:0", &fd, address), 0);
    assert_int_equal(open_at(address), -EADDRINUSE);
    close(fd);
}

static void a_unix_socket_is_its_owners_and_goes_with_him(void **state)
{
    struct stat status;

    serve_at(unix_address);
    assert_answer(get("/readyz"), "200", "ok\n");
    assert_int_equal(stat(unix_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    close_server(state);
    assert_int_equal(stat(unix_path, &status), -1);
}

/* A listening socket at unix_path, its file left there when it is closed. */
static int listen_at_unix_path(void)
{
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(where.sun_path, unix_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void a_stale_socket_file_is_replaced(void **state)
{
    (void)state;
    close(listen_at_unix_path());
    serve_at(unix_address);
    assert_answer(get("/readyz"), "200", "ok\n");
}

static void a_living_socket_file_is_not_replaced(void **state)
{
    int fd = listen_at_unix_path();

    (void)state;
    assert_int_equal(open_at(unix_address), -EADDRINUSE);
    close(fd);
    assert_int_equal(unlink(unix_path), 0);
}

static void a_file_that_is_no_socket_is_not_replaced(void **state)
{
    int fd = open(unix_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(open_at(unix_address), -EADDRINUSE);
    assert_int_equal(unlink(unix_path), 0);
}

static void its_health_can_be_asked(void **state)
{
    char reason[ADMIN_REASON_MOST] = "";

    (void)state;
    serve_at(unix_address);
    assert_int_equal(admin_ask_ready(unix_address, reason), 0);
    server.not_ready = "callsvc is away";
    assert_int_equal(admin_ask_ready(unix_address, reason), -EAGAIN);
    assert_string_equal(reason, "callsvc is away");
}

static void the_health_of_nobody_is_an_error(void **state)
{
    char reason[ADMIN_REASON_MOST] = "";

    (void)state;
    assert_int_equal(admin_ask_ready("", reason), -EDESTADDRREQ);
    assert_int_equal(admin_ask_ready("127.0.0.1:0", reason), -EDESTADDRREQ);
    assert_int_equal(admin_ask_ready(unix_address, reason), -ENOENT);
    assert_string_equal(reason, "No such file or directory");
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(unix_address, sizeof unix_address, "unix:%s/admin.sock", folder);
    unix_path = strchr(unix_address, ':') + 1;
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_server, close_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_live_and_ready_process_says_so),
        TEST(who_is_not_ready_says_why),
        TEST(metrics_are_served_in_prometheus_format),
        TEST(other_paths_and_methods_are_refused),
        TEST(one_connection_can_ask_twice),
        TEST(it_says_where_it_listens),
        TEST(nowhere_is_a_place_too),
        TEST(what_is_no_address_is_refused),
        TEST(a_port_in_use_is_refused),
        TEST(a_unix_socket_is_its_owners_and_goes_with_him),
        TEST(a_stale_socket_file_is_replaced),
        TEST(a_living_socket_file_is_not_replaced),
        TEST(a_file_that_is_no_socket_is_not_replaced),
        TEST(its_health_can_be_asked),
        TEST(the_health_of_nobody_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
