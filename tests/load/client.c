/* client.c - a light WebRTC client */
#include "client.h"

#include "secure.h"
#include "stun.h"

#include "common/memory.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_SECONDS   0.02
#define LATE_SECONDS    0.04
#define CHECK_SECONDS   0.05 /* between connectivity checks until one is answered … */
#define CONSENT_SECONDS 2.5  /* … and then */

enum {
    USER_BYTES = 4, /* written in hexadecimal */
    PASSWORD_BYTES = 16,
    SAMPLES_A_FRAME = 960,
    RECEIVE_BYTES = 1 << 20,
};

struct client {
    int descriptor;
    char user[2 * USER_BYTES + 1];
    char password[2 * PASSWORD_BYTES + 1];
    const struct frames *frames;
    struct sockaddr_in to;
    char check_user[STUN_USER_MOST];
    char check_password[CLIENT_NAME_MOST];
    bool is_connecting;
    struct secure *secure; /* once a check was answered */
    double check_at;
    double frame_at;
    double lost_share;
    uint32_t ssrc;
    uint32_t timestamp;
    uint16_t number;
    uint8_t payload_type;
    struct client_counts counts;
};

static void write_random(char *text, size_t bytes)
{
    uint8_t random[PASSWORD_BYTES];

    RAND_bytes(random, (int)bytes);
    for (size_t i = 0; i < bytes; i++)
        sprintf(text + 2 * i, "%02x", random[i]);
}

static int open_socket(const char *address)
{
    struct sockaddr_in local = { .sin_family = AF_INET };
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int bytes = RECEIVE_BYTES;

    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (inet_pton(AF_INET, address, &local.sin_addr) == 1 &&
        bind(descriptor, (struct sockaddr *)&local, sizeof local) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

struct client *client_new(const char *address, const struct frames *frames)
{
    int descriptor = open_socket(address);
    struct client *client;

    if (descriptor < 0)
        return NULL;
    client = must_alloc(1, sizeof *client);
    client->descriptor = descriptor;
    client->frames = frames;
    write_random(client->user, USER_BYTES);
    write_random(client->password, PASSWORD_BYTES);
    RAND_bytes((uint8_t *)&client->ssrc, sizeof client->ssrc);
    RAND_bytes((uint8_t *)&client->timestamp, sizeof client->timestamp);
    return client;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    secure_free(client->secure);
    close(client->descriptor);
    free(client);
}

const char *client_user(const struct client *client)
{
    return client->user;
}

const char *client_password(const struct client *client)
{
    return client->password;
}

uint32_t client_ssrc(const struct client *client)
{
    return client->ssrc;
}

int client_port(const struct client *client)
{
    struct sockaddr_in local = { 0 };
    socklen_t size = sizeof local;

    getsockname(client->descriptor, (struct sockaddr *)&local, &size);
    return ntohs(local.sin_port);
}

int client_descriptor(const struct client *client)
{
    return client->descriptor;
}

bool client_connect(struct client *client, const struct client_peer *peer)
{
    client->to =
        (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)peer->port) };
    if (inet_pton(AF_INET, peer->address, &client->to.sin_addr) != 1)
        return false;
    snprintf(client->check_user, sizeof client->check_user, "%s:%s", peer->user, client->user);
    snprintf(client->check_password, sizeof client->check_password, "%s", peer->password);
    client->payload_type = (uint8_t)peer->payload_type;
    client->is_connecting = true;
    return true;
}

void client_lose(struct client *client, double share)
{
    client->lost_share = share;
}

/* True unless it is left out. */
static bool send_to(const struct client *client, const struct sockaddr_in *to,
                    const uint8_t *packet, size_t length)
{
    return drand48() >= client->lost_share && sendto(client->descriptor, packet, length, 0,
                                                     (const struct sockaddr *)to, sizeof *to) >= 0;
}

static void send_secure(struct client *client)
{
    uint8_t datagram[SECURE_PACKET_MOST];

    for (size_t length; (length = secure_take(client->secure, datagram)) > 0;)
        send_to(client, &client->to, datagram, length);
}

void client_close(struct client *client)
{
    if (client->secure) {
        secure_close(client->secure);
        send_secure(client);
    }
}

