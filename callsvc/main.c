/* main.c - callsvc: keeps the state of every call, and ends what nobody ends */
#include "callsvc/handlers.h"
#include "callsvc/options.h"
#include "callsvc/outbox_settings.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/service.h"

#include <signal.h>
#include <stdlib.h>

static int open_store(const struct callsvc_options *options, const struct outbox_plan *outbox,
                      struct store **ret)
{
    const struct store_options store = {
        .url = options->store,
        .rules = {.refuses_busy = options->busy == BUSY_REJECT,
                  .most_call_ms = options->max_call_seconds * 1000,
                  .live_calls_most = options->live_calls_per_uid,
                  .token_ms = options->token_seconds * 1000},
        .keep_ms = options->keep_days * 86400000,
        .now_ms = clock_wall_ms(),
        .outbox = outbox,
    };
    char problem[STORE_PROBLEM_MOST];
    int r = store_open(&store, ret, problem);

    if (r < 0)
        log_error("%s", problem);
    return r;
}

static int open_bus(const struct callsvc_options *options, struct service *service,
                    struct handlers *handlers, struct bus_server **ret)
{
    const struct bus_server_options bus = {
        .zmq_context = service_zmq(service),
        .curve = service_curve(service),
        .loop = service_loop(service),
        .service = "callsvc",
        .listen = options->listen,
        .is_plain_allowed = options->common.allow_plain_bus,
        .on_request = handlers_on_request,
        .context = handlers,
    };
    int r = bus_server_open(&bus, ret);

    return r < 0 ? log_failed(r, "listen at \"%s\" (DAPI_CALLSVC_LISTEN)", bus.listen) : 0;
}

static int open_events(const struct callsvc_options *options, struct service *service,
                       struct event_publisher **ret)
{
    const struct event_publisher_options events = {
        .zmq_context = service_zmq(service),
        .curve = service_curve(service),
        .loop = service_loop(service),
        .listen = options->events_listen,
        .is_plain_allowed = options->common.allow_plain_bus,
    };
    int r = event_publisher_open(&events, ret);

    return r < 0 ? log_failed(r, "listen at \"%s\" (DAPI_CALLSVC_EVENTS_LISTEN)",
                              options->events_listen)
                 : 0;
}

static int open_lane(const struct outbox_settings *settings, struct service *service,
                     struct lane **ret)
{
    int r = settings ? lane_open(&settings->lane, service_loop(service), ret) : 0;

    return r < 0 ? log_failed(r, "start the outbox's thread") : 0;
}

struct parts {
    struct handlers *handlers;
    struct outbox *outbox;
    struct bus_server *bus;
};

static const char *why_not_ready(void *context)
{
    return handlers_why_not_ready(((struct parts *)context)->handlers);
}

static void on_drain(void *context)
{
    bus_server_set_ready(((struct parts *)context)->bus, false);
    outbox_drain(((struct parts *)context)->outbox);
}

static bool has_work(void *context)
{
    const struct parts *parts = context;

    return bus_server_in_hand(parts->bus) > 0 || outbox_in_hand(parts->outbox) > 0;
}

int main(int argc, char **argv)
{
    struct callsvc_options options = { 0 };
    const struct service_options common = { callsvc_option_table(), &options };
    AUTO(service_freep) struct service *service = NULL;
    AUTO(outbox_settings_freep) struct outbox_settings *settings = NULL;
    AUTO(store_freep) struct store *store = NULL;
    AUTO(lane_freep) struct lane *lane = NULL;
    AUTO(outbox_freep) struct outbox *outbox = NULL;
    AUTO(handlers_freep) struct handlers *handlers = NULL;
    AUTO(event_publisher_freep) struct event_publisher *events = NULL;
    AUTO(bus_server_freep) struct bus_server *bus = NULL;
    struct parts parts;
    int r = service_open(&common, argc, argv, &service);

    if (r != 0)
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    /* A file that may not grow is a full disk to the store, not an end of the process. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (outbox_settings_read(&options, &settings) < 0 ||
        open_store(&options, settings ? &settings->plan : NULL, &store) < 0 ||
        open_lane(settings, service, &lane) < 0)
        return EXIT_FAILURE;
    outbox = outbox_new(settings ? &settings->plan : NULL, store, lane);
    handlers = handlers_new(service_loop(service), store, outbox);
    if (open_bus(&options, service, handlers, &bus) < 0 ||
        open_events(&options, service, &events) < 0)
        return EXIT_FAILURE;
    handlers_start(handlers, bus, events);
    bus_server_set_ready(bus, true);
    log_info("calls are kept in %s, bus: %s, events: %s", options.store, bus_server_endpoint(bus),
             event_publisher_endpoint(events));
    parts = (struct parts){ handlers, outbox, bus };
    return service_run(service, &(struct service_parts){ .ready = why_not_ready,
                                                         .on_drain = on_drain,
                                                         .has_work = has_work,
                                                         .context = &parts });
}
