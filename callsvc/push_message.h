/* push_message.h - what a push says, in each service's JSON. Pure. Never a media token. */
#pragma once

#include "callsvc/delivery.h"

void apns_message(const struct delivery *delivery, const char *missed_title, int64_t now_ms,
                  struct buffer *out);
void fcm_message(const struct delivery *delivery, int64_t now_ms, struct buffer *out);
