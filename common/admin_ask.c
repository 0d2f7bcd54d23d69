/* admin_ask.c - asks another process whether it is ready */
#include "common/admin.h"

#include "common/address.h"
#include "common/clock.h"
#include "common/descriptor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    PATIENCE_MS = 3000,
    ANSWER_MOST = 2048,
};

/* Port 0 lets the system choose: where the other process listens cannot be known. */
static bool is_somewhere(const char *listen)
{
    size_t length = strlen(listen);

    return length > 0 && (length < 2 || strcmp(listen + length - 2, ":0") != 0);
}

/* The whole answer as a text, or as much as there is room for. */
static int read_answer(int fd, char ret[ANSWER_MOST])
{
    int64_t deadline_ms = clock_steady_ms() + PATIENCE_MS;
    size_t size = 0;
    ssize_t n = 1;

    while (n > 0 && size < ANSWER_MOST - 1) {
        struct pollfd readable = { .fd = fd, .events = POLLIN };
        int64_t left_ms = deadline_ms - clock_steady_ms();

        if (left_ms <= 0 || poll(&readable, 1, (int)left_ms) == 0)
            return -ETIMEDOUT;
        n = recv(fd, ret + size, ANSWER_MOST - 1 - size, 0);
        if (n < 0)
            return -errno;
        size += (size_t)n;
    }
    ret[size] = '\0';
    return 0;
}

static int exchange(const char *listen, char ret_answer[ANSWER_MOST])
{
    static const char request[] = "GET /readyz HTTP/1.0\r\n\r\n";
    AUTO(close_descriptor) int fd = -1;
    int r = address_connect(listen, PATIENCE_MS, &fd);

    if (r < 0)
        return r;
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
        return -errno;
    return read_answer(fd, ret_answer);
}

/* 0 for status 200; -EAGAIN and the body for 503; -EPROTO if this is no admin listener. */
static int read_status(const char *answer, char ret_reason[ADMIN_REASON_MOST])
{
    const char *status = strncmp(answer, "HTTP/1.", 7) == 0 ? strchr(answer, ' ') : NULL;
    const char *body = strstr(answer, "\r\n\r\n");

    if (status && strncmp(status, " 200 ", 5) == 0)
        return 0;
    if (!status || strncmp(status, " 503 ", 5) != 0 || !body)
        return -EPROTO;
    body += 4;
    snprintf(ret_reason, ADMIN_REASON_MOST, "%.*s", (int)strcspn(body, "\r\n"), body);
    return -EAGAIN;
}

int admin_ask_ready(const char *listen, char ret_reason[ADMIN_REASON_MOST])
{
    char answer[ANSWER_MOST];
    int r = is_somewhere(listen) ? exchange(listen, answer) : -EDESTADDRREQ;

    if (r == 0)
        r = read_status(answer, ret_reason);
    if (r < 0 && r != -EAGAIN)
        snprintf(ret_reason, ADMIN_REASON_MOST, "%s", strerrordesc_np(-r));
    return r;
}
