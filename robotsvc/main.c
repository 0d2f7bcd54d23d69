/* main.c - robotsvc: brings robots into channels, where they play recordings */
#include "common/bus_client.h"
#include "common/bus_server.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/service.h"
#include "robotsvc/beats.h"
#include "robotsvc/catalogue.h"
#include "robotsvc/crew.h"
#include "robotsvc/handlers.h"
#include "robotsvc/janus_secret.h"
#include "robotsvc/keeper.h"
#include "robotsvc/media_janus.h"
#include "robotsvc/options.h"
#include "robotsvc/rtp_address.h"
#include "robotsvc/sync.h"

#include <stdlib.h>
#include <string.h>

enum { MEDIA_NONE = 1 }; /* of the choices of DAPI_MEDIA */

/* What the functions below are given: all parts of the process. */
struct parts {
    struct robotsvc_options options;
    struct service *service;
    struct catalogue *catalogue;
    struct janus_secret janus_secret;
    char rtp_address[RTP_ADDRESS_MOST];
    struct media *media;
    struct bus_client *callsvc;
    struct crew *crew;
    struct sync *sync;
    struct handlers *handlers;
    struct bus_server *bus;
    struct keeper *keeper; /* NULL without a media plane */
    struct beats *beats;   /* the same */
    bool is_leaving;       /* nothing new is taken */
    bool has_left;         /* others were told to take the robots */
    bool is_alone;         /* and there are no others */
};

/* In reverse order of opening: each may still use those before it. */
static void free_parts(struct parts *parts)
{
    beats_free(parts->beats);
    keeper_free(parts->keeper);
    bus_server_free(parts->bus);
    handlers_free(parts->handlers);
    sync_free(parts->sync);
    crew_free(parts->crew);
    bus_client_free(parts->callsvc);
    media_free(parts->media);
    janus_secret_done(&parts->janus_secret);
    catalogue_free(parts->catalogue);
    service_free(parts->service);
}

static int open_catalogue(struct parts *parts)
{
    struct catalogue_fault fault = { .problem = "" };
    const char *folder = parts->options.audio_dir;
    int r = catalogue_open(folder, &parts->catalogue, &fault);

    if (r < 0)
        log_error("DAPI_AUDIO_DIR: %s%s%s %s: %s", folder, fault.file[0] ? "/" : "", fault.file,
                  fault.problem, strerror(-r));
    return r;
}

static void on_node(void *context, const char *node, bool is_there)
{
    struct parts *parts = context;

    if (is_there)
        log_info("Janus is there: %s", node);
    else
        log_warning("Janus is away: %s", node);
    keeper_take_node(parts->keeper, node);
    if (is_there) {
        crew_take_node(parts->crew, node);
        beats_take_node(parts->beats);
    }
}

static void on_entered(void *context, const char *channel, const char *uid)
{
    const struct parts *parts = context;

    keeper_take_entered(parts->keeper, channel, uid);
}

static int open_janus(struct parts *parts)
{
    const struct media_listener listener = {
        .on_entered = on_entered,
        .on_node = on_node,
        .context = parts,
    };
    const struct media_janus_options janus = {
        .loop = service_loop(parts->service),
        .urls = parts->options.janus,
        .api_secret = parts->janus_secret.text,
        .rtp_address = parts->rtp_address,
    };
    int r = janus_secret_read(parts->options.janus_secret_file, &parts->janus_secret);

    if (r < 0)
        return log_failed(r, "read a line of printable ASCII from \"%s\" (DAPI_JANUS_SECRET_FILE)",
                          parts->options.janus_secret_file);
    r = rtp_address_choose(parts->options.rtp_address, janus.urls, parts->rtp_address);
    if (r == 0)
        r = media_janus_open(&janus, &parts->media);
    if (r < 0)
        return log_failed(r, "begin with \"%s\" (DAPI_JANUS) from \"%s\" (DAPI_RTP_ADDRESS)",
                          janus.urls, parts->options.rtp_address);
    parts->media->plane->listen(parts->media, &listener);
    return 0;
}

/* No plane is a plane that is never there: robot verbs are refused. */
static int open_media(struct parts *parts)
{
    return parts->options.media == MEDIA_NONE ? 0 : open_janus(parts);
}

static int open_callsvc(struct parts *parts)
{
    const struct bus_client_options options = {
        .zmq_context = service_zmq(parts->service),
        .curve = service_curve(parts->service),
        .loop = service_loop(parts->service),
        .resolver = service_resolver(parts->service),
        .service = "callsvc",
        .endpoints = parts->options.callsvc,
    };
    int r = bus_client_open(&options, &parts->callsvc);

    return r < 0 ? log_failed(r, "ask \"%s\" (DAPI_CALLSVC)", options.endpoints) : 0;
}

static void close_media(struct parts *parts)
{
    if (parts->media)
        parts->media->plane->begin_close(parts->media);
}

/* The drain goes on when the last robot has left. */
static void on_empty(void *context)
{
    struct parts *parts = context;

    if (parts->is_leaving)
        close_media(parts);
}

static int open_crew(struct parts *parts)
{
    const struct crew_options options = {
        .loop = service_loop(parts->service),
        .media = parts->media,
        .callsvc = parts->callsvc,
        .on_empty = on_empty,
        .context = parts,
    };

    parts->crew = crew_new(&options);
    return 0;
}

