/* errors.h - what a request can fail with, the same on the bus and over HTTP (errors.def) */
#pragma once

enum error {
    ERROR_NONE,
#define ERROR(number, name, status, code, message) name = (number),
#include "common/errors.def"
#undef ERROR
};

struct error_text {
    int status;          /* HTTP status */
    const char *code;    /* stable, for programs */
    const char *message; /* for people */
};

/* Never NULL: a number that this program does not know is described as ERROR_INTERNAL. */
const struct error_text *error_text(enum error error);
