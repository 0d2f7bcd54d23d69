/* rtc_load.c - many light WebRTC clients in one process, to load Janus with
 *
 * rtc_load ADDRESS FRAMES: clients' sockets are on ADDRESS; FRAMES is a file of Opus frames, each
 * after its length in two bytes. It says "fingerprint SHA-256" and then takes commands, a line
 * each; CLIENT is a number that the asker chooses, below 4096:
 *
 *   open CLIENT          says "opened CLIENT USER PASSWORD PORT SSRC"
 *   connect CLIENT USER PASSWORD ADDRESS PORT TYPE   what the answer said; TYPE 0: it only listens
 *   lose CLIENT SHARE    leave out this share (0 to 1) of what it sends
 *   close CLIENT         with a goodbye; then it is gone
 *   kill CLIENT          without one
 *   count                says "client CLIENT UP_AT CLOSED SENT LATE RECEIVED MISSING BACKWARDS BAD
 *                        FIRST_AT…" of each, then "counted"; counts begin again. Times are steady
 *                        seconds, 0 for not yet; FIRST_AT: of each stream's first packet
 *   quit                 as the end of the input */
#include "client.h"
#include "secure.h"

#include "common/memory.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS_MOST = 4096,
    COMMANDS = CLIENTS_MOST, /* in epoll's data: not a client, the input */
    EVENTS = 256,
    TURN_MS = 1,
    LINE_MOST = 512,
};

static struct client *clients[CLIENTS_MOST];
static struct frames frames;
static const char *address;
static int epoll;

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool read_frames(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint16_t length;

    while (file && fread(&length, sizeof length, 1, file) == 1) {
        struct frame frame = { .length = ntohs(length) };

        if (frame.length > FRAME_MOST || fread(frame.bytes, frame.length, 1, file) != 1)
            break;
        frames.each = must_resize(frames.each, frames.count + 1, sizeof frame);
        frames.each[frames.count++] = frame;
    }
    if (file)
        fclose(file);
    return frames.count > 0;
}

static void watch(int descriptor, uint32_t data)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = data };

    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static void open_client(unsigned number, const char *rest)
{
    struct client *client = client_new(address, &frames);

    (void)rest;
    client_free(clients[number]);
    clients[number] = client;
    if (!client)
        return;
    watch(client_descriptor(client), number);
    printf("opened %u %s %s %d %u\n", number, client_user(client), client_password(client),
           client_port(client), client_ssrc(client));
}

static void connect_client(unsigned number, const char *rest)
{
    struct client_peer peer = { 0 };

    if (clients[number] && sscanf(rest, "%159s %159s %159s %d %d", peer.user, peer.password,
                                  peer.address, &peer.port, &peer.payload_type) == 5)
        (void)client_connect(clients[number], &peer);
}

static void lose_packets(unsigned number, const char *rest)
{
    if (clients[number])
        client_lose(clients[number], strtod(rest, NULL));
}

static void kill_client(unsigned number, const char *rest)
{
    (void)rest;
    client_free(clients[number]);
    clients[number] = NULL;
}

static void close_client(unsigned number, const char *rest)
{
    if (clients[number])
        client_close(clients[number]);
    kill_client(number, rest);
}

static void say_counts(void)
{
    for (unsigned number = 0; number < CLIENTS_MOST; number++) {
        const struct client_counts *counts;

        if (!clients[number])
            continue;
        counts = client_counts(clients[number]);
        printf("client %u %.6f %d %lu %lu %lu %lu %lu %lu", number, counts->up_at,
               counts->is_closed, counts->sent, counts->late, counts->streams.received,
               counts->streams.missing, counts->streams.backwards, counts->bad);
        for (size_t i = 0; i < counts->streams.count; i++)
            printf(" %.6f", counts->streams.each[i].first_at);
        puts("");
        client_forget(clients[number]);
    }
    puts("counted");
}

static const struct {
    const char *name;
    void (*run)(unsigned number, const char *rest);
} commands[] = {
  // clang-format off
    { "open",    open_client },
    { "connect", connect_client },
    { "lose",    lose_packets },
    { "close",   close_client },
    { "kill",    kill_client },
  // clang-format on
};

/* False if it was the last. */
static bool run_command(const char *line)
{
    char name[16] = "";
    unsigned number = CLIENTS_MOST;
    int length = 0;

    if (sscanf(line, "%15s %n%u%n", name, &length, &number, &length) < 1)
        return true;
    if (strcmp(name, "count") == 0)
        say_counts();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0 && number < CLIENTS_MOST)
            commands[i].run(number, line + length);
    return strcmp(name, "quit") != 0;
}

/* False when there will be no more. */
static bool read_commands(void)
{
    static char text[64 * LINE_MOST];
    static size_t length;
    ssize_t count = read(STDIN_FILENO, text + length, sizeof text - length - 1);
    char *line = text;
    bool goes_on = count > 0;

    length += goes_on ? (size_t)count : 0;
    text[length] = '\0';
    for (char *end; goes_on && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        goes_on = run_command(line);
    }
    length -= (size_t)(line - text);
    memmove(text, line, length);
    fflush(stdout);
    return goes_on;
}

static bool turn(void)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, TURN_MS);
    double now = now_seconds();

    for (int i = 0; i < count; i++)
        if (events[i].data.u32 != COMMANDS && clients[events[i].data.u32])
            client_read(clients[events[i].data.u32], now);
    for (unsigned number = 0; number < CLIENTS_MOST; number++)
        if (clients[number])
            client_tick(clients[number], now);
    for (int i = 0; i < count; i++)
        if (events[i].data.u32 == COMMANDS && !read_commands())
            return false;
    return true;
}

int main(int count, char **arguments)
{
    char fingerprint[SECURE_FINGERPRINT_MOST];

    if (count != 3 || !read_frames(arguments[2]) || !secure_open(fingerprint)) {
        fputs("usage: rtc_load ADDRESS FRAMES\n", stderr);
        return EXIT_FAILURE;
    }
    address = arguments[1];
    epoll = epoll_create1(EPOLL_CLOEXEC);
    printf("fingerprint %s\n", fingerprint);
    fflush(stdout);
    watch(STDIN_FILENO, COMMANDS);
    while (turn())
        continue;
    for (unsigned number = 0; number < CLIENTS_MOST; number++)
        client_free(clients[number]);
    free(frames.each);
    return EXIT_SUCCESS;
}
