/* rendezvous.c - which of several nodes is to have a key */
#include "robotsvc/rendezvous.h"

/* FNV-1a, with the NUL, so that no two pairs are the same bytes. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    const uint64_t prime = 1099511628211U;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * prime;
    return hash * prime;
}

/* FNV-1a hardly spreads the last bytes over the upper bits, which decide which weight is greatest:
 * the finalizer of SplitMix64 does. */
static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebU;
    return hash ^ hash >> 31;
}

uint64_t rendezvous_weight(const char *node, const char *key)
{
    const uint64_t offset_basis = 14695981039346656037U;

    return mix(add_text(add_text(offset_basis, node), key));
}
