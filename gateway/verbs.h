/* verbs.h - the handlers of routes.def, one file each below verbs/. A handler finds its parameters
 * read and checked; it asks services, or answers, before it returns. */
#pragma once

struct request;

void verb_call_user(struct request *request);
void verb_call_robot(struct request *request);
void verb_call_msg(struct request *request);
void verb_call_ringing(struct request *request);
void verb_call_recieve(struct request *request);
void verb_call_reject(struct request *request);
void verb_call_end(struct request *request);
void verb_call_history(struct request *request);
void verb_call_events(struct request *request);
void verb_call_show(struct request *request);
void verb_channel_join(struct request *request);
void verb_invite_robot(struct request *request);
void verb_device_register(struct request *request);
void verb_device_unregister(struct request *request);
void verb_whip_enter(struct request *request);
void verb_whip_leave(struct request *request);
void verb_whip_options(struct request *request);
