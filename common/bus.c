/* bus.c - the small rules of the bus: what traces look like, where it may listen, instances' names
 */
#include "common/bus.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* Skip `count` lower-case hex digits; NULL if they are none or, where asked, all zero. */
static const char *skip_hex(const char *at, int count, bool may_be_zero)
{
    bool is_zero = true;

    for (int i = 0; i < count; i++, at++) {
        if (!((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f')))
            return NULL;
        is_zero = is_zero && *at == '0';
    }
    return is_zero && !may_be_zero ? NULL : at;
}

bool bus_is_traceparent(const char *text, size_t length)
{
    const char *at = text;

    if (length != TRACEPARENT_LENGTH || memcmp(at, "00-", 3) != 0)
        return false;
    if (!(at = skip_hex(at + 3, 32, false)) || *at++ != '-')
        return false;
    if (!(at = skip_hex(at, 16, false)) || *at++ != '-')
        return false;
    return skip_hex(at, 2, true) != NULL;
}

/* "127.0.0.1", "[::1]", "localhost": not an interface's name, which may change its addresses. */
static bool is_loopback(const char *host, size_t length)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;

    if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        host++;
        length -= 2;
    }
    if (length >= sizeof text)
        return false;
    *(char *)mempcpy(text, host, length) = '\0';
    if (inet_pton(AF_INET, text, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, text, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcmp(text, "localhost") == 0;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int bus_check_listen(const char *endpoint, bool is_plain_allowed)
{
    static const char tcp[] = "tcp://";
    const char *port;

    if (is_plain_allowed || has_prefix(endpoint, "ipc://") || has_prefix(endpoint, "inproc://"))
        return 0;
    port = strrchr(endpoint, ':');
    if (!has_prefix(endpoint, tcp) || port < endpoint + strlen(tcp))
        return -EACCES;
    return is_loopback(endpoint + strlen(tcp), (size_t)(port - endpoint) - strlen(tcp)) ? 0
                                                                                        : -EACCES;
}

void bus_make_instance(char ret[BUS_INSTANCE_LENGTH + 1])
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    enum { LETTERS = sizeof alphabet - 1, FAIR = 256 - 256 % LETTERS };

    for (size_t i = 0; i < BUS_INSTANCE_LENGTH;) {
        unsigned char byte;

        random_bytes(&byte, 1);
        if (byte < FAIR)
            ret[i++] = alphabet[byte % LETTERS];
    }
    ret[BUS_INSTANCE_LENGTH] = '\0';
}
