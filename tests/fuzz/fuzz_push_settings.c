/* fuzz_push_settings.c - service accounts, keys and webhooks' settings are read or refused */
/* links: callsvc */
/* The first byte chooses which. */
#include "callsvc/fcm_credentials.h"
#include "callsvc/webhook_settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void read_webhooks(struct bytes text)
{
    AUTO(webhook_settings_freep) struct webhook_settings *settings = NULL;
    char problem[WEBHOOK_PROBLEM_MOST] = "";

    if (webhook_settings_read(text, &settings, problem) < 0) {
        if (settings || !*problem || !memchr(problem, '\0', sizeof problem))
            abort();
        return;
    }
    for (size_t i = 0; i < settings->count; i++) {
        const struct webhook_endpoint *endpoint = &settings->endpoints[i];

        if (!*endpoint->name || endpoint->secrets[0].size < WEBHOOK_SECRET_LEAST ||
            endpoint->secrets[1].size > WEBHOOK_SECRET_MOST || endpoint->events == 0 ||
            strpbrk(endpoint->url, "\r\n "))
            abort();
    }
}

static void read_credentials(struct bytes text)
{
    AUTO(fcm_credentials_freep) struct fcm_credentials *credentials = NULL;
    const char *member = NULL;

    if (fcm_credentials_read(text, &credentials, &member) < 0) {
        if (credentials)
            abort();
        return;
    }
    if (!credentials->key || strpbrk(credentials->email, "\"\\"))
        abort();
}

static void read_key(struct bytes text)
{
    AUTO(signing_key_freep) struct signing_key *key = NULL;
    char *pem = strndup(text.data, text.size);

    (void)!signing_key_read(pem, SIGNING_ES256, &key);
    free(pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = { data + 1, size - 1 };

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'w': read_webhooks(text); break;
    case 'c': read_credentials(text); break;
    default: read_key(text); break;
    }
    return 0;
}
