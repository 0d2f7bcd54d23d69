/* bus_curve_keys.h - inside of CURVE: lists of public keys, as files say them.
 *
 * A line is NAME KEY: a name of letters, digits, '.', '_' and '-', spaces or tabs, 40 characters of
 * Z85 (ZeroMQ RFC 32). Lines that begin with '#' and empty ones say nothing. A name may stand on
 * several lines: its owner may then have any of these keys. */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CURVE_KEY_LENGTH = 40,
    CURVE_KEY_BYTES = 32,
    CURVE_NAME_MOST = 32,
    CURVE_KEYS_MOST = 1024,
    CURVE_PROBLEM_MOST = 96,
};

struct curve_key {
    char name[CURVE_NAME_MOST + 1];
    char text[CURVE_KEY_LENGTH + 1];
};

/* { 0 } is an empty list. */
struct curve_keys {
    struct curve_key *all;
    size_t count;
};

/* 40 characters of Z85 that stand for 32 bytes. */
bool curve_is_key(const char *text, size_t length);

/* 0, or -EINVAL and what is wrong in which line. */
int curve_keys_read(struct bytes text, struct curve_keys *ret,
                    char reterr[CURVE_PROBLEM_MOST]) MUST_CHECK;
/* The same of a file, which may also not be there or not be readable. */
int curve_keys_read_file(const char *path, struct curve_keys *ret,
                         char reterr[CURVE_PROBLEM_MOST]) MUST_CHECK;
void curve_keys_done(struct curve_keys *keys); /* it is empty afterwards */

/* A secret key from its file, CURVE_KEY_LENGTH characters; everybody else's reading is refused. */
int curve_secret_read_file(const char *path, char ret[CURVE_KEY_LENGTH + 1],
                           char reterr[CURVE_PROBLEM_MOST]) MUST_CHECK;

/* NULL if there is none. */
const struct curve_key *curve_keys_find_name(const struct curve_keys *keys, const char *name);
const struct curve_key *curve_keys_find(const struct curve_keys *keys, const char *text);
