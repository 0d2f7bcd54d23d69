/* client_address.c - the address that a request comes from */
#include "gateway/client_address.h"

#include "gateway/header_value.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum { BITS = 128, BITS_BEFORE_IPV4 = 96, HOME_BYTES = 8 };

static const unsigned char ipv4_prefix[BITS_BEFORE_IPV4 / 8] = { [10] = 0xff, [11] = 0xff };

static bool is_ipv4(const struct client_address *address)
{
    return memcmp(address->bytes, ipv4_prefix, sizeof ipv4_prefix) == 0;
}

static void set_ipv4(struct client_address *ret, const void *bytes)
{
    memcpy(ret->bytes, ipv4_prefix, sizeof ipv4_prefix);
    memcpy(ret->bytes + sizeof ipv4_prefix, bytes, sizeof(struct in_addr));
}

void client_address_from_socket(const struct sockaddr *socket, struct client_address *ret)
{
    *ret = (struct client_address){ { 0 } };
    if (socket && socket->sa_family == AF_INET)
        set_ipv4(ret, &((const struct sockaddr_in *)(const void *)socket)->sin_addr);
    else if (socket && socket->sa_family == AF_INET6)
        memcpy(ret->bytes, &((const struct sockaddr_in6 *)(const void *)socket)->sin6_addr,
               sizeof ret->bytes);
}

void client_address_text(const struct client_address *address, char ret[CLIENT_ADDRESS_TEXT_MOST])
{
    if (is_ipv4(address))
        inet_ntop(AF_INET, address->bytes + sizeof ipv4_prefix, ret, CLIENT_ADDRESS_TEXT_MOST);
    else
        inet_ntop(AF_INET6, address->bytes, ret, CLIENT_ADDRESS_TEXT_MOST);
}

static bool read_bare(struct bytes text, struct client_address *ret)
{
    char copy[CLIENT_ADDRESS_TEXT_MOST];
    struct in_addr ipv4;
    struct in6_addr ipv6;

    if (text.size == 0 || text.size >= sizeof copy || memchr(text.data, '\0', text.size))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (inet_pton(AF_INET, copy, &ipv4) == 1)
        set_ipv4(ret, &ipv4);
    else if (inet_pton(AF_INET6, copy, &ipv6) == 1)
        memcpy(ret->bytes, &ipv6, sizeof ret->bytes);
    else
        return false;
    return true;
}

static bool is_port(const char *start, size_t size)
{
    int64_t port;

    return size <= 5 && text_to_int64(start, size, &port) && port >= 0 && port <= UINT16_MAX;
}

bool client_address_read(struct bytes text, struct client_address *ret)
{
    const char *start = text.data;
    const char *end = start + text.size;
    const char *mark;

    if (text.size > 0 && *start == '[') {
        mark = memchr(start, ']', text.size);
        if (!mark ||
            (mark + 1 < end && (mark[1] != ':' || !is_port(mark + 2, (size_t)(end - mark - 2)))))
            return false;
        return memchr(start, ':', (size_t)(mark - start)) &&
               read_bare((struct bytes){ start + 1, (size_t)(mark - start - 1) }, ret);
    }
    mark = text.size > 0 ? memchr(start, ':', text.size) : NULL;
    if (mark && !memchr(mark + 1, ':', (size_t)(end - mark - 1))) {
        if (!is_port(mark + 1, (size_t)(end - mark - 1)))
            return false;
        text.size = (size_t)(mark - start);
    }
    return read_bare(text, ret);
}

void client_address_mask(struct client_address *address)
{
    if (!is_ipv4(address))
        memset(address->bytes + HOME_BYTES, 0, sizeof address->bytes - HOME_BYTES);
}

/* Whether the first `prefix` bits are the same. */
static bool is_of(const struct client_address *address, const struct network *network)
{
    size_t whole = network->prefix / 8;
    unsigned rest = network->prefix % 8;

    if (memcmp(address->bytes, network->address.bytes, whole) != 0)
        return false;
    return rest == 0 ||
           ((address->bytes[whole] ^ network->address.bytes[whole]) >> (8 - rest)) == 0;
}

static bool has_bits_beyond(const struct network *network)
{
    for (unsigned bit = network->prefix; bit < BITS; bit++)
        if (network->address.bytes[bit / 8] & 0x80 >> bit % 8)
            return true;
    return false;
}

static bool read_network(struct bytes text, struct network *ret)
{
    struct bytes address = header_take_part(&text, '/');
    int64_t prefix;
    int64_t most;

    if (!read_bare(address, &ret->address))
        return false;
    most = is_ipv4(&ret->address) ? BITS - BITS_BEFORE_IPV4 : BITS;
    if (text.data == (const char *)address.data + address.size) /* there was no slash */
        prefix = most;
    else if (!text_to_int64(text.data, text.size, &prefix) || prefix < 0 || prefix > most)
        return false;
    ret->prefix = (unsigned)(prefix + BITS - most);
    return !has_bits_beyond(ret);
}

int networks_read(const char *list, struct networks *ret)
{
    struct bytes rest = { list, strlen(list) };

    ret->count = 0;
    while (rest.size > 0) {
        struct bytes part = header_take_part(&rest, ',');

        if (part.size == 0)
            continue;
        if (ret->count == NETWORKS_MOST || !read_network(part, &ret->all[ret->count]))
            return -EINVAL;
        ret->count++;
    }
    return 0;
}

bool networks_hold(const struct networks *networks, const struct client_address *address)
{
    for (size_t i = 0; i < networks->count; i++)
        if (is_of(address, &networks->all[i]))
            return true;
    return false;
}

/* The last part between commas that is not empty. */
static bool take_last(struct bytes *list, struct bytes *ret)
{
    while (list->size > 0) {
        const char *start = list->data;
        const char *comma = memrchr(start, ',', list->size);
        size_t before = comma ? (size_t)(comma - start) : 0;
        size_t after = comma ? before + 1 : 0;

        *ret = header_trim((struct bytes){ start + after, list->size - after });
        list->size = before;
        if (ret->size > 0)
            return true;
    }
    return false;
}

void client_address_forward(const struct networks *trusted, struct bytes forwarded,
                            struct client_address *address)
{
    struct client_address next;
    struct bytes part;

    while (networks_hold(trusted, address) && take_last(&forwarded, &part) &&
           client_address_read(part, &next))
        *address = next;
}
