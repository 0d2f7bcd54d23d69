/* client.h - a light WebRTC client: ICE with one candidate as the controlling side, DTLS-SRTP, and
 * Opus frames at 50 packets a second */
#pragma once

#include "streams.h"

#include <stdbool.h>

enum { CLIENT_NAME_MOST = 160, FRAME_MOST = 600 };

/* What all clients speak, over and over. */
struct frames {
    struct frame {
        uint8_t bytes[FRAME_MOST];
        size_t length;
    } * each;
    size_t count;
};

struct client;

/* A socket on a free port of that address (IPv4), or NULL. The frames must outlive it. */
struct client *client_new(const char *address, const struct frames *frames);
void client_free(struct client *client); /* without a goodbye; NULL is fine */

/* For its offer. */
const char *client_user(const struct client *client);
const char *client_password(const struct client *client);
uint32_t client_ssrc(const struct client *client);
int client_port(const struct client *client);
int client_descriptor(const struct client *client);

/* What the answer said. */
struct client_peer {
    char user[CLIENT_NAME_MOST];
    char password[CLIENT_NAME_MOST];
    char address[CLIENT_NAME_MOST];
    int port;
    int payload_type; /* 0: it only listens */
};

/* Begin to connect, and to speak once connected. False if the address is none. */
bool client_connect(struct client *client, const struct client_peer *peer);

/* Of what it sends, leave out this share. */
void client_lose(struct client *client, double share);

/* Say goodbye. */
void client_close(struct client *client);

/* Read all that has come; do all that is due. */
void client_read(struct client *client, double now);
void client_tick(struct client *client, double now);

struct client_counts {
    double up_at;   /* steady seconds; 0: not yet */
    bool is_closed; /* the other side said goodbye */
    uint64_t sent;
    uint64_t late; /* sent more than 40 ms after its time */
    uint64_t bad;  /* received, but not to be decrypted */
    struct streams streams;
};

const struct client_counts *client_counts(const struct client *client);
void client_forget(struct client *client); /* count from 0 again; streams go on */
