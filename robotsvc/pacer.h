/* pacer.h - sends every robot's packets on time: one thread, one absolute schedule, one socket.
 * The thread sleeps without end while nothing plays. */
#pragma once

#include "common/loop.h"
#include "robotsvc/ogg_opus.h"
#include "robotsvc/rtp.h"

#include <stdbool.h>

struct pacer;
struct pacer_stream;

/* Called in the loop's thread, once for each stream: nothing of it is sent afterwards. `is_whole`:
 * it was sent to its end, and the last packet has had its time. The stream is gone after this. */
typedef void pacer_end_function(void *context, bool is_whole);

/* Send from `ip`. 0; -EINVAL if that is not numeric; or -errno. */
int pacer_open(struct loop *loop, const char *ip, struct pacer **ret) MUST_CHECK;
/* What still plays ends, without a call of its function. */
struct pacer *pacer_free(struct pacer *pacer);
DEFINE_AUTO(struct pacer *, pacer_free)

/* The port that everything is sent from. */
uint16_t pacer_port(const struct pacer *pacer);

/* Send a recording, which must outlive the stream, from `from_ms` into it. */
struct pacer_stream *pacer_play(struct pacer *pacer, const struct recording *recording,
                                int64_t from_ms, const struct rtp_target *target,
                                pacer_end_function *on_end, void *context);

/* End it early: on_end comes within the duration of a packet, never from within this. */
void pacer_stop(struct pacer_stream *stream);
