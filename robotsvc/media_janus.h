/* media_janus.h - Janus as the media plane, with dapi's own plugin in it (bridge/): a node is a
 * Janus, known by its URL */
#pragma once

#include "common/loop.h"
#include "robotsvc/media.h"

struct media_janus_options {
    struct loop *loop;
    const char *urls;        /* separated by commas or spaces */
    const char *api_secret;  /* "" if Janus wants none; the same for all */
    const char *rtp_address; /* where robots send from: an IPv4 address that Janus sees as such;
                                these two are kept, not copied */
};

/* Begin to connect. 0; -EINVAL for a list without a URL, for one that is too long, or an address
 * that is not numeric; or -errno. */
int media_janus_open(const struct media_janus_options *options, struct media **ret) MUST_CHECK;
