/* watch.h - the plugin's clock: who has gone silent for good, who began or stopped to speak
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

/* A party of which nothing came for `lost_seconds`, neither RTP nor RTCP, loses its connection: a
 * page that was closed says nothing, and ICE takes a minute to notice. */
void watch_open(int lost_seconds);
void watch_close(void);
