/* jwt.h - whether a JSON Web Token is good, and for whom (RFC 7519, 7515, 8725)
 *
 * A JWS in compact form, signed with a key of the set: its header chooses the key by `kid`; the
 * algorithm is the key's own, and the header's must be the same. libjwt 1.10.2 would do it the
 * other way round (it takes the algorithm from the header and whatever bytes it is given as the
 * key), parses the key anew for every token, and leaves all claims to be checked by its caller. */
#pragma once

#include "gateway/jwt_keys.h"

#include "common/errors.h"
#include "common/text.h"

enum { JWT_MOST = 4096 }; /* bytes of a token */

struct jwt_rules {
    const char *audiences;     /* one of them must be meant: a list; empty: not checked */
    const char *issuer;        /* empty: whoever has signed it */
    const char *service_scope; /* with it a token acts for every uid; empty: none does */
    int64_t leeway_seconds;    /* by which clocks may differ */
};

/* As whom a token lets act. */
struct jwt_claims {
    bool is_service;        /* as everybody */
    char uid[UID_MOST + 1]; /* "" only of a service */
    int64_t until_seconds;  /* since the epoch: from then on it is not good any more */
};

/* ERROR_NONE, ERROR_AUTH_EXPIRED, or ERROR_AUTH_REFUSED with *reterr, which says why. */
enum error jwt_verify(const struct jwt_rules *rules, const struct jwt_keys *keys,
                      struct bytes token, int64_t now_seconds, struct jwt_claims *ret,
                      const char **reterr) MUST_CHECK;