static void on_stun(struct client *client, const uint8_t *message, int type,
                    const struct sockaddr_in *from)
{
    uint8_t answer[STUN_MOST];

    if (type == STUN_REQUEST)
        send_to(client, from, answer, stun_write_response(answer, message, from, client->password));
    else if (type == STUN_RESPONSE && client->is_connecting && !client->secure)
        client->secure = secure_new();
}

static void on_secure(struct client *client, const uint8_t *datagram, size_t length, double now)
{
    enum { ALERT = 21 };

    if (!client->secure)
        return;
    if (secure_feed(client->secure, datagram, length) && client->counts.up_at == 0) {
        client->counts.up_at = now;
        /* Not all at the same instant: that is not how calls are. */
        client->frame_at = now + drand48() * FRAME_SECONDS;
    }
    client->counts.is_closed |= client->counts.up_at > 0 && datagram[0] == ALERT;
    send_secure(client);
}

static void on_rtp(struct client *client, uint8_t *packet, size_t length, double now)
{
    bool is_rtcp = packet[1] >= 192 && packet[1] <= 223; /* RFC 5761 section 4 */

    if (is_rtcp || length <= RTP_HEADER || !client->secure || !secure_is_done(client->secure))
        return;
    if (secure_unprotect(client->secure, packet, &length))
        streams_count(&client->counts.streams, packet, length, now);
    else
        client->counts.bad++;
}

/* Which is which: RFC 7983. */
void client_read(struct client *client, double now)
{
    uint8_t packet[SECURE_PACKET_MOST];
    struct sockaddr_in from;
    socklen_t size = sizeof from;

    for (ssize_t length; (length = recvfrom(client->descriptor, packet, sizeof packet, 0,
                                            (struct sockaddr *)&from, &size)) > 1;) {
        int type = stun_type(packet, (size_t)length);

        if (type >= 0)
            on_stun(client, packet, type, &from);
        else if (packet[0] >= 20 && packet[0] < 64)
            on_secure(client, packet, (size_t)length, now);
        else if (packet[0] >= 128)
            on_rtp(client, packet, (size_t)length, now);
    }
}

static void check(struct client *client, double now)
{
    uint8_t request[STUN_MOST];

    send_to(client, &client->to, request,
            stun_write_request(request, client->check_user, client->check_password));
    client->check_at = now + (client->secure ? CONSENT_SECONDS : CHECK_SECONDS);
}

static void speak(struct client *client, double now)
{
    const struct frame *frame = &client->frames->each[client->number % client->frames->count];
    uint8_t packet[SECURE_PACKET_MOST] = { 0x80, client->payload_type };
    uint16_t number = htons(client->number++);
    uint32_t timestamp = htonl(client->timestamp), ssrc = htonl(client->ssrc);
    size_t length = RTP_HEADER + frame->length;

    memcpy(packet + 2, &number, sizeof number);
    memcpy(packet + 4, &timestamp, sizeof timestamp);
    memcpy(packet + 8, &ssrc, sizeof ssrc);
    memcpy(packet + RTP_HEADER, frame->bytes, frame->length);
    client->timestamp += SAMPLES_A_FRAME;
    client->counts.late += now > client->frame_at + LATE_SECONDS;
    client->frame_at += FRAME_SECONDS;
    client->counts.sent += secure_protect(client->secure, packet, &length) &&
                           send_to(client, &client->to, packet, length);
}

void client_tick(struct client *client, double now)
{
    if (!client->is_connecting || client->counts.is_closed)
        return;
    if (now >= client->check_at) {
        check(client, now);
        if (client->secure) {
            secure_tick(client->secure);
            send_secure(client);
        }
    }
    while (client->payload_type && client->counts.up_at > 0 && now >= client->frame_at)
        speak(client, now);
}

const struct client_counts *client_counts(const struct client *client)
{
    return &client->counts;
}

void client_forget(struct client *client)
{
    client->counts.sent = client->counts.late = client->counts.bad = 0;
    client->counts.streams.received = client->counts.streams.missing = 0;
    client->counts.streams.backwards = 0;
}
