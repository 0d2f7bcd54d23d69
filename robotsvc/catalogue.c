/* catalogue.c - the recordings that robots can play */
#include "robotsvc/catalogue.h"

#include "common/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 64 };
static const char suffix[] = ".opus";

struct entry {
    char name[NAME_MOST + 1];
    struct recording *recording;
};

struct catalogue {
    struct entry *entries;
    size_t count;
};

static void close_file(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int refuse(struct catalogue_fault *fault, int r, const char *file, const char *problem)
{
    snprintf(fault->file, sizeof fault->file, "%s", file);
    fault->problem = problem;
    return r;
}

static bool has_suffix(const char *file)
{
    size_t length = strlen(file);

    return length >= strlen(suffix) && strcmp(file + length - strlen(suffix), suffix) == 0;
}

static bool is_name(const char *text, size_t length)
{
    return length >= 1 && length <= NAME_MOST &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") >= length;
}

static int read_whole(int fd, size_t size, struct buffer *content)
{
    while (content->size < size) {
        ssize_t got = read(fd, buffer_reserve(content, size - content->size), size - content->size);

        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        content->size += (size_t)got;
    }
    return 0;
}

/* The size is checked before anything is allocated for it. */
static int read_file(int folder, const char *file, struct buffer *content,
                     struct catalogue_fault *fault)
{
    AUTO(close_file) int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    int r;

    if (fd < 0 || fstat(fd, &status) < 0)
        return refuse(fault, -errno, file, "cannot be read");
    if (!S_ISREG(status.st_mode))
        return refuse(fault, -EINVAL, file, "is not a file");
    if (status.st_size > OGG_MOST_BYTES)
        return refuse(fault, -EINVAL, file, "is larger than 16 MiB");
    r = read_whole(fd, (size_t)status.st_size, content);
    return r < 0 ? refuse(fault, r, file, "cannot be read") : 0;
}

static int add_file(struct catalogue *catalogue, int folder, const char *file,
                    struct catalogue_fault *fault)
{
    AUTO(buffer_done) struct buffer content = { 0 };
    size_t length = strlen(file) - strlen(suffix);
    struct recording *recording = NULL;
    struct entry *entry;
    const char *problem = NULL;
    int r;

    if (!is_name(file, length))
        return refuse(fault, -EINVAL, file, "has a name that is not 1 to 64 of a-z 0-9 _ -");
    r = read_file(folder, file, &content, fault);
    if (r < 0)
        return r;
    r = ogg_opus_read((struct bytes){ content.data, content.size }, &recording, &problem);
    if (r < 0)
        return refuse(fault, r, file, problem);
    catalogue->entries =
        must_resize(catalogue->entries, catalogue->count + 1, sizeof *catalogue->entries);
    entry = &catalogue->entries[catalogue->count++];
    memcpy(entry->name, file, length);
    entry->name[length] = '\0';
    entry->recording = recording;
    return 0;
}

static int add_files(struct catalogue *catalogue, DIR *folder, struct catalogue_fault *fault)
{
    const struct dirent *found;

    while ((found = readdir(folder)) != NULL) {
        int r;

        if (!has_suffix(found->d_name))
            continue;
        r = add_file(catalogue, dirfd(folder), found->d_name, fault);
        if (r < 0)
            return r;
    }
    return 0;
}

int catalogue_open(const char *folder, struct catalogue **ret, struct catalogue_fault *reterr)
{
    AUTO(catalogue_freep) struct catalogue *catalogue = must_alloc(1, sizeof *catalogue);
    AUTO(close_folder) DIR *opened = opendir(folder);
    int r;

    if (!opened)
        return refuse(reterr, -errno, "", "cannot be opened");
    r = add_files(catalogue, opened, reterr);
    if (r < 0)
        return r;
    if (!catalogue_find(catalogue, CATALOGUE_DEFAULT))
        return refuse(reterr, -EINVAL, "", "has no " CATALOGUE_DEFAULT ".opus");
    *ret = TAKE(catalogue);
    return 0;
}

struct catalogue *catalogue_free(struct catalogue *catalogue)
{
    if (!catalogue)
        return NULL;
    for (size_t i = 0; i < catalogue->count; i++)
        recording_free(catalogue->entries[i].recording);
    free(catalogue->entries);
    free(catalogue);
    return NULL;
}

const struct recording *catalogue_find(const struct catalogue *catalogue, const char *name)
{
    if (name[0] == '\0')
        name = CATALOGUE_DEFAULT;
    for (size_t i = 0; i < catalogue->count; i++) {
        if (strcmp(catalogue->entries[i].name, name) == 0)
            return catalogue->entries[i].recording;
    }
    return NULL;
}

size_t catalogue_count(const struct catalogue *catalogue)
{
    return catalogue->count;
}
