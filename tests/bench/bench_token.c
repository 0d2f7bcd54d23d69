/* bench_token.c - tokens signed per CPU second, beside a bare HMAC over the same bytes.
 *
 * Bare is what OpenSSL offers for a key that is used again and again: an EVP_MAC and an HMAC_CTX
 * that are keyed once and begun anew without a key. The ratio is to the faster of the two. Rounds
 * of all contenders take turns; medians count, so that a busy machine slows all alike. */
/* links: tokensvc */
#define OPENSSL_API_COMPAT 10100 /* for HMAC_CTX */

#include "tokensvc/access_token.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 101,
    CALLS = 4000, /* a round: about a millisecond */
    UIDS = 1024,
    MESSAGE_SIZE = 4 + 4 + 2 + 2 * 6, /* salt, end, two privileges */
};

static const char app_id[] = "0123456789abcdef0123456789abcdef";
static const char certificate[] = "fedcba9876543210fedcba9876543210";
static const char channel[] = "ch_4aY875LP4o";

static char uids[UIDS][sizeof "12345678"];
static struct access_tokens *tokens;
static EVP_MAC_CTX *mac;
static HMAC_CTX *hmac;
static unsigned char
    input[sizeof app_id - 1 + sizeof channel - 1 + sizeof *uids - 1 + MESSAGE_SIZE];

static void must(bool is_well, const char *what)
{
    if (is_well)
        return;
    fprintf(stderr, "bench_token: %s failed\n", what);
    exit(EXIT_FAILURE);
}

static void set_up(void)
{
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    const unsigned char *key = (const unsigned char *)certificate;
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    struct credentials *credentials;
    struct fault fault;

    must(credentials_new(app_id, certificate, NULL, &credentials, &fault) == 0, "credentials_new");
    tokens = access_tokens_new(credentials);
    must(algorithm && (mac = EVP_MAC_CTX_new(algorithm)), "EVP_MAC_CTX_new");
    EVP_MAC_free(algorithm);
    must(EVP_MAC_init(mac, key, CERTIFICATE_LENGTH, parameters), "EVP_MAC_init");
    must((hmac = HMAC_CTX_new()) != NULL, "HMAC_CTX_new");
    must(HMAC_Init_ex(hmac, key, CERTIFICATE_LENGTH, EVP_sha256(), NULL), "HMAC_Init_ex");
    for (unsigned i = 0; i < UIDS; i++)
        snprintf(uids[i], sizeof uids[i], "%u", 10000000 + i * 87654 % 90000000);
}

static void sign_006(unsigned i)
{
    char token[ACCESS_TOKEN_MOST + 1];

    access_tokens_sign(tokens, ACCESS_TOKEN_006, channel, uids[i % UIDS], 1800000000 + i, 3600,
                       token);
}

static void sign_007(unsigned i)
{
    char token[ACCESS_TOKEN_MOST + 1];

    access_tokens_sign(tokens, ACCESS_TOKEN_007, channel, uids[i % UIDS], 1800000000 + i, 3600,
                       token);
}

static void bare_mac(unsigned i)
{
    unsigned char signature[HMAC_SIZE];
    size_t size;

    memcpy(input, &i, sizeof i);
    must(EVP_MAC_init(mac, NULL, 0, NULL) && EVP_MAC_update(mac, input, sizeof input) &&
             EVP_MAC_final(mac, signature, &size, sizeof signature),
         "EVP_MAC");
}

static void bare_hmac(unsigned i)
{
    unsigned char signature[HMAC_SIZE];
    unsigned size;

    memcpy(input, &i, sizeof i);
    must(HMAC_Init_ex(hmac, NULL, 0, NULL, NULL) && HMAC_Update(hmac, input, sizeof input) &&
             HMAC_Final(hmac, signature, &size),
         "HMAC_CTX");
}

static void verify_006(unsigned i)
{
    static char token[ACCESS_TOKEN_MOST + 1];
    const struct token_question question = { channel, "20000001", "" };
    struct token_answer answer;

    if (!*token)
        access_tokens_sign(tokens, ACCESS_TOKEN_006, channel, question.uid, 1800000000, 3600,
                           token);
    must(access_tokens_verify(tokens, token, &question, 1800000000 + i % 3600, &answer) == 0,
         "access_tokens_verify");
}

enum contender { SIGN_006, SIGN_007, VERIFY_006, BARE_MAC, BARE_HMAC, CONTENDERS };

static void (*const contenders[CONTENDERS])(unsigned i) = {
    [SIGN_006] = sign_006, [SIGN_007] = sign_007,   [VERIFY_006] = verify_006,
    [BARE_MAC] = bare_mac, [BARE_HMAC] = bare_hmac,
};

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Millions of calls in a CPU second, of the median round. */
static void measure(double ret_rates[CONTENDERS])
{
    static double seconds[CONTENDERS][ROUNDS];

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned c = 0; c < CONTENDERS; c++) {
            double begin = cpu_seconds();

            for (unsigned i = 0; i < CALLS; i++)
                contenders[c](i);
            seconds[c][round] = cpu_seconds() - begin;
        }
    }
    for (unsigned c = 0; c < CONTENDERS; c++) {
        qsort(seconds[c], ROUNDS, sizeof(double), compare);
        ret_rates[c] = CALLS / seconds[c][ROUNDS / 2] * 1e-6;
    }
}

int main(void)
{
    double rates[CONTENDERS];
    double bare;

    set_up();
    measure(rates);
    bare = rates[BARE_MAC] > rates[BARE_HMAC] ? rates[BARE_MAC] : rates[BARE_HMAC];
    printf("token 006: %.2f M/s per CPU second, bare HMAC %.2f M/s (EVP_MAC %.2f, HMAC_CTX %.2f), "
           "ratio %.2f (target: at least 0.80)\n",
           rates[SIGN_006], bare, rates[BARE_MAC], rates[BARE_HMAC], rates[SIGN_006] / bare);
    printf("token 007: %.2f M/s per CPU second, ratio %.2f; verify 006: %.2f M/s\n",
           rates[SIGN_007], rates[SIGN_007] / bare, rates[VERIFY_006]);
    HMAC_CTX_free(hmac);
    EVP_MAC_CTX_free(mac);
    (void)access_tokens_free(tokens);
    return EXIT_SUCCESS;
}
