/* service.c - what the four programs have in common, from their settings to their leaving */
#include "common/service.h"

#include "common/bus_curve.h"
#include "common/bus_curve_make.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/notify.h"
#include "common/version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

enum { DRAIN_LOOK_MS = 10 }; /* how often it is looked whether other threads' work is done */

/* Why service_run comes back. */
enum leaving { STAYING, LEAVING_DONE, LEAVING_LATE, LEAVING_AT_ONCE };

struct service {
    const struct option_table *table;
    const struct common_options *options;
    struct loop *loop;
    struct resolver *resolver;
    void *zmq;
    struct bus_curve *curve;
    int signals; /* signalfd */
    const struct service_parts *parts;
    bool is_draining;
    bool has_lingered;
    int64_t linger_until_ms;
    int64_t drain_until_ms;
    enum leaving leaving;
};

static sigset_t leave_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

static bool has_work(const struct service *service)
{
    const struct service_parts *parts = service->parts;

    return parts->has_work && parts->has_work(parts->context);
}

static void leave(struct service *service, enum leaving why)
{
    service->leaving = why;
    loop_stop(service->loop);
}

static void begin_drain(struct service *service)
{
    const struct service_parts *parts = service->parts;
    int64_t now_ms = loop_now_ms(service->loop);

    service->is_draining = true;
    service->linger_until_ms = now_ms + service->options->linger_ms;
    service->drain_until_ms = service->linger_until_ms + service->options->drain_ms;
    notify_supervisor("STOPPING=1");
    log_info("draining");
    if (parts->on_drain)
        parts->on_drain(parts->context);
}

static void on_signal(void *context, uint32_t epoll_events)
{
    struct service *service = context;
    struct signalfd_siginfo info;

    (void)epoll_events;
    if (read(service->signals, &info, sizeof info) != sizeof info)
        return;
    if (!service->is_draining)
        begin_drain(service);
    else
        leave(service, LEAVING_AT_ONCE);
}

static bool is_shut(const struct service *service)
{
    const struct service_parts *parts = service->parts;

    return !parts->is_shut || parts->is_shut(parts->context);
}

static void end_linger(struct service *service)
{
    const struct service_parts *parts = service->parts;

    service->has_lingered = true;
    if (parts->on_linger_end)
        parts->on_linger_end(parts->context);
}

/* The last hook of a turn: what came in with it is counted as work. */
static bool look_whether_done(void *context)
{
    struct service *service = context;
    int64_t now_ms = loop_now_ms(service->loop);

    if (!service->is_draining || service->leaving != STAYING || now_ms < service->linger_until_ms)
        return false;
    if (!service->has_lingered)
        end_linger(service);
    if (is_shut(service) && !has_work(service))
        leave(service, LEAVING_DONE);
    else if (now_ms >= service->drain_until_ms)
        leave(service, LEAVING_LATE);
    return false;
}

static int64_t look_again_ms(void *context)
{
    const struct service *service = context;

    return service->is_draining ? DRAIN_LOOK_MS : -1;
}

