/* rendezvous.h - which of several nodes is to have a key, chosen alike by everybody who knows the
 * same nodes by the same names; when one comes or goes, only its own keys move (highest random
 * weight hashing: Thaler and Ravishankar, 1998) */
#pragma once

#include <stdint.h>

/* The node with the greatest weight for the key has it. */
uint64_t rendezvous_weight(const char *node, const char *key);
