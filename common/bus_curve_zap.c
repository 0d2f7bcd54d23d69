/* bus_curve_zap.c - the thread that lets clients in whose keys are listed, and reads the list */
#include "common/bus_curve_inside.h"

#include "common/bus_socket.h"
#include "common/clock.h"
#include "common/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LOOK_MS = 1000, /* at the file */
    SAY_MS = 10000, /* one line about refusals in this time */
    KEY_SHOWN = 8,  /* characters of a public key that the log shows */
};

/* Frames of a request, ZeroMQ RFC 27; more credentials than one frame are of another mechanism. */
enum { VERSION, REQUEST, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIALS, FRAMES };

/* Frames are cut to what any that is meant has: longer ones are never equal to it. */
struct question {
    char frames[FRAMES][64];
    size_t sizes[FRAMES];
    size_t count;
};

/* A request's frames; more than there should be are counted and dropped. */
static int receive_question(void *zap, struct question *ret)
{
    int more = 1;

    *ret = (struct question){ 0 };
    for (; more; ret->count++) {
        size_t place = ret->count < FRAMES ? ret->count : FRAMES - 1;
        size_t size = sizeof more;
        int n = zmq_recv(zap, ret->frames[place], sizeof ret->frames[place] - 1,
                         ret->count == 0 ? ZMQ_DONTWAIT : 0);

        if (n < 0)
            return -errno;
        ret->sizes[place] =
            (size_t)n < sizeof ret->frames[place] ? (size_t)n : sizeof ret->frames[place] - 1;
        if (zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &size) < 0)
            return -errno;
    }
    return 0;
}

static bool is_frame(const struct question *question, int frame, const char *text)
{
    return question->sizes[frame] == strlen(text) &&
           memcmp(question->frames[frame], text, strlen(text)) == 0;
}

/* Whether the client may come in; its key's text, "" where there is none. */
static bool judge(struct bus_curve *curve, const struct question *question,
                  char key[CURVE_KEY_LENGTH + 1])
{
    bool is_listed;

    key[0] = '\0';
    if (question->count != FRAMES || !is_frame(question, VERSION, "1.0") ||
        !is_frame(question, DOMAIN, CURVE_DOMAIN) || !is_frame(question, MECHANISM, "CURVE") ||
        question->sizes[CREDENTIALS] != CURVE_KEY_BYTES)
        return false;
    zmq_z85_encode(key, (const uint8_t *)question->frames[CREDENTIALS], CURVE_KEY_BYTES);
    pthread_mutex_lock(&curve->lock);
    is_listed = curve_keys_find(&curve->clients, key) != NULL;
    pthread_mutex_unlock(&curve->lock);
    return is_listed;
}

/* Refused is "for now" (300): libzmq closes the connection and the client comes again, by when it
 * may be listed. After 400 a client of libzmq would never come again. */
