/* origin.c - keeps web pages from placing calls through an open gateway on loopback */
#include "gateway/origin.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_same(struct bytes a, struct bytes b)
{
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

static bool is_port(struct bytes text)
{
    const char *at = text.data;

    for (size_t i = 0; i < text.size; i++)
        if (at[i] < '0' || at[i] > '9')
            return false;
    return text.size <= 5;
}

/* The name of "name:port", "[address]:port" or "name"; { NULL, 0 } if it is none of them. */
static struct bytes host_name(struct bytes host)
{
    const char *start = host.data;
    const char *end = memchr(start, *start == '[' ? ']' : ':', host.size);
    size_t size;

    if (*start == '[')
        size = end ? (size_t)(end - start) + 1 : 0;
    else
        size = end ? (size_t)(end - start) : host.size;
    if (size == host.size)
        return host;
    if (start[size] != ':' || !is_port((struct bytes){ start + size + 1, host.size - size - 1 }))
        return (struct bytes){ NULL, 0 };
    return (struct bytes){ start, size };
}

static bool is_loopback(struct bytes host)
{
    struct bytes name = host.size > 0 ? host_name(host) : host;
    char text[INET_ADDRSTRLEN];
    struct in_addr address;

    if (name.size == 0)
        return false;
    if (is_same(name, (struct bytes){ "localhost", 9 }) ||
        is_same(name, (struct bytes){ "[::1]", 5 }))
        return true;
    if (name.size >= sizeof text)
        return false;
    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool is_of_host(struct bytes origin, struct bytes host)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t length = strlen(schemes[i]);

        if (origin.size > length && strncasecmp(origin.data, schemes[i], length) == 0)
            return is_same(
                (struct bytes){ (const char *)origin.data + length, origin.size - length }, host);
    }
    return false;
}

static bool is_listed(struct bytes origin, const char *list)
{
    while (*list) {
        size_t size = strcspn(list, ", ");

        if (size > 0 && is_same(origin, (struct bytes){ list, size }))
            return true;
        list += size;
        list += strspn(list, ", ");
    }
    return false;
}

/* It is sent back in a header. */
static bool is_visible(struct bytes text)
{
    const char *at = text.data;

    for (size_t i = 0; i < text.size; i++)
        if (at[i] <= ' ' || at[i] > '~')
            return false;
    return text.size > 0;
}

bool origin_may_read(struct bytes host, struct bytes origin, const char *allowed)
{
    return is_visible(origin) && (is_of_host(origin, host) || is_listed(origin, allowed));
}

bool origin_is_allowed(bool is_on_loopback, struct bytes host, struct bytes origin,
                       const char *allowed)
{
    if (is_on_loopback && !is_loopback(host))
        return false;
    return !origin.data || is_of_host(origin, host) || is_listed(origin, allowed);
}
