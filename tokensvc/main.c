/* main.c - tokensvc: signs the tokens with which clients enter a channel, and verifies them */
#include "common/bus_server.h"
#include "common/log.h"
#include "common/service.h"
#include "tokensvc/credentials.h"
#include "tokensvc/handlers.h"
#include "tokensvc/options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

static void warn_if_public(const char *setting, const char *path)
{
    struct stat status;

    if (*path && stat(path, &status) == 0 && (status.st_mode & S_IROTH))
        log_warning("every user of this machine can read the file that %s names", setting);
}

/* The app's tokens, or -errno after having said which setting is wrong. */
static int open_tokens(const struct tokensvc_options *options, struct access_tokens **ret)
{
    struct credentials *credentials;
    struct fault fault;
    int r = credentials_read(options->app_id, options->certificate_file,
                             options->certificate_previous_file, &credentials, &fault);

    if (r < 0) {
        log_error("%s %s", fault.field, fault.problem);
        return r;
    }
    warn_if_public("DAPI_APP_CERTIFICATE_FILE", options->certificate_file);
    warn_if_public("DAPI_APP_CERTIFICATE_PREVIOUS_FILE", options->certificate_previous_file);
    *ret = access_tokens_new(credentials);
    return 0;
}

static int open_bus(const struct tokensvc_options *options, struct service *service,
                    struct handlers *handlers, struct bus_server **ret)
{
    const struct bus_server_options bus = {
        .zmq_context = service_zmq(service),
        .curve = service_curve(service),
        .loop = service_loop(service),
        .service = "tokensvc",
        .listen = options->listen,
        .is_plain_allowed = options->common.allow_plain_bus,
        .on_request = handlers_on_request,
        .context = handlers,
    };
    int r = bus_check_listen(bus.listen, bus.is_plain_allowed || bus.curve);

    if (r < 0) {
        log_error("DAPI_TOKENSVC_LISTEN \"%s\" is not loopback, and the bus is not encrypted: "
                  "DAPI_CURVE_SECRET_FILE encrypts it, DAPI_ALLOW_PLAIN_BUS=1 allows it",
                  bus.listen);
        return r;
    }
    r = bus_server_open(&bus, ret);
    return r < 0 ? log_failed(r, "listen at \"%s\" (DAPI_TOKENSVC_LISTEN)", bus.listen) : 0;
}

static bool flush_bus(void *bus)
{
    return bus_server_flush(bus);
}

static void on_drain(void *bus)
{
    bus_server_set_ready(bus, false);
}

static bool has_work(void *bus)
{
    return bus_server_in_hand(bus) > 0;
}

int main(int argc, char **argv)
{
    struct tokensvc_options options = { 0 };
    AUTO(service_freep) struct service *service = NULL;
    AUTO(access_tokens_freep) struct access_tokens *tokens = NULL;
    AUTO(handlers_freep) struct handlers *handlers = NULL;
    AUTO(bus_server_freep) struct bus_server *bus = NULL;
    struct service_parts parts = { .on_drain = on_drain, .has_work = has_work };
    const struct service_options common = { tokensvc_option_table(), &options };
    enum access_token_version version;
    int r = service_open(&common, argc, argv, &service);

    if (r != 0)
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    version = (enum access_token_version)options.token_version;
    if (open_tokens(&options, &tokens) < 0)
        return EXIT_FAILURE;
    handlers = handlers_new(&(struct handlers_options){
        .tokens = tokens,
        .version = version,
        .token_seconds = options.token_seconds,
    });
    if (open_bus(&options, service, handlers, &bus) < 0)
        return EXIT_FAILURE;
    handlers_set_bus(handlers, bus);
    loop_add_hook(service_loop(service), flush_bus, NULL, bus);
    bus_server_set_ready(bus, true);
    log_info("signs tokens of version %s for %" PRId64 " s, bus: %s",
             access_token_version_name(version), options.token_seconds, bus_server_endpoint(bus));
    parts.context = bus;
    return service_run(service, &parts);
}
