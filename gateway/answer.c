/* answer.c - the envelope around every JSON answer, good or bad */
#include "gateway/answer.h"

#include <string.h>

#define ADD_CONSTANT(out, text) buffer_add(out, text, sizeof(text) - 1)

void answer_begin(struct buffer *out)
{
    ADD_CONSTANT(out, "{\"success\":true,\"data\":");
}

void answer_end(struct buffer *out)
{
    ADD_CONSTANT(out, "}");
}

static void add_text(struct buffer *out, const char *text)
{
    buffer_add_json_text(out, text, strlen(text));
}

/* "uid is too long"; "the body cannot be read: it is not JSON"; or what the error always says. */
static void add_message(struct buffer *out, enum error error, const struct fault *fault)
{
    const char *general = error_text(error)->message;
    char message[256];

    if (!fault || !fault->problem) {
        add_text(out, general);
        return;
    }
    if (fault->field)
        snprintf(message, sizeof message, "%s %s", fault->field, fault->problem);
    else
        snprintf(message, sizeof message, "%s: %s", general, fault->problem);
    add_text(out, message);
}

void answer_failure(struct buffer *out, enum error error, const struct fault *fault,
                    const char *request_id)
{
    ADD_CONSTANT(out, "{\"success\":false,\"error\":{\"code\":");
    add_text(out, error_text(error)->code);
    ADD_CONSTANT(out, ",\"message\":");
    add_message(out, error, fault);
    if (fault && fault->field) {
        ADD_CONSTANT(out, ",\"field\":");
        add_text(out, fault->field);
    }
    ADD_CONSTANT(out, "},\"request_id\":");
    add_text(out, request_id);
    ADD_CONSTANT(out, "}");
}
