/* rtp_address.h - the address that robots' audio is sent from, where it is not known beforehand: a
 * container's, for one */
#pragma once

#include "common/auto.h"

enum { RTP_ADDRESS_MOST = 16 }; /* bytes of an IPv4 address as text, with its NUL */

/* `setting` as it is; for "auto" this machine's address on the way to the first of Janus' URLs, as
 * the routes are now. 0; -EINVAL for a URL without a host or a setting that is too long; -ENOENT if
 * the host's name is not known; or -errno where there is no route. */
int rtp_address_choose(const char *setting, const char *urls,
                       char ret[RTP_ADDRESS_MOST]) MUST_CHECK;
