/* backoff.c - exponential, with jitter */
#include "callsvc/backoff.h"

#include "common/text.h"

int64_t backoff_ms(unsigned failed, int64_t first_ms, int64_t most_ms)
{
    int64_t wait_ms = first_ms;
    uint32_t random;

    for (unsigned i = 0; i < failed && wait_ms < most_ms; i++)
        wait_ms *= 2;
    if (wait_ms > most_ms)
        wait_ms = most_ms;
    random_bytes(&random, sizeof random);
    return wait_ms / 2 + (int64_t)(random % (uint32_t)(wait_ms / 2 + 1));
}
