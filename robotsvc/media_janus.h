/* media_janus.h - Janus as the media plane: rooms of its AudioBridge, robots as plain RTP
 * participants. Everything in a room needs a token; who knows the admin_key can add tokens, since
 * it is each room's secret too. */
#pragma once

#include "common/loop.h"
#include "robotsvc/media.h"

struct media_janus_options {
    struct loop *loop;
    const char *url;
    const char *api_secret; /* "" if Janus wants none; both are kept, not copied */
    const char *admin_key;
    const char *rtp_address; /* where robots send from */
    void (*on_change)(void *context, bool is_there);
    void *context;
};

/* Begin to connect. 0 or -errno. */
int media_janus_open(const struct media_janus_options *options, struct media **ret) MUST_CHECK;
