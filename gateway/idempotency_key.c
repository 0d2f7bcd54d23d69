/* idempotency_key.c - the header with which a client may ask again without doing it twice */
#include "gateway/idempotency_key.h"

const char idempotency_key_header[] = "Idempotency-Key";

const char *idempotency_key_problem(struct bytes key)
{
    const char *at = key.data;

    if (key.size == 0)
        return "is empty";
    if (key.size > IDEMPOTENCY_KEY_MOST)
        return "is too long";
    for (size_t i = 0; i < key.size; i++)
        if (at[i] <= ' ' || at[i] > '~')
            return "has a character that is not visible ASCII";
    return NULL;
}
