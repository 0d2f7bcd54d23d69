/* file_version.h - whether a file is another than it was, also when what changed is a symbolic link
 * on the way to it (as Kubernetes does) */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* Other content has another one of these. */
struct file_version {
    dev_t device;
    ino_t number;
    off_t size; /* -1: it is not there */
    struct timespec modified;
    struct timespec changed;
    mode_t mode;
};

/* Taken before the file is read: what changes meanwhile is seen at the next look. */
struct file_version file_version_of(const char *path);
bool file_version_is_same(const struct file_version *a, const struct file_version *b);
