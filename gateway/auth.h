/* auth.h - as whom a request may act (DAPI_AUTH=jwt): the tokens of one worker's requests */
#pragma once

#include "gateway/jwt.h"

struct auth;

struct auth_options {
    struct jwt_rules rules;
    const char *keys_file;
    bool logs_reloads; /* one of the workers says what becomes of the file */
};

/* 0, or -EINVAL with *reterr: what is wrong with the file. */
int auth_open(const struct auth_options *options, struct auth **ret,
              const char **reterr) MUST_CHECK;
struct auth *auth_free(struct auth *auth); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct auth *, auth_free)

/* As jwt_verify, with the keys that the file holds now and the time that it is. */
enum error auth_check(struct auth *auth, struct bytes token, struct jwt_claims *ret,
                      const char **reterr) MUST_CHECK;
