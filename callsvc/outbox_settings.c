/* outbox_settings.c - what callsvc's settings say of push services and webhooks */
#include "callsvc/outbox_settings.h"

#include "callsvc/signing.h"
#include "common/log.h"
#include "common/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MOST = 256 * 1024,
    APNS_IN_HAND = 400, /* few enough that a slow day at Apple's is no time-out */
    FCM_IN_HAND = 400,
    APPLE_ID_LENGTH = 10,
    APPLE_ID_MOST = 32,
};

static const char apns_production[] = "https://api.push.apple.com";
static const char apns_sandbox[] = "https://api.sandbox.push.apple.com";

/* A file whose content is secret. */
static int read_file(const char *name, const char *path, char **ret)
{
    int r = secret_read(path, FILE_MOST, ret);

    if (r < 0)
        log_error("%s: cannot read \"%s\": %s", name, path, strerror(-r));
    return r;
}

static bool is_url(const char *url)
{
    return (strncmp(url, "https://", 8) == 0 && url[8]) ||
           (strncmp(url, "http://", 7) == 0 && url[7]);
}

static int check_url(const char *name, const char *url)
{
    if (!is_url(url) || strpbrk(url, " \t\r\n\"\\")) {
        log_error("%s: \"%s\" is no URL: https://HOST[:PORT]", name, url);
        return -EINVAL;
    }
    if (url[4] != 's')
        log_warning("%s: \"%s\" is not encrypted: for trials only", name, url);
    return 0;
}

/* Without a slash at its end. */
static char *copy_url(const char *url, size_t length)
{
    while (length > 0 && url[length - 1] == '/')
        length--;
    return must_format("%.*s", (int)length, url);
}