static void answer(void *zap, const struct question *question, bool is_listed, const char *key)
{
    const char *texts[] = { is_listed ? "200" : "300", is_listed ? "OK" : "unknown key",
                            is_listed ? key : "", "" };

    zmq_send(zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(zap, question->frames[REQUEST],
             question->count > REQUEST ? question->sizes[REQUEST] : 0, ZMQ_SNDMORE);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        zmq_send(zap, texts[i], strlen(texts[i]), i + 1 < COUNT_OF(texts) ? ZMQ_SNDMORE : 0);
}

/* Whoever is refused comes again, several times a second: the log hears of it now and then. */
static void say(struct bus_curve *curve, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(struct bus_curve *curve, const char *format, ...)
{
    int64_t now_ms = clock_steady_ms();
    char text[160];
    va_list arguments;

    curve->unsaid++;
    if (now_ms < curve->say_ms)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_warning("the bus refused %" PRIu64 " connections since it last said so; this one %s",
                curve->unsaid, text);
    curve->unsaid = 0;
    curve->say_ms = now_ms + SAY_MS;
}

static void answer_questions(struct bus_curve *curve)
{
    struct question question;

    while (receive_question(curve->zap, &question) == 0) {
        char key[CURVE_KEY_LENGTH + 1];
        bool is_listed = judge(curve, &question, key);

        answer(curve->zap, &question, is_listed, key);
        if (is_listed)
            continue;
        metric_add(curve->refused, 1);
        say(curve, "from %s has the key %.*s…, which DAPI_CURVE_CLIENTS_FILE does not list",
            question.count > ADDRESS ? question.frames[ADDRESS] : "?", KEY_SHOWN, key);
    }
}

/* Events of one server's handshakes; false once there will be no more. */
static bool hear_monitor(struct bus_curve *curve, void *monitor)
{
    struct {
        uint16_t event;
        uint32_t value;
    } __attribute__((packed)) news;
    char endpoint[128];

    while (zmq_recv(monitor, &news, sizeof news, ZMQ_DONTWAIT) == (int)sizeof news) {
        (void)!zmq_recv(monitor, endpoint, sizeof endpoint, 0);
        if (news.event == ZMQ_EVENT_MONITOR_STOPPED)
            return false;
        metric_add(curve->unread, 1);
        say(curve, "did not speak CURVE with this server's key");
    }
    return true;
}

static void hear_monitors(struct bus_curve *curve, void *const *monitors)
{
    for (size_t i = 0; i < CURVE_MONITORS_MOST; i++) {
        if (!monitors[i] || hear_monitor(curve, monitors[i]))
            continue;
        bus_socket_close(monitors[i]);
        pthread_mutex_lock(&curve->lock);
        curve->monitors[i] = NULL;
        pthread_mutex_unlock(&curve->lock);
    }
}

static unsigned count_removed(const struct curve_keys *before, const struct curve_keys *after)
{
    unsigned count = 0;

    for (size_t i = 0; i < before->count; i++)
        if (!curve_keys_find(after, before->all[i].text))
            count++;
    return count;
}

/* A file that cannot be used changes nothing. */
static void look_at_file(struct bus_curve *curve)
{
    struct file_version now = file_version_of(curve->clients_file);
    AUTO(curve_keys_done) struct curve_keys keys = { 0 };
    char problem[CURVE_PROBLEM_MOST];
    struct curve_keys before;
    unsigned removed;

    if (file_version_is_same(&now, &curve->version))
        return;
    curve->version = now;
    if (curve_keys_read_file(curve->clients_file, &keys, problem) < 0) {
        log_warning("DAPI_CURVE_CLIENTS_FILE=%s: %s; the keys read before stay",
                    curve->clients_file, problem);
        return;
    }
    removed = count_removed(&curve->clients, &keys); /* only this thread changes the list */
    pthread_mutex_lock(&curve->lock);
    before = curve->clients;
    curve->clients = keys;
    pthread_mutex_unlock(&curve->lock);
    log_info("read the keys of clients again: %zu, %u removed", keys.count, removed);
    keys = before;
    if (removed > 0)
        atomic_fetch_add(&curve->removals, removed);
}

static void *let_in(void *context)
{
    struct bus_curve *curve = context;

    while (!atomic_load(&curve->is_ending)) {
        zmq_pollitem_t items[2 + CURVE_MONITORS_MOST] = {
            {curve->zap, 0,           ZMQ_POLLIN, 0},
            { NULL,      curve->wake, ZMQ_POLLIN, 0},
        };
        void *monitors[CURVE_MONITORS_MOST];
        eventfd_t wakes;
        int count = 2;

        pthread_mutex_lock(&curve->lock);
        memcpy(monitors, curve->monitors, sizeof monitors);
        pthread_mutex_unlock(&curve->lock);
        for (size_t i = 0; i < CURVE_MONITORS_MOST; i++)
            if (monitors[i])
                items[count++] = (zmq_pollitem_t){ monitors[i], 0, ZMQ_POLLIN, 0 };
        (void)!zmq_poll(items, count, LOOK_MS);
        (void)!eventfd_read(curve->wake, &wakes);
        answer_questions(curve);
        hear_monitors(curve, monitors);
        if (clock_steady_ms() >= curve->look_ms) {
            look_at_file(curve);
            curve->look_ms = clock_steady_ms() + LOOK_MS;
        }
    }
    return NULL;
}

int curve_zap_start(struct bus_curve *curve)
{
    int r;

    curve->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    curve->zap = zmq_socket(curve->zmq_context, ZMQ_REP);
    if (curve->wake < 0 || !curve->zap)
        return -errno;
    bus_socket_set(curve->zap, ZMQ_LINGER, 0);
    if (zmq_bind(curve->zap, "inproc://zeromq.zap.01") < 0)
        return -errno;
    r = -pthread_create(&curve->thread, NULL, let_in, curve);
    curve->is_started = r == 0;
    return r;
}

void curve_zap_end(struct bus_curve *curve)
{
    if (curve->is_started) {
        atomic_store(&curve->is_ending, true);
        (void)!eventfd_write(curve->wake, 1);
        pthread_join(curve->thread, NULL);
    }
    for (size_t i = 0; i < CURVE_MONITORS_MOST; i++)
        bus_socket_close(curve->monitors[i]);
    bus_socket_close(curve->zap);
    if (curve->wake >= 0)
        close(curve->wake);
}
