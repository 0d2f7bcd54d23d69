/* bus_curve_make.c - key pairs and lists for all services, made by one command */
#include "common/bus_curve_make.h"

#include "common/bus_curve_keys.h"
#include "common/descriptor.h"
#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

enum { CLIENTS_MOST = 2, LIST_MOST = 128 * 1024 };

/* Who is asked by whom: events of callsvc are heard by those who ask it. */
static const struct {
    const char *name;
    const char *clients[CLIENTS_MOST];
} services[] = {
    {"gateway",   { NULL }                 },
    { "callsvc",  { "gateway", "robotsvc" }},
    { "tokensvc", { "gateway" }            },
    { "robotsvc", { "gateway" }            },
};
enum { SERVICES = COUNT_OF(services) };

/* The pairs' public halves. */
struct publics {
    char keys[SERVICES][CURVE_KEY_LENGTH + 1];
};

static int complain(const char *path, const char *problem)
{
    fprintf(stderr, "%s: %s\n", path, problem);
    return -EINVAL;
}

static int fail(const char *path)
{
    int r = -errno;

    fprintf(stderr, "%s: %m\n", path);
    return r;
}

/* A kill in between leaves no half of a file. */
static int write_file(const char *path, mode_t mode, struct bytes content)
{
    AUTO(free_memory) char *fresh = must_format("%s.new", path);
    AUTO(close_descriptor) int fd = -1;

    (void)unlink(fresh);
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write(fd, content.data, content.size) != (ssize_t)content.size ||
        fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(fresh, path) < 0)
        return fail(fresh);
    return 0;
}

static int make_secret(const char *path)
{
    char public_key[CURVE_KEY_LENGTH + 1];
    char line[CURVE_KEY_LENGTH + 1];
    int r;

    if (zmq_curve_keypair(public_key, line) < 0)
        return fail(path);
    line[CURVE_KEY_LENGTH] = '\n';
    r = write_file(path, 0600, (struct bytes){ line, sizeof line });
    explicit_bzero(line, sizeof line);
    return r;
}

/* The public half of the service's pair, which is made if it is not there. */
static int make_pair(const char *folder, const char *service, char ret[CURVE_KEY_LENGTH + 1])
{
    AUTO(free_memory) char *own = must_format("%s/%s", folder, service);
    AUTO(free_memory) char *path = must_format("%s/curve_secret", own);
    char secret[CURVE_KEY_LENGTH + 1];
    char problem[CURVE_PROBLEM_MOST];
    int r = 0;

    if (mkdir(own, 0700) < 0 && errno != EEXIST)
        return fail(own);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        r = make_secret(path);
    if (r < 0)
        return r;
    if (curve_secret_read_file(path, secret, problem) < 0)
        return complain(path, problem);
    r = zmq_curve_public(ret, secret) < 0 ? fail(path) : 0;
    explicit_bzero(secret, sizeof secret);
    return r;
}

static bool is_ours(const char *line)
{
    line += strspn(line, " \t");
    for (size_t i = 0; i < SERVICES; i++)
        if (strcspn(line, " \t\r\n") == strlen(services[i].name) &&
            strncmp(line, services[i].name, strlen(services[i].name)) == 0)
            return true;
    return false;
}

/* What the user wrote beside our lines. */
static void keep_foreign_lines(const char *text, struct buffer *out)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        if (!is_ours(text)) {
            buffer_add(out, text, length);
            buffer_add_text(out, "\n");
        }
        text += length + (text[length] == '\n');
    }
}

static bool is_asked_by(size_t server, size_t client)
{
    for (size_t i = 0; i < CLIENTS_MOST && services[server].clients[i]; i++)
        if (strcmp(services[server].clients[i], services[client].name) == 0)
            return true;
    return false;
}

/* One list of `service`: of those who ask it, or of those whom it asks. */
static int make_list(const char *folder, size_t service, bool is_of_clients,
                     const struct publics *publics)
{
    const char *list = is_of_clients ? "curve_clients" : "curve_servers";
    AUTO(free_memory)
    char *path = must_format("%s/%s/%s", folder, services[service].name, list);
    AUTO(buffer_done) struct buffer content = { 0 };
    AUTO(secret_freep) char *old = NULL;
    int r = secret_read(path, LIST_MOST, &old);

    if (r < 0 && r != -ENOENT && r != -ENODATA)
        return complain(path, strerror(-r)); // NOLINT(concurrency-mt-unsafe): before threads
    if (!old)
        buffer_add_format(&content, "# Public keys of those %s: NAME KEY\n",
                          is_of_clients ? "who may ask this service" : "whom this service asks");
    else
        keep_foreign_lines(old, &content);
    for (size_t other = 0; other < SERVICES; other++)
        if (is_of_clients ? is_asked_by(service, other) : is_asked_by(other, service))
            buffer_add_format(&content, "%s %s\n", services[other].name, publics->keys[other]);
    if (old && strlen(old) + 1 == content.size && memcmp(old, content.data, strlen(old)) == 0)
        return 0;
    return write_file(path, 0644, (struct bytes){ content.data, content.size });
}

int bus_curve_make(const char *folder)
{
    struct publics publics = { 0 };
    int r = 0;

    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return fail(folder);
    for (size_t i = 0; r == 0 && i < SERVICES; i++)
        r = make_pair(folder, services[i].name, publics.keys[i]);
    for (size_t i = 0; r == 0 && i < SERVICES; i++) {
        r = make_list(folder, i, true, &publics);
        if (r == 0)
            r = make_list(folder, i, false, &publics);
    }
    return r;
}
