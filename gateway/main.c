/* main.c - the gateway: checks its settings, starts its workers, runs until it is told to leave */
#include "gateway/gateway.h"
#include "gateway/http_listen.h"
#include "gateway/http_metrics.h"
#include "gateway/http_server_tls.h"
#include "gateway/hub.h"
#include "gateway/ice_servers.h"
#include "gateway/limits.h"
#include "gateway/local_time.h"
#include "gateway/openapi.h"
#include "gateway/options.h"
#include "gateway/worker.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/service.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    WORKERS_MOST = 64,
    HANGS_MS = 10000, /* a worker that has not turned for so long is not alive */
};

struct workers {
    struct gateway gateway;
    struct worker *all[WORKERS_MOST];
    unsigned count;
};

static void free_workers(struct workers *workers)
{
    hub_free(workers->gateway.hub);
    for (unsigned i = 0; i < workers->count; i++)
        worker_free(workers->all[i]);
    buffer_done(&workers->gateway.openapi);
    ice_servers_free(workers->gateway.ice_servers);
    limits_free(workers->gateway.limits);
    http_server_tls_close();
}

static int check_access(const struct gateway_options *options, const struct http_address *address)
{
    char text[HTTP_ADDRESS_TEXT_MOST];

    http_address_text(address, text);
    if (options->auth == GATEWAY_AUTH_JWT) {
        if (!*options->jwt_audience)
            log_warning("DAPI_JWT_AUDIENCE is empty: tokens that are meant for other services "
                        "are accepted, too");
        return 0;
    }
    if (http_address_is_loopback(address)) {
        log_info("open mode: whoever reaches %s may act as every uid", text);
    } else if (options->allow_open) {
        log_warning("open mode on %s, which is not loopback (DAPI_ALLOW_OPEN): whoever reaches it "
                    "may act as every uid",
                    text);
    } else {
        log_error("DAPI_HTTP_LISTEN=%s is not loopback, and without authentication whoever reaches "
                  "it may act as every uid: set DAPI_ALLOW_OPEN=1 if that is meant",
                  options->http_listen);
        return -EACCES;
    }
    return 0;
}

static int open_tls(const struct gateway_options *options)
{
    const char *certificate_file = options->tls_certificate_file;
    const char *key_file = options->tls_key_file;
    const char *problem = "both must be set, or none";

    if (!*certificate_file && !*key_file)
        return 0;
    if (*certificate_file && *key_file &&
        http_server_tls_open(certificate_file, key_file, &problem) == 0)
        return 0;
    log_error("DAPI_TLS_CERTIFICATE_FILE=%s, DAPI_TLS_KEY_FILE=%s: %s", certificate_file, key_file,
              problem);
    return -EINVAL;
}

static int check_settings(const struct gateway_options *options, struct http_address *ret)
{
    int r = http_address_read(options->http_listen, ret);

    if (r < 0)
        return log_failed(r, "read the address \"%s\" (DAPI_HTTP_LISTEN)", options->http_listen);
    r = check_access(options, ret);
    if (r < 0)
        return r;
    r = local_time_open(options->timezone);
    if (r < 0)
        return log_failed(r, "find the zone \"%s\" (DAPI_TIMEZONE; are its files installed?)",
                          options->timezone);
    r = http_address_check_free(ret);
    if (r < 0)
        return log_failed(r, "listen at \"%s\" (DAPI_HTTP_LISTEN)", options->http_listen);
    return 0;
}

/* Every connection is a descriptor; the soft limit is often 1024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The other half of the processors is for the services behind, which take as much. With more
 * threads than can run, each has smaller batches, and a request costs all of them more. */
static unsigned count_workers(const struct gateway_options *options)
{
    long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;

    if (options->http_threads > 0)
        return (unsigned)options->http_threads;
    if (half < 1)
        return 1;
    return half < WORKERS_MOST ? (unsigned)half : WORKERS_MOST;
}

static int open_ice_servers(const struct gateway_options *options, struct ice_servers **ret)
{
    const struct ice_settings settings = {
        .urls = options->ice_servers,
        .turn_secret_file = options->turn_secret_file,
        .turn_seconds = options->turn_seconds,
        .turn_username = options->turn_username,
        .turn_password_file = options->turn_password_file,
    };
    struct fault fault;
    int r = ice_servers_open(&settings, ret, &fault);

    if (r < 0)
        log_error("%s %s", fault.field, fault.problem);
    return r;
}

static int open_hub(struct service *service, const struct gateway_options *options,
                    struct limits *limits, struct hub **ret)
{
    const struct hub_options hub = {
        .options = options,
        .resolver = service_resolver(service),
        .zmq_context = service_zmq(service),
        .curve = service_curve(service),
        .limits = limits,
    };

    return hub_open(&hub, ret);
}

