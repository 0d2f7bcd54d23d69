/* endpoint.c - reads lists of ZeroMQ endpoints and looks their hosts up */
#include "common/endpoint.h"

#include "common/memory.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TCP "tcp://"
#define IPC "ipc://"

enum {
    ENDPOINT_MOST = 320, /* a DNS name has at most 253 bytes, a socket's path 107 */
    PORT_MOST = 65535,
};

void endpoint_set_add(struct endpoint_set *set, const char *text)
{
    size_t place = 0;

    while (place < set->count && strcmp(set->texts[place], text) < 0)
        place++;
    if (place < set->count && strcmp(set->texts[place], text) == 0)
        return;
    set->texts = must_resize(set->texts, set->count + 1, sizeof(char *));
    memmove(set->texts + place + 1, set->texts + place, (set->count - place) * sizeof(char *));
    set->texts[place] = must_copy(text);
    set->count++;
}

void endpoint_set_done(struct endpoint_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->texts[i]);
    free(set->texts);
    *set = (struct endpoint_set){ 0 };
}

int endpoint_set_compare(const struct endpoint_set *a, const struct endpoint_set *b)
{
    int order = a->count < b->count ? -1 : a->count > b->count;

    for (size_t i = 0; order == 0 && i < a->count; i++)
        order = strcmp(a->texts[i], b->texts[i]);
    return order;
}

static bool is_address(int family, const char *host)
{
    struct in6_addr address; /* the larger of the two */

    return inet_pton(family, host, &address) == 1;
}

static bool is_port(const char *text)
{
    int64_t port;

    return text_to_int64(text, strlen(text), &port) && port > 0 && port <= PORT_MOST;
}

/* "host:port", "1.2.3.4:port" or "[::1]:port", behind tcp://. */
static int read_tcp(const char *address, struct endpoint *endpoint)
{
    const char *colon = strrchr(address, ':');
    AUTO(free_memory) char *host = NULL;
    size_t length;

    if (!colon || colon == address || !is_port(colon + 1))
        return -EINVAL;
    host = must_copy(address);
    length = (size_t)(colon - address);
    host[length] = '\0';
    if (host[0] == '[') {
        if (host[length - 1] != ']')
            return -EINVAL;
        host[length - 1] = '\0';
        return is_address(AF_INET6, host + 1) ? 0 : -EINVAL;
    }
    if (strpbrk(host, ":/*[]"))
        return -EINVAL;
    if (!is_address(AF_INET, host)) {
        endpoint->host = TAKE(host);
        endpoint->port = must_copy(colon + 1);
    }
    return 0;
}

static int read_endpoint(const char *text, size_t length, struct endpoint *endpoint)
{
    if (length > ENDPOINT_MOST)
        return -EINVAL;
    endpoint->text = must_format("%.*s", (int)length, text);
    if (strncmp(endpoint->text, TCP, strlen(TCP)) == 0)
        return read_tcp(endpoint->text + strlen(TCP), endpoint);
    if (strncmp(endpoint->text, IPC, strlen(IPC)) == 0 && length > strlen(IPC))
        return 0;
    return -EINVAL;
}

int endpoints_read(const char *list, struct endpoint **ret, size_t *ret_count)
{
    struct endpoint *endpoints = NULL;
    size_t count = 0;
    int r = 0;

    for (const char *at = list; r == 0 && *(at += strspn(at, ", ")); at += strcspn(at, ", ")) {
        endpoints = must_resize(endpoints, count + 1, sizeof *endpoints);
        endpoints[count] = (struct endpoint){ 0 };
        r = read_endpoint(at, strcspn(at, ", "), &endpoints[count++]);
    }
    if (r < 0 || count == 0) {
        endpoints_free(endpoints, count);
        return -EINVAL;
    }
    *ret = endpoints;
    *ret_count = count;
    return 0;
}

void endpoints_free(struct endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(endpoints[i].text);
        free(endpoints[i].host);
        free(endpoints[i].port);
    }
    free(endpoints);
}

static void add_address(const struct addrinfo *info, const char *port, struct endpoint_set *set)
{
    AUTO(free_memory) char *text = NULL;
    char host[NI_MAXHOST];
    bool is_six = info->ai_family == AF_INET6;

    if (getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST))
        return;
    text = must_format(is_six ? TCP "[%s]:%s" : TCP "%s:%s", host, port);
    endpoint_set_add(set, text);
}

int endpoint_look_up(const char *host, const char *port, struct endpoint_set *ret)
{
    static const struct addrinfo wanted = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;

    if (getaddrinfo(host, NULL, &wanted, &found) != 0)
        return -ENOENT;
    for (const struct addrinfo *info = found; info; info = info->ai_next)
        add_address(info, port, ret);
    freeaddrinfo(found);
    return ret->count ? 0 : -ENOENT;
}
