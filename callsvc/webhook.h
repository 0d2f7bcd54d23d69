/* webhook.h - deliveries to webhooks' endpoints, signed as Standard Webhooks says
 *
 * Used by the lane's thread. */
#pragma once

#include "callsvc/push_apns.h"
#include "callsvc/webhook_settings.h"

struct webhooks;

/* 0 or -errno; `settings` and `ca_file` are borrowed. */
int webhooks_open(struct loop *loop, const struct webhook_settings *settings, const char *ca_file,
                  delivery_done_function *done, void *context, struct webhooks **ret) MUST_CHECK;
struct webhooks *webhooks_free(struct webhooks *webhooks); /* what is in hand is freed */
DEFINE_AUTO(struct webhooks *, webhooks_free)

/* The delivery is the endpoint's now: that of its queue. */
void webhooks_send(struct webhooks *webhooks, struct delivery *delivery);

/* "v1,…", and " v1,…" for a second secret: of "id.seconds.body". Pure. 0 or -EIO. */
int webhook_sign(const struct webhook_endpoint *endpoint, const char *id, int64_t seconds,
                 const char *body, struct buffer *out) MUST_CHECK;