/* One URL for both of Apple's environments, or two: production and sandbox. */
static int read_apns_urls(const char *given, struct outbox_settings *settings)
{
    size_t first = strcspn(given, " ");
    const char *second = given + first + strspn(given + first, " ");

    if (!*given) {
        settings->apns_urls[0] = must_copy(apns_production);
        settings->apns_urls[1] = must_copy(apns_sandbox);
        return 0;
    }
    settings->apns_urls[0] = copy_url(given, first);
    settings->apns_urls[1] =
        *second ? copy_url(second, strlen(second)) : must_copy(settings->apns_urls[0]);
    for (size_t i = 0; i < COUNT_OF(settings->apns_urls); i++) {
        int r = check_url("DAPI_APNS_URL", settings->apns_urls[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

static int check_apple_id(const char *name, const char *id)
{
    size_t length = strlen(id);

    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)id[i]))
            length = APPLE_ID_MOST + 1;
    if (length == 0 || length > APPLE_ID_MOST) {
        log_error("%s: \"%s\" is not an id of Apple's: 10 letters and digits", name, id);
        return -EINVAL;
    }
    if (length != APPLE_ID_LENGTH)
        log_warning("%s: \"%s\" does not have the 10 letters and digits of Apple's ids", name, id);
    return 0;
}

static int read_apns_key(const char *path, struct outbox_settings *settings)
{
    AUTO(secret_freep) char *pem = NULL;
    int r = read_file("DAPI_APNS_KEY_FILE", path, &pem);

    if (r < 0)
        return r;
    r = signing_key_read(pem, SIGNING_ES256, &settings->apns_key);
    if (r == -ENOTSUP)
        log_error("DAPI_APNS_KEY_FILE: \"%s\" holds a key that is not of Apple's kind (EC P-256)",
                  path);
    else if (r < 0)
        log_error("DAPI_APNS_KEY_FILE: \"%s\" does not parse as a private key (PEM)", path);
    return r;
}

static int read_apns(const struct callsvc_options *options, struct outbox_settings *settings)
{
    int r;

    if (!*options->apns_key_file) {
        if (!*options->apns_key_id && !*options->apns_team_id)
            return 0;
        log_error(
            "DAPI_APNS_KEY_FILE is missing, but DAPI_APNS_KEY_ID or DAPI_APNS_TEAM_ID is set");
        return -EINVAL;
    }
    r = check_apple_id("DAPI_APNS_KEY_ID", options->apns_key_id);
    if (r >= 0)
        r = check_apple_id("DAPI_APNS_TEAM_ID", options->apns_team_id);
    if (r >= 0)
        r = read_apns_urls(options->apns_url, settings);
    if (r >= 0)
        r = read_apns_key(options->apns_key_file, settings);
    if (r < 0)
        return r;
    settings->apns = (struct apns_settings){
        .key = settings->apns_key,
        .key_id = options->apns_key_id,
        .team_id = options->apns_team_id,
        .urls = {settings->apns_urls[0], settings->apns_urls[1]},
        .ca_file = options->push_ca_file,
        .missed_title = options->push_missed_title,
        .expires_with_ring = options->apns_expiration == APNS_EXPIRES_WITH_RING,
    };
    settings->lane.apns = &settings->apns;
    return 0;
}

static int read_fcm(const struct callsvc_options *options, struct outbox_settings *settings)
{
    const char *path = options->fcm_credentials_file;
    AUTO(secret_freep) char *text = NULL;
    const char *member = NULL;
    int r;

    if (!*path)
        return 0;
    r = check_url("DAPI_FCM_URL", options->fcm_url);
    if (r >= 0)
        r = read_file("DAPI_FCM_CREDENTIALS_FILE", path, &text);
    if (r < 0)
        return r;
    r = fcm_credentials_read((struct bytes){ text, strlen(text) }, &settings->fcm_credentials,
                             &member);
    if (r < 0 && !member)
        log_error("DAPI_FCM_CREDENTIALS_FILE: \"%s\" is not a JSON object", path);
    else if (r < 0)
        log_error("DAPI_FCM_CREDENTIALS_FILE: in \"%s\" %s is missing or does not parse", path,
                  member);
    if (r < 0)
        return r;
    settings->fcm_url = copy_url(options->fcm_url, strlen(options->fcm_url));
    settings->fcm = (struct fcm_settings){ .credentials = settings->fcm_credentials,
                                           .url = settings->fcm_url,
                                           .ca_file = options->push_ca_file };
    settings->lane.fcm = &settings->fcm;
    return check_url("DAPI_FCM_CREDENTIALS_FILE: token_uri", settings->fcm_credentials->token_url);
}

static int read_webhooks(const struct callsvc_options *options, struct outbox_settings *settings)
{
    const char *path = options->webhooks_file;
    AUTO(secret_freep) char *text = NULL;
    char problem[WEBHOOK_PROBLEM_MOST];
    int r;

    if (!*path)
        return 0;
    r = read_file("DAPI_WEBHOOKS_FILE", path, &text);
    if (r < 0)
        return r;
    r = webhook_settings_read((struct bytes){ text, strlen(text) }, &settings->webhooks, problem);
    if (r < 0)
        log_error("DAPI_WEBHOOKS_FILE: \"%s\": %s", path, problem);
    else if (settings->webhooks->count > 0)
        settings->lane.webhooks = settings->webhooks;
    return r;
}

static int check_ca(const struct callsvc_options *options)
{
    int r = *options->push_ca_file ? signing_check_certificates(options->push_ca_file) : 0;

    if (r == -EINVAL)
        log_error("DAPI_PUSH_CA_FILE: \"%s\" does not parse as a certificate (PEM)",
                  options->push_ca_file);
    else if (r < 0)
        log_error("DAPI_PUSH_CA_FILE: cannot read \"%s\": %s", options->push_ca_file, strerror(-r));
    return r;
}

static void make_plan(struct outbox_settings *settings)
{
    struct outbox_plan *plan = &settings->plan;

    snprintf(plan->queues[QUEUE_APNS].name, sizeof plan->queues->name, "apns");
    snprintf(plan->queues[QUEUE_FCM].name, sizeof plan->queues->name, "fcm");
    plan->queues[QUEUE_APNS].most_in_hand = settings->lane.apns ? APNS_IN_HAND : 0;
    plan->queues[QUEUE_FCM].most_in_hand = settings->lane.fcm ? FCM_IN_HAND : 0;
    plan->count = QUEUE_WEBHOOKS;
    for (size_t i = 0; settings->webhooks && i < settings->webhooks->count; i++) {
        const struct webhook_endpoint *endpoint = &settings->webhooks->endpoints[i];
        struct outbox_queue *queue = &plan->queues[plan->count++];

        snprintf(queue->name, sizeof queue->name, "webhook:%s", endpoint->name);
        queue->most_in_hand = endpoint->in_flight;
        queue->events = endpoint->events;
    }
}

int outbox_settings_read(const struct callsvc_options *options, struct outbox_settings **ret)
{
    AUTO(outbox_settings_freep) struct outbox_settings *settings = must_alloc(1, sizeof *settings);
    int r = check_ca(options);

    if (r >= 0)
        r = read_apns(options, settings);
    if (r >= 0)
        r = read_fcm(options, settings);
    if (r >= 0)
        r = read_webhooks(options, settings);
    if (r < 0)
        return r;
    settings->lane.ca_file = options->push_ca_file;
    if (settings->lane.apns || settings->lane.fcm || settings->lane.webhooks) {
        make_plan(settings);
        *ret = TAKE(settings);
    } else {
        *ret = NULL;
    }
    return 0;
}

struct outbox_settings *outbox_settings_free(struct outbox_settings *settings)
{
    if (!settings)
        return NULL;
    signing_key_free(settings->apns_key);
    fcm_credentials_free(settings->fcm_credentials);
    webhook_settings_free(settings->webhooks);
    for (size_t i = 0; i < COUNT_OF(settings->apns_urls); i++)
        free(settings->apns_urls[i]);
    free(settings->fcm_url);
    free(settings);
    return NULL;
}
