/* bus_curve.c - CURVE on the bus: settings, and sockets made safe */
#include "common/bus_curve_inside.h"

#include "common/bus_socket.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

static int refuse(char *reterr, const char *setting, const char *path, const char *problem)
{
    snprintf(reterr, BUS_CURVE_PROBLEM_MOST, "%s=%s: %s", setting, path, problem);
    return -EINVAL;
}

/* All or none: a service without a list would let nobody in, or trust whoever answers. */
static int check_settings(const struct bus_curve_options *options, char *reterr)
{
    const struct {
        const char *name;
        const char *path;
    } settings[] = {
        {"DAPI_CURVE_SECRET_FILE",   options->secret_file },
        { "DAPI_CURVE_CLIENTS_FILE", options->clients_file},
        { "DAPI_CURVE_SERVERS_FILE", options->servers_file},
    };

    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (!*settings[i].path)
            return refuse(reterr, settings[i].name, "",
                          "for CURVE all of DAPI_CURVE_SECRET_FILE, DAPI_CURVE_CLIENTS_FILE and "
                          "DAPI_CURVE_SERVERS_FILE are needed");
    return 0;
}

static int read_files(struct bus_curve *curve, const struct bus_curve_options *options,
                      char *reterr)
{
    char problem[CURVE_PROBLEM_MOST];

    if (curve_secret_read_file(options->secret_file, curve->secret, problem) < 0)
        return refuse(reterr, "DAPI_CURVE_SECRET_FILE", options->secret_file, problem);
    if (zmq_curve_public(curve->own, curve->secret) < 0)
        return refuse(reterr, "DAPI_CURVE_SECRET_FILE", options->secret_file, strerror(errno));
    curve->version = file_version_of(options->clients_file);
    if (curve_keys_read_file(options->clients_file, &curve->clients, problem) < 0)
        return refuse(reterr, "DAPI_CURVE_CLIENTS_FILE", options->clients_file, problem);
    if (curve_keys_read_file(options->servers_file, &curve->servers, problem) < 0)
        return refuse(reterr, "DAPI_CURVE_SERVERS_FILE", options->servers_file, problem);
    return 0;
}

static struct bus_curve *make_curve(const struct bus_curve_options *options)
{
    static const char name[] = "dapi_bus_refused_total";
    static const char help[] = "connections refused for their key or their handshake, and messages "
                               "of those whose key was removed from the list";
    struct bus_curve *curve = must_alloc(1, sizeof *curve);

    curve->zmq_context = options->zmq_context;
    curve->clients_file = must_copy(options->clients_file);
    curve->wake = -1;
    pthread_mutex_init(&curve->lock, NULL);
    curve->refused = metric_counter(name, "reason=\"key\"", help);
    curve->unread = metric_counter(name, "reason=\"handshake\"", help);
    curve->turned_off = metric_counter(name, "reason=\"removed\"", help);
    return curve;
}

int bus_curve_open(const struct bus_curve_options *options, struct bus_curve **ret,
                   char reterr[BUS_CURVE_PROBLEM_MOST])
{
    AUTO(bus_curve_freep) struct bus_curve *curve = NULL;
    int r;

    if (!*options->secret_file && !*options->clients_file && !*options->servers_file) {
        *ret = NULL;
        return 0;
    }
    if (check_settings(options, reterr) < 0)
        return -EINVAL;
    if (!zmq_has("curve"))
        return refuse(reterr, "DAPI_CURVE_SECRET_FILE", options->secret_file,
                      "this libzmq was built without CURVE");
    curve = make_curve(options);
    if (read_files(curve, options, reterr) < 0)
        return -EINVAL;
    r = curve_zap_start(curve);
    if (r < 0) {
        snprintf(reterr, BUS_CURVE_PROBLEM_MOST, "cannot start CURVE's thread: %s", strerror(-r));
        return r;
    }
    *ret = TAKE(curve);
    return 0;
}

