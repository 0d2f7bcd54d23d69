/* descriptor.h - file descriptors under AUTO(close_descriptor): -1 is none */
#pragma once

#include <unistd.h>

static inline void close_descriptor(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Hand it on, as TAKE does with pointers. */
static inline int take_descriptor(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}
