/* packing.c - see packing.h */
#include "tokensvc/packing.h"

unsigned char *pack_privileges(unsigned char *at, const struct privileges *privileges)
{
    at = pack_u16(at, (uint16_t)privileges->count);
    for (size_t i = 0; i < privileges->count; i++) {
        at = pack_u16(at, privileges->list[i].id);
        at = pack_u32(at, privileges->list[i].ends);
    }
    return at;
}

static void unpack_bytes(struct unpacker *u, void *ret, size_t size)
{
    if (u->has_failed || size > u->left) {
        u->has_failed = true;
        memset(ret, 0, size);
        return;
    }
    memcpy(ret, u->at, size);
    u->at += size;
    u->left -= size;
}

uint16_t unpack_u16(struct unpacker *u)
{
    uint16_t number;

    unpack_bytes(u, &number, sizeof number);
    return le16toh(number);
}

uint32_t unpack_u32(struct unpacker *u)
{
    uint32_t number;

    unpack_bytes(u, &number, sizeof number);
    return le32toh(number);
}

size_t unpack_string(struct unpacker *u, void *ret, size_t most)
{
    size_t size = unpack_u16(u);

    if (size > most || size > u->left) {
        u->has_failed = true;
        return 0;
    }
    unpack_bytes(u, ret, size);
    return size;
}

void unpack_privileges(struct unpacker *u, struct privileges *ret)
{
    size_t count = unpack_u16(u);
    unsigned least_id = 0;

    ret->count = 0;
    if (count > PRIVILEGES_MOST) {
        u->has_failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct privilege privilege = { .id = unpack_u16(u) };

        privilege.ends = unpack_u32(u);
        u->has_failed |= privilege.id < least_id;
        least_id = privilege.id + 1U;
        ret->list[ret->count++] = privilege;
    }
}

bool unpack_is_complete(const struct unpacker *u)
{
    return !u->has_failed && u->left == 0;
}

bool privileges_find(const struct privileges *privileges, enum privilege_id id, uint32_t *ret_ends)
{
    for (size_t i = 0; i < privileges->count; i++) {
        if (privileges->list[i].id == id) {
            *ret_ends = privileges->list[i].ends;
            return true;
        }
    }
    return false;
}
