/* robot_socket.h - the one UDP port on which all robots' RTP comes in, and its thread
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include <stdbool.h>

/* Listen on `address` (IPv4) and a port: 0 chooses one. 0 or -errno. */
int robot_socket_open(const char *address, int port);
void robot_socket_close(void);

/* Where it listens. */
const char *robot_socket_address(void);
int robot_socket_port(void);
