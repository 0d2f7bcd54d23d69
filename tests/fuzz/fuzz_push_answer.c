/* fuzz_push_answer.c - whatever push services answer is read, within the limits */
/* links: callsvc */
#include "callsvc/fcm_credentials.h"
#include "callsvc/push_reaction.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned char reactions[REACTION_LATER_RECONNECT + 1];

/* Each answer has a reaction. */
static void react(unsigned status, const struct apns_answer *apns, const struct fcm_answer *fcm)
{
    enum push_reaction of_apns = apns_reaction(status, apns->reason);
    enum push_reaction of_fcm = fcm_reaction(status, fcm);

    if (of_apns < REACTION_SENT || of_apns > REACTION_LATER_RECONNECT || of_fcm < REACTION_SENT ||
        of_fcm > REACTION_LATER_RECONNECT)
        abort();
    reactions[of_apns]++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes body = { data, size };
    struct apns_answer apns;
    struct fcm_answer fcm;
    struct fcm_access access;

    apns_answer_read(body, &apns);
    fcm_answer_read(body, &fcm);
    if (apns.timestamp_ms < 0 || !memchr(apns.reason, '\0', sizeof apns.reason) ||
        !memchr(fcm.reason, '\0', sizeof fcm.reason))
        abort();
    for (unsigned status = 200; status < 600; status += 3)
        react(status, &apns, &fcm);
    if (fcm_access_read(body, &access) == 0 &&
        (!*access.token || strpbrk(access.token, "\r\n") || access.life_ms <= 0))
        abort();
    return 0;
}
