/* bare_mhd.c - the yardstick of `make bench`: libmicrohttpd alone, external epoll, one loop, which
 * reads each request whole and answers with the bytes of a call/user answer.
 *
 * bare_mhd [port]: listens on 127.0.0.1, says "ready PORT" and serves until it is killed. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static char body[] =
    "{\"success\":true,\"data\":{\"appID\":\"303156d224e44881a00af9cabc9e10d8\","
    "\"channel\":\"ch_4aY875LP4o\",\"uid\":\"1234\",\"token\":\"006303156d224e44881a00af9cabc9e10d8"
    "IACgUJJitrMNSv8lt51GOztehgjZLfpgtuWC6mDDhAKBeJMxVymj4OObEADw9+kBR7MUXgEAAQAfZBNe\","
    "\"call_id\":\"0190b4b2-7a3e-4c51-9d0c-2b1f6c8e9a10\","
    "\"token_expires_at\":\"2026-01-02T03:04:05.678Z\","
    "\"ring_expires_at\":\"2026-01-02T02:05:05.678Z\"}}";

static enum MHD_Result answer(struct MHD_Connection *connection)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **is_begun)
{
    (void)context;
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    if (*is_begun && *size == 0)
        return answer(connection);
    *is_begun = body;
    *size = 0;
    return MHD_YES;
}

static void serve(struct MHD_Daemon *daemon)
{
    int inner = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    int outer = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };

    if (outer < 0 || epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) < 0)
        return;
    for (;;) {
        MHD_UNSIGNED_LONG_LONG timeout_ms;
        int wait_ms = -1;

        if (MHD_get_timeout(daemon, &timeout_ms) == MHD_YES)
            wait_ms = timeout_ms > 1000 ? 1000 : (int)timeout_ms;
        epoll_wait(outer, &event, 1, wait_ms);
        MHD_run(daemon);
    }
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 0;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);

    if (!daemon) {
        fprintf(stderr, "bare_mhd: cannot listen on port %d\n", port);
        return 1;
    }
    printf("ready %u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    serve(daemon);
    return 1;
}