static int open_sync(struct parts *parts)
{
    const struct sync_options options = {
        .zmq_context = service_zmq(parts->service),
        .curve = service_curve(parts->service),
        .loop = service_loop(parts->service),
        .resolver = service_resolver(parts->service),
        .endpoints = parts->options.callsvc_events,
        .callsvc = parts->callsvc,
        .crew = parts->crew,
    };
    int r = sync_open(&options, &parts->sync);

    return r < 0 ? log_failed(r, "hear \"%s\" (DAPI_CALLSVC_EVENTS)", options.endpoints) : 0;
}

static int open_bus(struct parts *parts)
{
    const struct handlers_options handlers = {
        .catalogue = parts->catalogue,
        .media = parts->media,
        .callsvc = parts->callsvc,
        .crew = parts->crew,
    };
    struct bus_server_options bus = {
        .zmq_context = service_zmq(parts->service),
        .curve = service_curve(parts->service),
        .loop = service_loop(parts->service),
        .service = "robotsvc",
        .listen = parts->options.listen,
        .is_plain_allowed = parts->options.common.allow_plain_bus,
        .on_request = handlers_on_request,
    };
    int r;

    bus.context = parts->handlers = handlers_new(&handlers);
    r = bus_server_open(&bus, &parts->bus);
    if (r < 0)
        return log_failed(r, "listen at \"%s\" (DAPI_ROBOTSVC_LISTEN)", bus.listen);
    handlers_set_bus(parts->handlers, parts->bus);
    return 0;
}

static int open_keeper(struct parts *parts)
{
    const struct keeper_options options = {
        .loop = service_loop(parts->service),
        .media = parts->media,
        .callsvc = parts->callsvc,
        .crew = parts->crew,
        .pause_ms = KEEPER_PAUSE_MS,
    };

    if (parts->media)
        parts->keeper = keeper_new(&options);
    return 0;
}

static int open_beats(struct parts *parts)
{
    const struct beats_options options = {
        .loop = service_loop(parts->service),
        .media = parts->media,
        .callsvc = parts->callsvc,
        .catalogue = parts->catalogue,
        .crew = parts->crew,
        .keeper = parts->keeper,
        .replica = bus_server_instance(parts->bus),
        .pause_ms = BEATS_PAUSE_MS,
    };

    if (parts->media)
        parts->beats = beats_new(&options);
    return 0;
}

/* Nobody is there to take the robots: the next robotsvc that starts adopts them. */
static void on_alone(void *context)
{
    ((struct parts *)context)->is_alone = true;
}

/* The process ends, and whoever waited for a robot has it: others may have them now. A robot plays
 * on here until it is told that another has its place. */
static void hand_over(struct parts *parts)
{
    parts->has_left = true;
    beats_leave(parts->beats, on_alone, parts);
}

static bool flush_bus(void *context)
{
    struct parts *parts = context;
    bool has_replied = bus_server_flush(parts->bus);

    if (parts->is_leaving && parts->beats && !parts->has_left &&
        bus_server_in_hand(parts->bus) == 0)
        hand_over(parts);
    return bus_client_flush(parts->callsvc) || has_replied;
}

static const char *why_not_ready(void *context)
{
    const struct parts *parts = context;

    if (!bus_client_is_ready(parts->callsvc))
        return "callsvc is away";
    if (parts->media && !media_is_there(parts->media))
        return "Janus is away";
    return NULL;
}

/* Who asks learns of it with the next ping, and is served until then: that is what the linger is
 * for. */
static void on_drain(void *context)
{
    struct parts *parts = context;

    bus_server_set_ready(parts->bus, false);
}

static void on_linger_end(void *context)
{
    struct parts *parts = context;

    parts->is_leaving = true;
    handlers_begin_drain(parts->handlers);
    if (parts->media)
        keeper_stop(parts->keeper);
    if (crew_is_empty(parts->crew))
        close_media(parts);
}

static bool has_work(void *context)
{
    const struct parts *parts = context;
    bool has_robots = !crew_is_empty(parts->crew);

    return bus_server_in_hand(parts->bus) > 0 ||
           (!parts->is_alone && (has_robots || media_has_work(parts->media)));
}

/* In the order in which they need each other. */
static int open_parts(struct parts *parts)
{
    static int (*const steps[])(struct parts *) = {
        open_catalogue, open_media, open_callsvc, open_crew,
        open_sync,      open_bus,   open_keeper,  open_beats,
    };

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        int r = steps[i](parts);

        if (r < 0)
            return r;
    }
    return 0;
}

int main(int argc, char **argv)
{
    AUTO(free_parts) struct parts parts = { 0 };
    const struct service_options common = { robotsvc_option_table(), &parts.options };
    const struct service_parts running = {
        .ready = why_not_ready,
        .on_drain = on_drain,
        .on_linger_end = on_linger_end,
        .has_work = has_work,
        .context = &parts,
    };
    int r = service_open(&common, argc, argv, &parts.service);

    if (r != 0)
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (open_parts(&parts) < 0)
        return EXIT_FAILURE;
    loop_add_hook(service_loop(parts.service), flush_bus, NULL, &parts);
    bus_server_set_ready(parts.bus, true);
    log_info("%zu recordings, media: %s, bus: %s", catalogue_count(parts.catalogue),
             parts.media ? "Janus" : "none", bus_server_endpoint(parts.bus));
    return service_run(parts.service, &running);
}