static int open_signals(struct service *service)
{
    sigset_t set = leave_signals();

    signal(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return -EINVAL;
    service->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (service->signals < 0)
        return -errno;
    return loop_add_fd(service->loop, service->signals, EPOLLIN, on_signal, service);
}

static int open_curve(struct service *service)
{
    const struct bus_curve_options options = {
        .zmq_context = service->zmq,
        .secret_file = service->options->curve_secret_file,
        .clients_file = service->options->curve_clients_file,
        .servers_file = service->options->curve_servers_file,
    };
    char problem[BUS_CURVE_PROBLEM_MOST];
    int r = bus_curve_open(&options, &service->curve, problem);

    if (r < 0)
        log_error("%s", problem);
    return r;
}

/* Signals come first: threads inherit what is blocked. */
static int open_parts(struct service *service)
{
    int r = loop_open(&service->loop);

    if (r < 0)
        return log_failed(r, "make the event loop");
    r = open_signals(service);
    if (r < 0)
        return log_failed(r, "listen to signals");
    r = resolver_open(&service->resolver);
    if (r < 0)
        return log_failed(r, "start the resolver");
    service->zmq = zmq_ctx_new();
    return service->zmq ? open_curve(service) : log_failed(-errno, "start ZeroMQ");
}

static int show_health(const struct service *service)
{
    char reason[ADMIN_REASON_MOST];
    const char *listen = service->options->admin_listen;
    int r = admin_ask_ready(listen, reason);

    if (r == 0)
        return 1;
    fprintf(stderr, "%s: not ready at \"%s\" (DAPI_ADMIN_LISTEN): %s\n", service->table->program,
            listen, reason);
    return r;
}

int service_open(const struct service_options *options, int argc, char **argv, struct service **ret)
{
    AUTO(service_freep) struct service *service = must_alloc(1, sizeof *service);
    int r;

    service->table = options->table;
    service->options = options->options;
    service->signals = -1;
    if (argc == 3 && strcmp(argv[1], "--make-curve-keys") == 0) {
        r = bus_curve_make(argv[2]);
        return r < 0 ? r : 1;
    }
    r = options_read(options->table, argc, argv, options->options);
    if (r == OPTIONS_HEALTH)
        return show_health(service);
    if (r != OPTIONS_RUN)
        return r < 0 ? r : 1;
    log_init(options->table->program, (enum log_level)service->options->log_level,
             service->options->log_format != 0);
    r = open_parts(service);
    if (r < 0)
        return r;
    *ret = TAKE(service);
    return 0;
}

struct service *service_free(struct service *service)
{
    if (!service)
        return NULL;
    bus_curve_free(service->curve);
    if (service->zmq)
        while (zmq_ctx_term(service->zmq) < 0 && errno == EINTR)
            ;
    resolver_free(service->resolver);
    if (service->signals >= 0)
        close(service->signals);
    loop_free(service->loop);
    free(service);
    return NULL;
}

struct loop *service_loop(struct service *service)
{
    return service->loop;
}

struct resolver *service_resolver(struct service *service)
{
    return service->resolver;
}

void *service_zmq(struct service *service)
{
    return service->zmq;
}

struct bus_curve *service_curve(struct service *service)
{
    return service->curve;
}

bool service_is_draining(const struct service *service)
{
    return service->is_draining;
}

static const char *why_not_ready(void *context)
{
    const struct service *service = context;
    const struct service_parts *parts = service->parts;

    if (service->is_draining)
        return "draining";
    return parts->ready ? parts->ready(parts->context) : NULL;
}

static const char *why_not_alive(void *context)
{
    const struct service *service = context;
    const struct service_parts *parts = service->parts;

    return parts->alive ? parts->alive(parts->context) : NULL;
}

static int open_admin(struct service *service, struct admin **ret)
{
    const struct admin_options options = {
        .loop = service->loop,
        .listen = service->options->admin_listen,
        .ready = why_not_ready,
        .alive = why_not_alive,
        .context = service,
    };
    int r = admin_open(&options, ret);

    return r < 0 ? log_failed(r, "listen at \"%s\" (DAPI_ADMIN_LISTEN)", options.listen) : 0;
}

static volatile sig_atomic_t exit_status;

static void exit_at_once(int number)
{
    (void)number;
    _exit(exit_status);
}

/* From here on nobody reads the signalfd: one more signal ends the closing of sockets and files. */
static void let_signals_end_this(int status)
{
    sigset_t set = leave_signals();
    struct sigaction action = { .sa_handler = exit_at_once };

    exit_status = status;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Exit status 1 says that somebody waits in vain. */
static int say_goodbye(const struct service *service)
{
    bool is_dropped = has_work(service);

    if (is_dropped)
        log_warning("left with work in hand, %s", service->leaving == LEAVING_LATE
                                                      ? "after the time for draining"
                                                      : "told twice");
    else
        log_info("left");
    return is_dropped ? 1 : 0;
}

int service_run(struct service *service, const struct service_parts *parts)
{
    AUTO(admin_freep) struct admin *admin = NULL;
    int status = 1;
    int r;

    service->parts = parts;
    if (open_admin(service, &admin) < 0)
        return status;
    loop_add_hook(service->loop, look_whether_done, look_again_ms, service);
    log_info("ready to serve, version " DAPI_VERSION ", admin listener: %s",
             *admin_address(admin) ? admin_address(admin) : "none");
    notify_supervisor("READY=1");
    r = loop_run(service->loop);
    if (r < 0)
        log_failed(r, "run the event loop");
    else
        status = say_goodbye(service);
    let_signals_end_this(status);
    loop_remove_hook(service->loop, look_whether_done, service);
    return status;
}
