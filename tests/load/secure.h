/* secure.h - DTLS-SRTP: the handshake as its server, then RTP under its keys */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SECURE_PACKET_MOST = 1500,
    SECURE_FINGERPRINT_MOST = 96, /* text of a SHA-256 fingerprint */
};

/* The certificate of all connections; made once, before the first. False if OpenSSL or libsrtp
 * fail. */
bool secure_open(char fingerprint[SECURE_FINGERPRINT_MOST]);

struct secure;

struct secure *secure_new(void);
void secure_free(struct secure *secure); /* NULL is fine */

/* A datagram of DTLS came. True once the handshake is done. */
bool secure_feed(struct secure *secure, const uint8_t *datagram, size_t length);
bool secure_is_done(const struct secure *secure);

/* It may be time to repeat what was lost. */
void secure_tick(struct secure *secure);

/* Say goodbye: something to take afterwards. */
void secure_close(struct secure *secure);

/* The next datagram to be sent; its length, or 0. */
size_t secure_take(struct secure *secure, uint8_t datagram[SECURE_PACKET_MOST]);

/* Encrypt RTP in place, which has room for the tag; decrypt it. False if it is not good. */
bool secure_protect(struct secure *secure, uint8_t *packet, size_t *length);
bool secure_unprotect(struct secure *secure, uint8_t *packet, size_t *length);