static int open_limits(const struct gateway_options *options, struct limits **ret)
{
    struct fault fault;
    int r = limits_open(options, ret, &fault);

    if (r < 0)
        log_error("%s %s", fault.field, fault.problem);
    return r;
}

static int open_worker(struct service *service, const struct gateway_options *options,
                       struct http_address *address, unsigned wanted, struct workers *workers)
{
    struct worker_options worker = {
        .number = workers->count,
        .gateway = &workers->gateway,
        .options = options,
        .resolver = service_resolver(service),
        .zmq_context = service_zmq(service),
        .curve = service_curve(service),
        .most_connections = (unsigned)options->http_connections / wanted,
    };
    int r = http_listen(address, &worker.listen_fd);

    if (r < 0)
        return log_failed(r, "listen at \"%s\" (DAPI_HTTP_LISTEN)", options->http_listen);
    r = worker_open(&worker, &workers->all[workers->count]);
    if (r == 0)
        workers->count++;
    return r;
}

static int open_workers(struct service *service, const struct gateway_options *options,
                        struct http_address *address, struct workers *workers)
{
    unsigned wanted = count_workers(options);
    char text[HTTP_ADDRESS_TEXT_MOST];

    workers->gateway.request_ms = options->request_ms;
    workers->gateway.checks_origin = options->auth == GATEWAY_AUTH_NONE;
    workers->gateway.is_on_loopback = http_address_is_loopback(address);
    workers->gateway.origins = options->origins;
    openapi_write(&workers->gateway.openapi, options->auth == GATEWAY_AUTH_JWT);
    http_metrics_open(wanted);
    raise_descriptor_limit();
    while (workers->count < wanted) {
        int r = open_worker(service, options, address, wanted, workers);

        if (r < 0)
            return r;
    }
    http_address_text(address, text);
    log_info("serving HTTP at %s://%s with %u threads",
             http_server_tls_is_open() ? "https" : "http", text, wanted);
    return 0;
}

/* robotsvc may be away: only the verbs that need it fail then. */
static const char *why_not_ready(void *context)
{
    const struct workers *workers = context;

    for (unsigned i = 0; i < workers->count; i++) {
        if (!worker_reaches(workers->all[i], PEER_CALLSVC))
            return "callsvc is away";
        if (!worker_reaches(workers->all[i], PEER_TOKENSVC))
            return "tokensvc is away";
    }
    return NULL;
}

static const char *why_not_alive(void *context)
{
    const struct workers *workers = context;

    for (unsigned i = 0; i < workers->count; i++)
        if (clock_steady_ms() - worker_turned_ms(workers->all[i]) > HANGS_MS)
            return "a worker hangs";
    if (clock_steady_ms() - hub_turned_ms(workers->gateway.hub) > HANGS_MS)
        return "the thread of the WebSockets hangs";
    return NULL;
}

static void on_drain(void *context)
{
    struct workers *workers = context;

    atomic_store(&workers->gateway.is_draining, true);
    hub_drain(workers->gateway.hub);
}

static void on_linger_end(void *context)
{
    struct workers *workers = context;

    for (unsigned i = 0; i < workers->count; i++)
        worker_shut(workers->all[i]);
}

static bool is_shut(void *context)
{
    const struct workers *workers = context;

    for (unsigned i = 0; i < workers->count; i++)
        if (!worker_is_shut(workers->all[i]))
            return false;
    return true;
}

static bool has_work(void *context)
{
    const struct workers *workers = context;

    for (unsigned i = 0; i < workers->count; i++)
        if (worker_in_hand(workers->all[i]) > 0)
            return true;
    return hub_in_hand(workers->gateway.hub) > 0;
}

static int run(int argc, char **argv)
{
    struct gateway_options options = { 0 };
    const struct service_options start = { gateway_option_table(), &options };
    AUTO(service_freep) struct service *service = NULL;
    AUTO(free_workers) struct workers workers = { .count = 0 };
    const struct service_parts parts = {
        .ready = why_not_ready,
        .alive = why_not_alive,
        .on_drain = on_drain,
        .on_linger_end = on_linger_end,
        .is_shut = is_shut,
        .has_work = has_work,
        .context = &workers,
    };
    struct http_address address;
    int r = service_open(&start, argc, argv, &service);

    if (r != 0)
        return r < 0 ? 1 : 0;
    if (check_settings(&options, &address) < 0 || open_tls(&options) < 0 ||
        open_ice_servers(&options, &workers.gateway.ice_servers) < 0 ||
        open_limits(&options, &workers.gateway.limits) < 0 ||
        open_hub(service, &options, workers.gateway.limits, &workers.gateway.hub) < 0 ||
        open_workers(service, &options, &address, &workers) < 0)
        return 1;
    return service_run(service, &parts);
}

int main(int argc, char **argv)
{
    return run(argc, argv);
}
