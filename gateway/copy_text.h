/* copy_text.h - texts of one message into those of another */
#pragma once

#include <string.h>

/* Both are members with the same limit: the whole array is copied, so that nothing can run over. */
#define COPY_TEXT(target, source)                                                     \
    do {                                                                              \
        _Static_assert(sizeof(target) == sizeof(source), "both have the same limit"); \
        memcpy(target, source, sizeof(target));                                       \
    } while (0)
