/* bench_jwt.c - what a client's token costs a request: verified, and known already. CPU time of
 * the median round, all in turn, so that a busy machine slows all alike. */
/* links: gateway */
#include "gateway/jwt.h"
#include "gateway/jwt_cache.h"

#include "tests/unit/gateway/jwt_vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 41, CALLS = 100, KINDS = 4 };

static const char *const tokens[KINDS] = { vectors_rs256, vectors_es256, vectors_hs256,
                                           vectors_rs256 };
enum { KNOWN = KINDS - 1 };

static struct jwt_keys *keys;
static struct jwt_cache *cache;

static void must(bool is_well)
{
    if (is_well)
        return;
    fputs("bench_jwt: a token is not good\n", stderr);
    exit(EXIT_FAILURE);
}

static void verify(const char *token, struct jwt_claims *ret)
{
    static const struct jwt_rules rules = { "dapi", "", "", 30 };
    const char *problem;

    must(jwt_verify(&rules, keys, (struct bytes){ token, strlen(token) }, VECTORS_NOW, ret,
                    &problem) == ERROR_NONE);
}

static void find(const char *token)
{
    struct jwt_claims claims;
    struct jwt_digest digest;

    jwt_cache_digest(cache, (struct bytes){ token, strlen(token) }, &digest);
    must(jwt_cache_find(cache, &digest, VECTORS_NOW, &claims));
}

static double cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static double run_round(int kind)
{
    double begin = cpu_us();
    struct jwt_claims claims;

    for (int i = 0; i < CALLS; i++) {
        if (kind == KNOWN)
            find(tokens[kind]);
        else
            verify(tokens[kind], &claims);
    }
    return (cpu_us() - begin) / CALLS;
}

int main(void)
{
    static double us[KINDS][ROUNDS];
    struct jwt_digest digest;
    struct jwt_claims claims;
    const char *problem;

    must(jwt_keys_read((struct bytes){ vectors_keys, strlen(vectors_keys) }, &keys, &problem) == 0);
    cache = jwt_cache_new();
    verify(tokens[KNOWN], &claims);
    jwt_cache_digest(cache, (struct bytes){ tokens[KNOWN], strlen(tokens[KNOWN]) }, &digest);
    jwt_cache_put(cache, &digest, &claims);
    for (int round = 0; round < ROUNDS; round++)
        for (int kind = 0; kind < KINDS; kind++)
            us[kind][round] = run_round(kind);
    for (int kind = 0; kind < KINDS; kind++)
        qsort(us[kind], ROUNDS, sizeof(double), compare);
    printf("JWT: RS256 %.1f, ES256 %.1f, HS256 %.1f us of CPU; known already %.2f us, 1/%.0f of "
           "RS256\n",
           us[0][ROUNDS / 2], us[1][ROUNDS / 2], us[2][ROUNDS / 2], us[KNOWN][ROUNDS / 2],
           us[0][ROUNDS / 2] / us[KNOWN][ROUNDS / 2]);
    jwt_cache_free(cache);
    jwt_keys_free(keys);
    return EXIT_SUCCESS;
}
