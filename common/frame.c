/* frame.c - looks at msgpack bytes before msgpack-c may allocate for them */
#include "common/frame.h"

#include <stdbool.h>

enum { MOST_DEPTH = 16 };

/* What the first byte of an item says about the bytes after it. */
struct head {
    uint8_t payload; /* bytes that always follow the length */
    uint8_t width;   /* bytes of the length */
    uint8_t items;   /* what the length counts: 0 bytes, 1 items, 2 pairs of items */
    bool is_reserved;
};

// clang-format off
static const struct head heads[32] = {
    [0xc1 - 0xc0] = { .is_reserved = true },
    [0xc4 - 0xc0] = { 0, 1 }, { 0, 2 }, { 0, 4 },                       /* bin */
    [0xc7 - 0xc0] = { 1, 1 }, { 1, 2 }, { 1, 4 },                       /* ext */
    [0xca - 0xc0] = { 4, 0 }, { 8, 0 },                                 /* float */
    [0xcc - 0xc0] = { 1, 0 }, { 2, 0 }, { 4, 0 }, { 8, 0 },             /* uint */
    [0xd0 - 0xc0] = { 1, 0 }, { 2, 0 }, { 4, 0 }, { 8, 0 },             /* int */
    [0xd4 - 0xc0] = { 2, 0 }, { 3, 0 }, { 5, 0 }, { 9, 0 }, { 17, 0 },  /* fixext */
    [0xd9 - 0xc0] = { 0, 1 }, { 0, 2 }, { 0, 4 },                       /* str */
    [0xdc - 0xc0] = { 0, 2, 1 }, { 0, 4, 1 },                           /* array */
    [0xde - 0xc0] = { 0, 2, 2 }, { 0, 4, 2 },                           /* map */
};
// clang-format on

/* One item without those it holds. */
struct item {
    uint64_t size;
    uint64_t holds;
};

static uint64_t read_big_endian(const uint8_t *at, size_t width)
{
    uint64_t number = 0;

    while (width-- > 0)
        number = number << 8 | *at++;
    return number;
}

/* A long form, c0 to df; false if it is reserved or its length is cut off. */
static bool read_long_item(const uint8_t *at, size_t left, struct item *ret)
{
    const struct head *head = &heads[*at - 0xc0];
    uint64_t length;

    if (head->is_reserved || left <= head->width)
        return false;
    length = read_big_endian(at + 1, head->width);
    *ret = (struct item){ 1 + (uint64_t)head->width + head->payload, length * head->items };
    if (head->items == 0)
        ret->size += length;
    return true;
}

static bool read_item(const uint8_t *at, size_t left, struct item *ret)
{
    *ret = (struct item){ .size = 1 };
    if (*at <= 0x7f || *at >= 0xe0)
        return true;
    if (*at <= 0x8f)
        ret->holds = 2 * (uint64_t)(*at & 0x0fU);
    else if (*at <= 0x9f)
        ret->holds = *at & 0x0fU;
    else if (*at <= 0xbf)
        ret->size += *at & 0x1fU;
    else
        return read_long_item(at, left, ret);
    return true;
}

size_t frame_item_size(const void *data, size_t size)
{
    const uint8_t *at = data;
    size_t left = size;
    uint64_t missing[MOST_DEPTH + 1] = { 1 }; /* items still to come, for each open level */
    uint64_t missing_sum = 1;
    size_t depth = 0;

    while (missing_sum > 0) {
        struct item item;

        if (missing_sum > left || !read_item(at, left, &item) || item.size > left)
            return 0;
        at += item.size;
        left -= (size_t)item.size;
        missing_sum += item.holds - 1;
        missing[depth]--;
        if (item.holds > 0) {
            if (depth == MOST_DEPTH)
                return 0;
            missing[++depth] = item.holds;
        }
        while (depth > 0 && missing[depth] == 0)
            depth--;
    }
    return size - left;
}
