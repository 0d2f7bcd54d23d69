/* requests.h - what robotsvc can ask of the plugin
 *
 * Each answer has "dapi":"success", or "dapi":"error" with error_code and error. All but join
 * answer at once.
 *
 *   watch                           this handle hears of everything (notices.h)
 *   permit   room, id, token        let id in with token; the room is made if there is none
 *   join     room, id, token,       take the seat: with an offer; answered by an event that carries
 *            leg?, owner?           the SDP answer. A handle joins once, and is ended if it may not
 *   kick     room, id, leg?         end the party's connection, if it is that leg
 *   robot    room, id, ip, port     RTP from there, with the ssrc that is answered, is the room's
 *                                   robot; the room is made if there is none
 *   unrobot  room, id               it is not any more
 *   list     room?                  every room, or that one: its parties and its robot
 *   destroy  room                   end every connection and forget the room
 *
 * A handle whose connection is over, for whatever reason, is ended by the plugin.
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/party.h"

/* The core hands over `transaction`, `body` and `jsep`: they are freed here. The result goes to the
 * core. */
struct janus_plugin_result *requests_handle(struct party *party, char *transaction, json_t *body,
                                            json_t *jsep);
