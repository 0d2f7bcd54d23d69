/* stun.h - the two STUN messages that an ICE client needs (RFC 5389, RFC 8445) */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STUN_MOST = 320, /* bytes of what is written here */
    STUN_USER_MOST = 176,
    STUN_REQUEST = 0x0001,
    STUN_RESPONSE = 0x0101,
};

/* The type of a message, or -1 if it is none. */
int stun_type(const uint8_t *message, size_t length);

/* A binding request of the controlling side, which nominates at once. Returns its length. */
size_t stun_write_request(uint8_t message[STUN_MOST], const char *user, const char *password);

/* The answer to a request that came from there. Returns its length. */
size_t stun_write_response(uint8_t message[STUN_MOST], const uint8_t *request,
                           const struct sockaddr_in *from, const char *password);
