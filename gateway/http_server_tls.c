/* http_server_tls.c - the certificate that HTTPS is served with, read again when its files change
 */
#include "gateway/http_server_tls.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CHAIN_MOST = 16,
    KEY_ID_BYTES = 64,
    LOOK_MS = 1000, /* at the files, so often at most */
};

static const char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/* What was read. */
struct pair {
    struct pair *replaced; /* handshakes may still use it: none is freed before the end */
    gnutls_pcert_st chain[CHAIN_MOST];
    unsigned chain_length;
    gnutls_privkey_t key;
};

/* Other content has another one of these. */
struct file_version {
    struct timespec modified;
    ino_t number;
    off_t size;
};

struct version {
    struct file_version certificate;
    struct file_version key;
};

static struct {
    pthread_mutex_t mutex; /* workers' handshakes come at once */
    const char *certificate_file;
    const char *key_file;
    struct version version; /* that was read last, well or not */
    int64_t looked_ms;
    struct pair *pair;
} tls = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct pair *pair_free(struct pair *pair)
{
    if (!pair)
        return NULL;
    for (unsigned i = 0; i < pair->chain_length; i++)
        gnutls_pcert_deinit(&pair->chain[i]);
    if (pair->key)
        gnutls_privkey_deinit(pair->key);
    free(pair);
    return NULL;
}
DEFINE_AUTO(struct pair *, pair_free)

static bool read_chain(struct pair *pair)
{
    gnutls_datum_t text;
    int r;

    if (gnutls_load_file(tls.certificate_file, &text) < 0)
        return false;
    pair->chain_length = CHAIN_MOST;
    r = gnutls_pcert_list_import_x509_raw(pair->chain, &pair->chain_length, &text,
                                          GNUTLS_X509_FMT_PEM,
                                          GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
    if (r < 0)
        pair->chain_length = 0;
    gnutls_free(text.data);
    return r >= 0;
}

static bool read_key(struct pair *pair)
{
    gnutls_datum_t text;
    int r;

    if (gnutls_load_file(tls.key_file, &text) < 0)
        return false;
    gnutls_privkey_init(&pair->key);
    r = gnutls_privkey_import_x509_raw(pair->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset(text.data, 0, text.size);
    gnutls_free(text.data);
    return r >= 0;
}

static bool is_same_key(gnutls_pubkey_t a, gnutls_pubkey_t b)
{
    unsigned char ids[2][KEY_ID_BYTES];
    size_t sizes[2] = { KEY_ID_BYTES, KEY_ID_BYTES };

    return gnutls_pubkey_get_key_id(a, GNUTLS_KEYID_USE_SHA256, ids[0], &sizes[0]) >= 0 &&
           gnutls_pubkey_get_key_id(b, GNUTLS_KEYID_USE_SHA256, ids[1], &sizes[1]) >= 0 &&
           sizes[0] == sizes[1] && memcmp(ids[0], ids[1], sizes[0]) == 0;
}

static bool is_key_of_certificate(const struct pair *pair)
{
    gnutls_pubkey_t public_half;
    bool is_of;

    gnutls_pubkey_init(&public_half);
    is_of = gnutls_pubkey_import_privkey(public_half, pair->key, 0, 0) >= 0 &&
            is_same_key(public_half, pair->chain[0].pubkey);
    gnutls_pubkey_deinit(public_half);
    return is_of;
}

/* *ret, or what is wrong. */
static const char *read_pair(struct pair **ret)
{
    AUTO(pair_freep) struct pair *pair = must_alloc(1, sizeof *pair);

    if (!read_chain(pair))
        return "the certificate's file cannot be read, or holds no chain in PEM";
    if (!read_key(pair))
        return "the key's file cannot be read, or holds no key in PEM";
    if (!is_key_of_certificate(pair))
        return "the key is not the certificate's";
    *ret = TAKE(pair);
    return NULL;
}

static struct file_version file_version(const char *path)
{
    struct stat found;

    if (stat(path, &found) < 0)
        return (struct file_version){ .size = -1 };
    return (struct file_version){ found.st_mtim, found.st_ino, found.st_size };
}

static bool is_same_file(const struct file_version *a, const struct file_version *b)
{
    return a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec &&
           a->number == b->number && a->size == b->size;
}

/* True if the files are others than those that were read. */
static bool look(void)
{
    struct version now = { file_version(tls.certificate_file), file_version(tls.key_file) };
    bool is_same = is_same_file(&now.certificate, &tls.version.certificate) &&
                   is_same_file(&now.key, &tls.version.key);

    tls.version = now;
    tls.looked_ms = clock_steady_ms();
    return !is_same;
}

/* Until both files are new and fit together, the old ones serve. */
static void read_again_if_changed(void)
{
    struct pair *pair;
    const char *problem;

    if (clock_steady_ms() < tls.looked_ms + LOOK_MS || !look())
        return;
    problem = read_pair(&pair);
    if (problem) {
        log_warning("TLS goes on with the certificate it has: %s", problem);
        return;
    }
    pair->replaced = tls.pair;
    tls.pair = pair;
    log_info("TLS has a new certificate");
}

/* A gnutls_certificate_retrieve_function2. */
static int retrieve(gnutls_session_t session, const gnutls_datum_t *authorities,
                    int authority_count, const gnutls_pk_algorithm_t *algorithms,
                    int algorithm_count, gnutls_pcert_st **ret_chain, unsigned *ret_length,
                    gnutls_privkey_t *ret_key)
{
    (void)session;
    (void)authorities;
    (void)authority_count;
    (void)algorithms;
    (void)algorithm_count;
    pthread_mutex_lock(&tls.mutex);
    read_again_if_changed();
    *ret_chain = tls.pair->chain;
    *ret_length = tls.pair->chain_length;
    *ret_key = tls.pair->key;
    pthread_mutex_unlock(&tls.mutex);
    return 0;
}

int http_server_tls_open(const char *certificate_file, const char *key_file, const char **reterr)
{
    const char *problem;

    tls.certificate_file = certificate_file;
    tls.key_file = key_file;
    (void)look();
    problem = read_pair(&tls.pair);
    if (!problem)
        return 0;
    *reterr = problem;
    return -EINVAL;
}

bool http_server_tls_is_open(void)
{
    return tls.pair != NULL;
}

struct MHD_OptionItem *http_server_tls_options(void)
{
    static struct MHD_OptionItem none[] = {
        {MHD_OPTION_END, 0, NULL}
    };
    static struct MHD_OptionItem items[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, NULL},
        { MHD_OPTION_HTTPS_PRIORITIES,   0, NULL},
        { MHD_OPTION_END,                0, NULL},
    };

    if (!tls.pair)
        return none;
    items[0].ptr_value = (void *)retrieve;
    items[1].ptr_value = (void *)(uintptr_t)priorities;
    return items;
}

void http_server_tls_close(void)
{
    while (tls.pair) {
        struct pair *replaced = tls.pair->replaced;

        pair_free(tls.pair);
        tls.pair = replaced;
    }
}
