/* jwt_keys_file.c - the file with the keys, read again when it changes */
#include "gateway/jwt_keys_file.h"

#include "common/file_version.h"
#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MOST = 128 * 1024,
    LOOK_MS = 1000, /* at the file, so often at most */
};

struct jwt_keys_file {
    const char *path;
    struct file_version version; /* that was read last, well or not */
    int64_t looked_ms;
    struct jwt_keys *keys;
};

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
static int read_keys(const char *path, const struct file_version *version, struct jwt_keys **ret,
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
    file->version = file_version_of(path);
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
    struct file_version now;

    *reterr = NULL;
    if (steady_ms < file->looked_ms + LOOK_MS)
        return false;
    file->looked_ms = steady_ms;
    now = file_version_of(file->path);
    if (file_version_is_same(&now, &file->version))
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
