/* file_version.c - whether a file is another than it was */
#include "common/file_version.h"

struct file_version file_version_of(const char *path)
{
    struct stat found;

    if (stat(path, &found) < 0)
        return (struct file_version){ .size = -1 };
    return (struct file_version){ found.st_dev,  found.st_ino,  found.st_size,
                                  found.st_mtim, found.st_ctim, found.st_mode };
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool file_version_is_same(const struct file_version *a, const struct file_version *b)
{
    return a->device == b->device && a->number == b->number && a->size == b->size &&
           a->mode == b->mode && is_same_time(&a->modified, &b->modified) &&
           is_same_time(&a->changed, &b->changed);
}
