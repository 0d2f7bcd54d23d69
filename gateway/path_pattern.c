/* path_pattern.c - paths of routes with placeholders */
#include "gateway/path_pattern.h"

#include <string.h>

static struct bytes skip(struct bytes text, size_t size)
{
    return (struct bytes){ (const char *)text.data + size, text.size - size };
}

static size_t segment_size(struct bytes path)
{
    const char *slash = path.size > 0 ? memchr(path.data, '/', path.size) : NULL;

    return slash ? (size_t)(slash - (const char *)path.data) : path.size;
}

bool path_walk_next(struct path_walk *walk, struct bytes *ret_name, struct bytes *ret_segment)
{
    size_t size = strcspn(walk->pattern, "{");

    if (walk->path.size < size || memcmp(walk->path.data, walk->pattern, size) != 0)
        return false;
    walk->pattern += size;
    walk->path = skip(walk->path, size);
    size = segment_size(walk->path);
    if (!*walk->pattern || size == 0)
        return false;
    *ret_name = (struct bytes){ walk->pattern + 1, strcspn(walk->pattern + 1, "}") };
    *ret_segment = (struct bytes){ walk->path.data, size };
    walk->pattern += ret_name->size + 2;
    walk->path = skip(walk->path, size);
    return true;
}

bool path_is_of_pattern(struct bytes path, const char *pattern)
{
    struct path_walk walk = { pattern, path };
    struct bytes name;
    struct bytes segment;

    while (path_walk_next(&walk, &name, &segment))
        ;
    return !*walk.pattern && walk.path.size == 0;
}
