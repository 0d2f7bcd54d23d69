/* client_address.h - the address that a request comes from, also when proxies stand before the
 * gateway */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <netinet/in.h>
#include <stdbool.h>

struct client_address {
    unsigned char bytes[16]; /* of IPv6; one of IPv4 as ::ffff:192.0.2.1 */
};

enum {
    CLIENT_ADDRESS_TEXT_MOST = INET6_ADDRSTRLEN,
    NETWORKS_MOST = 32,
};

/* Of another family: all zeros. */
void client_address_from_socket(const struct sockaddr *socket, struct client_address *ret);
void client_address_text(const struct client_address *address, char ret[CLIENT_ADDRESS_TEXT_MOST]);

/* "192.0.2.1", "192.0.2.1:1234", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:1234". */
bool client_address_read(struct bytes text, struct client_address *ret);

/* What one client is taken for: a home has a /64 of IPv6 at least. */
void client_address_mask(struct client_address *address);

struct network {
    struct client_address address;
    unsigned prefix; /* bits that count */
};

struct networks {
    struct network all[NETWORKS_MOST];
    size_t count;
};

/* "192.0.2.0/24, 2001:db8::/32, 127.0.0.1": 0, or -EINVAL: one of them is none, has bits beyond its
 * prefix, or there are more than NETWORKS_MOST. */
int networks_read(const char *list, struct networks *ret) MUST_CHECK;
bool networks_hold(const struct networks *networks, const struct client_address *address);

/* *address is the peer's. While it is a trusted proxy's, go on to the one for which that forwards:
 * the last of `forwarded` (X-Forwarded-For, several joined by commas) that was not looked at. What
 * stands before the first address that is not trusted was written by anybody. */
void client_address_forward(const struct networks *trusted, struct bytes forwarded,
                            struct client_address *address);
