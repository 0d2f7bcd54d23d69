/* notify.c - tells who started this process where it stands */
#include "common/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_supervisor(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET"); // NOLINT(concurrency-mt-unsafe): never set here
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    size_t length = name ? strlen(name) : 0;
    int fd;

    if (length == 0 || length >= sizeof where.sun_path)
        return;
    memcpy(where.sun_path, name, length);
    if (where.sun_path[0] == '@') /* how an abstract name is written, which begins with a NUL */
        where.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&where,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(fd);
}
