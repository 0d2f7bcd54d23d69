/* fuzz_client_address.c - X-Forwarded-For, whatever stands in it, and lists of networks */
/* links: gateway */
#include "gateway/client_address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is read is read again as it is shown. */
static void check_address(struct bytes text)
{
    char shown[CLIENT_ADDRESS_TEXT_MOST];
    struct client_address address;
    struct client_address again;

    if (!client_address_read(text, &address))
        return;
    client_address_text(&address, shown);
    if (!client_address_read((struct bytes){ shown, strlen(shown) }, &again) ||
        memcmp(&address, &again, sizeof address) != 0)
        abort();
}

/* Who is not trusted himself, or has one before him who is not, is where it ends. */
static void check_forwarded(struct bytes text)
{
    struct client_address stranger = {
        .bytes = {0x20, 0x01}
    };
    struct client_address proxy = { .bytes = { [15] = 1 } };
    struct client_address found = stranger;
    struct networks trusted;

    if (networks_read("::1, 10.0.0.0/8", &trusted) < 0)
        abort();
    client_address_forward(&trusted, text, &found);
    if (memcmp(&found, &stranger, sizeof found) != 0)
        abort();
    client_address_forward(&trusted, text, &proxy);
}

static void check_networks(struct bytes text)
{
    char *list = calloc(1, text.size + 1);
    struct networks networks;

    memcpy(list, text.data, text.size);
    if (networks_read(list, &networks) == 0)
        for (size_t i = 0; i < networks.count; i++)
            if (networks.all[i].prefix > 128 || !networks_hold(&networks, &networks.all[i].address))
                abort();
    free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = { data, size };

    check_address(text);
    check_forwarded(text);
    if (size > 0)
        check_networks(text);
    return 0;
}
