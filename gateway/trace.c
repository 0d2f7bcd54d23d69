/* trace.c - W3C Trace Context */
#include "gateway/trace.h"

#include "common/text.h"

#include <string.h>

enum {
    TRACE_ID_START = 3,
    TRACE_ID_LENGTH = 32,
    SPAN_ID_START = 36,
    FLAGS_START = 53,
};

static void add_random_hex(char *ret, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[TRACE_ID_LENGTH / 2];

    random_bytes(random, length / 2);
    for (size_t i = 0; i < length / 2; i++) {
        *ret++ = digits[random[i] >> 4];
        *ret++ = digits[random[i] & 15];
    }
}

static bool is_hex(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((text[i] < '0' || text[i] > '9') && (text[i] < 'a' || text[i] > 'f'))
            return false;
    return true;
}

/* An id of zeros only is not valid. */
static bool is_id(const char *text, size_t length)
{
    return is_hex(text, length) && strspn(text, "0") < length;
}

/* A later version may have more after the flags; version ff is forbidden. */
static bool is_traceparent(struct bytes text)
{
    const char *at = text.data;

    if (text.size < TRACEPARENT_LENGTH || !is_hex(at, 2) || memcmp(at, "ff", 2) == 0)
        return false;
    if (text.size > TRACEPARENT_LENGTH && (memcmp(at, "00", 2) == 0 || at[55] != '-'))
        return false;
    return at[2] == '-' && at[35] == '-' && at[52] == '-' &&
           is_id(at + TRACE_ID_START, TRACE_ID_LENGTH) &&
           is_id(at + SPAN_ID_START, SPAN_ID_LENGTH) && is_hex(at + FLAGS_START, 2);
}

void trace_begin(struct trace *trace, struct bytes traceparent)
{
    char *at = trace->traceparent;
    bool is_sampled = false;

    memcpy(at, "00-", sizeof "00-");
    if (is_traceparent(traceparent)) {
        const char *given = traceparent.data;
        int flags = given[FLAGS_START + 1] <= '9' ? given[FLAGS_START + 1] - '0'
                                                  : given[FLAGS_START + 1] - 'a' + 10;

        memcpy(at + TRACE_ID_START, given + TRACE_ID_START, TRACE_ID_LENGTH);
        is_sampled = flags & 1;
    } else {
        add_random_hex(at + TRACE_ID_START, TRACE_ID_LENGTH);
    }
    add_random_hex(trace->span_id, SPAN_ID_LENGTH);
    trace->span_id[SPAN_ID_LENGTH] = '\0';
    at[SPAN_ID_START - 1] = '-';
    memcpy(at + SPAN_ID_START, trace->span_id, SPAN_ID_LENGTH);
    memcpy(at + FLAGS_START - 1, is_sampled ? "-01" : "-00", sizeof "-00");
}
