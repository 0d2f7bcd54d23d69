/* path_pattern.h - paths of routes with placeholders: "/dapi/channel/{channel}/whip". A placeholder
 * stands for one segment that is not empty. */
#pragma once

#include "common/buffer.h"

#include <stdbool.h>

/* Walks along a pattern and a path: { pattern, path } at first. */
struct path_walk {
    const char *pattern;
    struct bytes path;
};

/* The next placeholder's name and the segment in its place, as it was sent. False if there is none,
 * or if the two differ before it. */
bool path_walk_next(struct path_walk *walk, struct bytes *ret_name, struct bytes *ret_segment);

bool path_is_of_pattern(struct bytes path, const char *pattern);
