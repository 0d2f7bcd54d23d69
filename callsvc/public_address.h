/* public_address.h - whether an address is one of the open internet. Pure. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* False of loopback, private, link-local, shared, multicast, documentation and all other ranges
 * that are not for everybody, also where IPv6 carries such an IPv4 address; and of what is no IP
 * address. */
bool is_public_address(const struct sockaddr *address);
