/* admin.c - /livez, /readyz and /metrics on a listener within the process's loop */
#include "common/admin.h"

#include "common/address.h"
#include "common/memory.h"
#include "common/metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    CONNECTIONS_MOST = 64,
    CONNECTION_TIMEOUT_SECONDS = 10,
};

struct admin {
    struct loop *loop;
    struct MHD_Daemon *daemon; /* NULL: no listener */
    int epoll_fd;
    bool is_due; /* MHD has events to look at */
    admin_ready_function *ready;
    admin_alive_function *alive;
    void *context;
    char address[ADDRESS_MOST];
};

/* Append the page, return its status. */
typedef unsigned page_function(const struct admin *admin, struct buffer *out);

static unsigned show_problem(struct buffer *out, const char *problem)
{
    buffer_add_format(out, "%s\n", problem ? problem : "ok");
    return problem ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK;
}

static unsigned show_live(const struct admin *admin, struct buffer *out)
{
    return show_problem(out, admin->alive ? admin->alive(admin->context) : NULL);
}

static unsigned show_ready(const struct admin *admin, struct buffer *out)
{
    return show_problem(out, admin->ready ? admin->ready(admin->context) : NULL);
}

static unsigned show_metrics(const struct admin *admin, struct buffer *out)
{
    (void)admin;
    metrics_write(out);
    return MHD_HTTP_OK;
}

static unsigned show_nothing(const struct admin *admin, struct buffer *out)
{
    (void)admin;
    buffer_add_text(out, "there are /livez, /readyz and /metrics\n");
    return MHD_HTTP_NOT_FOUND;
}

static const struct page {
    const char *path;
    const char *type;
    page_function *show;
} pages[] = {
    {"/livez",    "text/plain; charset=utf-8",                show_live   },
    { "/readyz",  "text/plain; charset=utf-8",                show_ready  },
    { "/metrics", "text/plain; version=0.0.4; charset=utf-8", show_metrics},
    { NULL,       "text/plain; charset=utf-8",                show_nothing},
};

static const struct page *find_page(const char *path)
{
    const struct page *page = pages;

    while (page->path && strcmp(page->path, path) != 0)
        page++;
    return page;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
                              const struct buffer *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **request)
{
    static char seen;
    AUTO(buffer_done) struct buffer body = { 0 };
    const struct page *page = find_page(path);

    (void)version;
    (void)upload;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        buffer_add_text(&body, "only GET and HEAD\n");
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, pages->type, &body);
    }
    if (!*request) {
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) /* nothing here takes a body: hang up */
        return MHD_NO;
    return answer(connection, page->show(context, &body), page->type, &body);
}

static void on_ready(void *context, uint32_t epoll_events)
{
    struct admin *admin = context;

    (void)epoll_events;
    admin->is_due = true;
}

/* How long MHD may be left alone: its connections time out. */
static int64_t be_patient(void *context)
{
    struct admin *admin = context;
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    if (MHD_get_timeout(admin->daemon, &timeout_ms) != MHD_YES)
        return -1;
    return timeout_ms > INT64_MAX ? -1 : (int64_t)timeout_ms;
}

static bool run_daemon(void *context)
{
    struct admin *admin = context;

    if (admin->is_due || be_patient(admin) == 0) {
        admin->is_due = false;
        MHD_run(admin->daemon);
    }
    return false; /* nobody else's work comes of it */
}

/* MHD's own epoll set within ours, never MHD waiting in it: with 128 connections ready that stalls
 * (MHD 0.9.75). Takes `fd`. */
static int start_daemon(struct admin *admin, int fd)
{
    const union MHD_DaemonInfo *info;

    admin->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, admin,
                                     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                     (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
                                     (unsigned)CONNECTION_TIMEOUT_SECONDS, MHD_OPTION_END);
    if (!admin->daemon) {
        close(fd);
        return -ENOMEM;
    }
    info = MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return -ENOTSUP;
    admin->epoll_fd = info->epoll_fd;
    return loop_add_fd(admin->loop, admin->epoll_fd, EPOLLIN, on_ready, admin);
}

int admin_open(const struct admin_options *options, struct admin **ret)
{
    AUTO(admin_freep) struct admin *admin = must_alloc(1, sizeof *admin);
    int fd;
    int r;

    *admin = (struct admin){
        .loop = options->loop,
        .epoll_fd = -1,
        .ready = options->ready,
        .alive = options->alive,
        .context = options->context,
    };
    if (*options->listen) {
        r = address_listen(options->listen, &fd, admin->address);
        if (r < 0)
            return r;
        r = start_daemon(admin, fd);
        if (r < 0)
            return r;
        loop_add_hook(admin->loop, run_daemon, be_patient, admin);
    }
    *ret = TAKE(admin);
    return 0;
}

struct admin *admin_free(struct admin *admin)
{
    if (!admin)
        return NULL;
    /* While it still listens: nobody can have put another file there. */
    address_forget(admin->address);
    loop_remove_hook(admin->loop, run_daemon, admin);
    if (admin->epoll_fd >= 0)
        loop_remove_fd(admin->loop, admin->epoll_fd);
    if (admin->daemon)
        MHD_stop_daemon(admin->daemon);
    free(admin);
    return NULL;
}

const char *admin_address(const struct admin *admin)
{
    return admin->address;
}
