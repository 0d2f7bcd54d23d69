/* errors.c - what a request can fail with */
#include "common/errors.h"

static const struct error_text texts[] = {
#define ERROR(number, name, status, code, message) [number] = { status, code, message },
#include "common/errors.def"
#undef ERROR
};

const struct error_text *error_text(enum error error)
{
    if ((unsigned)error >= sizeof texts / sizeof *texts || !texts[error].code)
        error = ERROR_INTERNAL;
    return &texts[error];
}
