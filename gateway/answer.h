/* answer.h - the envelope around every JSON answer, good or bad */
#pragma once

#include "common/errors.h"
#include "common/message.h"

/* Append the beginning and the end of a good answer; its data stands between them. */
void answer_begin(struct buffer *out);
void answer_end(struct buffer *out);

/* Append a whole bad answer. `fault` may be NULL, and so may its field. */
void answer_failure(struct buffer *out, enum error error, const struct fault *fault,
                    const char *request_id);
