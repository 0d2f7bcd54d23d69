/* jwt_keys_file.c - the file with the keys, read again when it changes */
#include "gateway/jwt_keys_file.h"

#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILE_MOST = 128 * 1024,
    LOOK_MS = 1000, /* at the file, so often at most */
};

/* Other content has another one of these. */
struct version {
    dev_t device;
    ino_t number;
    off_t size; /* -1: it is not there */
    struct timespec modified;
    struct timespec changed;
    mode_t mode;
};

struct jwt_keys_file {
    const char *path;
    struct version version; /* that was read last, well or not */
    int64_t looked_ms;
    struct jwt_keys *keys;
};

static struct version look_at(const char *path)
{
    struct stat found;

    if (stat(path, &found) < 0)
        return (struct version){ .size = -1 };
    return (struct version){ found.st_dev,  found.st_ino,  found.st_size,
                             found.st_mtim, found.st_ctim, found.st_mode };
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same(const struct version *a, const struct version *b)
{
    return a->device == b->device && a->number == b->number && a->size == b->size &&
           a->mode == b->mode && is_same_time(&a->modified, &b->modified) &&
           is_same_time(&a->changed, &b->changed);
}

static const char *problem_of(int r)
{
    switch (r) {
    case -ENOENT: return "there is no such file";
    case -EACCES: return "it may not be read";
    case -ENODATA: return "it is empty";
    case -EFBIG: return "it is larger than 128 KiB";
    default: return "it cannot be read";
    }
}

/* The version was taken before: what changes meanwhile is seen at the next look. */
static int read_keys(const char *path, const struct version *version, struct jwt_keys **ret,
                     const char **reterr)
{
    AUTO(jwt_keys_freep) struct jwt_keys *keys = NULL;
    AUTO(secret_freep) char *text = NULL;
    int r = secret_read(path, FILE_MOST, &text);

    if (r < 0)
        *reterr = problem_of(r);
    else
        r = jwt_keys_read((struct bytes){ text, strlen(text) }, &keys, reterr);
    if (r < 0)
        return -EINVAL;
    if (jwt_keys_hold_secret(keys) && version->mode & S_IROTH) {
        *reterr = "it holds a secret (oct), and everybody may read it: chmod o-r";
        return -EINVAL;
    }
    *ret = TAKE(keys);
    return 0;
}

int jwt_keys_file_open(const char *path, struct jwt_keys_file **ret, const char **reterr)
{
    AUTO(jwt_keys_file_freep) struct jwt_keys_file *file = must_alloc(1, sizeof *file);
    int r;

    file->path = path;
    file->version = look_at(path);
    r = read_keys(path, &file->version, &file->keys, reterr);
    if (r == 0)
        *ret = TAKE(file);
    return r;
}

struct jwt_keys_file *jwt_keys_file_free(struct jwt_keys_file *file)
{
    if (!file)
        return NULL;
    jwt_keys_free(file->keys);
    free(file);
    return NULL;
}

bool jwt_keys_file_look(struct jwt_keys_file *file, int64_t steady_ms, const char **reterr)
{
    struct jwt_keys *keys;
    struct version now;

    *reterr = NULL;
    if (steady_ms < file->looked_ms + LOOK_MS)
        return false;
    file->looked_ms = steady_ms;
    now = look_at(file->path);
    if (is_same(&now, &file->version))
        return false;
    file->version = now;
    if (read_keys(file->path, &now, &keys, reterr) < 0)
        return false;
    jwt_keys_free(file->keys);
    file->keys = keys;
    return true;
}

const struct jwt_keys *jwt_keys_file_keys(const struct jwt_keys_file *file)
{
    return file->keys;
}