struct bus_curve *bus_curve_free(struct bus_curve *curve)
{
    if (!curve)
        return NULL;
    curve_zap_end(curve);
    curve_keys_done(&curve->clients);
    curve_keys_done(&curve->servers);
    pthread_mutex_destroy(&curve->lock);
    explicit_bzero(curve->secret, sizeof curve->secret);
    free(curve->clients_file);
    free(curve);
    return NULL;
}

static int set_text(void *socket, int option, const char *text)
{
    return zmq_setsockopt(socket, option, text, strlen(text)) < 0 ? -errno : 0;
}

/* The other end of the socket's monitor, handed to the thread; both sides of the hand-over are
 * behind the lock, as libzmq asks for. */
static int add_monitor(struct bus_curve *curve, void *monitor)
{
    int r = -EMFILE;

    pthread_mutex_lock(&curve->lock);
    for (size_t i = 0; r < 0 && i < CURVE_MONITORS_MOST; i++)
        if (!curve->monitors[i]) {
            curve->monitors[i] = monitor;
            r = 0;
        }
    pthread_mutex_unlock(&curve->lock);
    (void)!eventfd_write(curve->wake, 1);
    return r;
}

/* libzmq asks the handler only about clients that speak CURVE with this server's key: of the others
 * only the monitor knows. */
static int watch_handshakes(struct bus_curve *curve, void *socket)
{
    enum {
        EVENTS = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                 ZMQ_EVENT_MONITOR_STOPPED
    };
    AUTO(bus_socket_closep) void *monitor = NULL;
    char endpoint[40];
    int r;

    pthread_mutex_lock(&curve->lock);
    snprintf(endpoint, sizeof endpoint, "inproc://dapi.curve.%u", curve->monitor_number++);
    pthread_mutex_unlock(&curve->lock);
    if (zmq_socket_monitor(socket, endpoint, EVENTS) < 0)
        return -errno;
    monitor = zmq_socket(curve->zmq_context, ZMQ_PAIR);
    if (!monitor)
        return -errno;
    bus_socket_set(monitor, ZMQ_LINGER, 0);
    if (zmq_connect(monitor, endpoint) < 0)
        return -errno;
    r = add_monitor(curve, monitor);
    if (r == 0)
        (void)TAKE(monitor);
    return r;
}

int bus_curve_serve(struct bus_curve *curve, void *socket)
{
    int r;

    if (!curve)
        return 0;
    bus_socket_set(socket, ZMQ_CURVE_SERVER, 1);
    r = set_text(socket, ZMQ_CURVE_SECRETKEY, curve->secret);
    if (r == 0)
        r = set_text(socket, ZMQ_ZAP_DOMAIN, CURVE_DOMAIN);
    return r < 0 ? r : watch_handshakes(curve, socket);
}

int bus_curve_check(const struct bus_curve *curve, const char *service)
{
    if (!curve || curve_keys_find_name(&curve->servers, service))
        return 0;
    log_error("the file of DAPI_CURVE_SERVERS_FILE holds no key of %s", service);
    return -ENOKEY;
}

int bus_curve_ask(const struct bus_curve *curve, void *socket, const char *service)
{
    int r = bus_curve_check(curve, service);

    if (!curve || r < 0)
        return r;
    r = set_text(socket, ZMQ_CURVE_SERVERKEY, curve_keys_find_name(&curve->servers, service)->text);
    if (r == 0)
        r = set_text(socket, ZMQ_CURVE_PUBLICKEY, curve->own);
    return r < 0 ? r : set_text(socket, ZMQ_CURVE_SECRETKEY, curve->secret);
}

bool bus_curve_allows(struct bus_curve *curve, zmq_msg_t *message)
{
    const char *key;
    bool is_listed;

    if (!curve)
        return true;
    key = zmq_msg_gets(message, "User-Id"); /* what the handler said of the connection */
    pthread_mutex_lock(&curve->lock);
    is_listed = key && curve_keys_find(&curve->clients, key);
    pthread_mutex_unlock(&curve->lock);
    if (!is_listed)
        metric_add(curve->turned_off, 1);
    return is_listed;
}

unsigned bus_curve_removals(struct bus_curve *curve)
{
    return curve ? atomic_load(&curve->removals) : 0;
}
