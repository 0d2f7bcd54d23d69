/* requests.h - what robotsvc can ask of the plugin
 *
 * All but join answer at once. Each answer has "dapi":"success", or "dapi":"error" with error_code
 * and error. watch                            this handle hears of everything (notices.h) permit
 * room, id, token          let id in with token; the room is made if there is none join    room,
 * id, token + offer  take the seat; answered by an event that carries the SDP answer kick    room,
 * id                 end a party's connection robot   room, id, ip, port       RTP from there, with
 * the ssrc that is answered, is the room's robot unrobot room, id                 it is not any
 * more list                             every room, its parties and its robot destroy room end
 * every connection and forget the room
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/room.h"

void requests_open(void);
void requests_close(void);

/* The core hands over `transaction`, `body` and `jsep`: they are freed here. The result goes to the
 * core. */
struct janus_plugin_result *requests_handle(struct party *party, char *transaction, json_t *body,
                                            json_t *jsep);

/* The party's connection is over: it leaves its seat, and its peer and the watchers are told. Or
 * end it. */
void requests_leave(struct party *party, const char *event);
void requests_hang_up(struct party *party, const char *event);
