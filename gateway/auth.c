/* auth.c - as whom a request may act: tokens are verified once and remembered */
#include "gateway/auth.h"

#include "gateway/jwt_cache.h"
#include "gateway/jwt_keys_file.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <stdlib.h>

struct auth {
    struct auth_options options;
    struct jwt_keys_file *file;
    struct jwt_cache *cache;
};

int auth_open(const struct auth_options *options, struct auth **ret, const char **reterr)
{
    AUTO(auth_freep) struct auth *auth = must_alloc(1, sizeof *auth);
    int r;

    auth->options = *options;
    auth->cache = jwt_cache_new();
    r = jwt_keys_file_open(options->keys_file, &auth->file, reterr);
    if (r < 0)
        return r;
    if (options->logs_reloads)
        log_info("tokens are verified with %zu keys",
                 jwt_keys_count(jwt_keys_file_keys(auth->file)));
    *ret = TAKE(auth);
    return 0;
}

struct auth *auth_free(struct auth *auth)
{
    if (!auth)
        return NULL;
    jwt_keys_file_free(auth->file);
    jwt_cache_free(auth->cache);
    free(auth);
    return NULL;
}

static void look_for_new_keys(struct auth *auth)
{
    const char *problem;
    bool is_new = jwt_keys_file_look(auth->file, clock_steady_ms(), &problem);

    if (is_new)
        jwt_cache_clear(auth->cache);
    if (!auth->options.logs_reloads)
        return;
    if (problem)
        log_warning("tokens are verified with the keys that were there before: %s %s",
                    auth->options.keys_file, problem);
    else if (is_new)
        log_info("tokens are verified with %zu new keys",
                 jwt_keys_count(jwt_keys_file_keys(auth->file)));
}

enum error auth_check(struct auth *auth, struct bytes token, struct jwt_claims *ret,
                      const char **reterr)
{
    int64_t now_seconds = clock_wall_ms() / 1000;
    struct jwt_digest digest;
    enum error error;

    *reterr = NULL;
    look_for_new_keys(auth);
    jwt_cache_digest(auth->cache, token, &digest);
    if (jwt_cache_find(auth->cache, &digest, now_seconds, ret))
        return ERROR_NONE;
    error = jwt_verify(&auth->options.rules, jwt_keys_file_keys(auth->file), token, now_seconds,
                       ret, reterr);
    if (error == ERROR_NONE)
        jwt_cache_put(auth->cache, &digest, ret);
    return error;
}
