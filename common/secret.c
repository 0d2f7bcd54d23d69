/* secret.c - secrets from files: read whole, wiped when they are not needed any more */
#include "common/descriptor.h"
#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BREAK_MOST = 2 }; /* \r\n */

/* The next bytes of the file, `size` of them unless it ends before; how many, or -errno. */
static ssize_t read_up_to(int fd, char *data, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t n = read(fd, data + have, size - have);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        if (n > 0)
            have += (size_t)n;
    }
    return (ssize_t)have;
}

/* Cut trailing line breaks off `size` bytes: 0 if a usable text is left. */
static int trim(char *text, size_t size, size_t most)
{
    if (size > most + LINE_BREAK_MOST)
        return -EFBIG;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    if (size > most)
        return -EFBIG;
    if (size == 0)
        return -ENODATA;
    text[size] = '\0';
    return strlen(text) == size ? 0 : -EINVAL;
}

int secret_read(const char *path, size_t most, char **ret)
{
    /* Without O_NONBLOCK a FIFO would be waited for. */
    AUTO(close_descriptor) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t room = most + LINE_BREAK_MOST + 1;
    struct stat status;
    char *text;
    ssize_t size;
    int r;

    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    text = must_alloc(room + 1, 1);
    size = read_up_to(fd, text, room);
    r = size < 0 ? (int)size : trim(text, (size_t)size, most);
    if (r < 0) {
        explicit_bzero(text, room);
        free(text);
        return r;
    }
    *ret = text;
    return 0;
}

char *secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
    return NULL;
}
