/* secure.c - DTLS-SRTP: the handshake as its server, then RTP under its keys */
#include "secure.h"

#include "common/memory.h"

#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD_HEADER = 13,
    MTU = 1200,
    KEY = 16,
    SALT = 14,
    SALTS_AT = 2 * KEY,
    CERTIFICATE_SECONDS = 10 * 24 * 3600,
    REPLAY_WINDOW = 128,
};

struct secure {
    SSL *ssl;
    BIO *in; /* both owned by ssl */
    BIO *out;
    srtp_t sending;
    srtp_t receiving;
};

static SSL_CTX *context;

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_SECONDS);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"load", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static void write_fingerprint(const X509 *certificate, char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    X509_digest(certificate, EVP_sha256(), digest, &length);
    for (unsigned i = 0; i < length; i++)
        text += sprintf(text, "%s%02X", i ? ":" : "", digest[i]);
}

bool secure_open(char fingerprint[SECURE_FINGERPRINT_MOST])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    bool is_good;

    context = SSL_CTX_new(DTLS_server_method());
    write_fingerprint(certificate, fingerprint);
    is_good = SSL_CTX_use_certificate(context, certificate) == 1 &&
              SSL_CTX_use_PrivateKey(context, key) == 1 &&
              SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AES128_CM_SHA1_80") == 0 &&
              srtp_init() == srtp_err_status_ok;
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return is_good;
}

struct secure *secure_new(void)
{
    struct secure *secure = must_alloc(1, sizeof *secure);

    secure->ssl = SSL_new(context);
    secure->in = BIO_new(BIO_s_mem());
    secure->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(secure->in, -1);
    SSL_set_bio(secure->ssl, secure->in, secure->out);
    SSL_set_accept_state(secure->ssl);
    SSL_set_mtu(secure->ssl, MTU);
    return secure;
}

void secure_free(struct secure *secure)
{
    if (!secure)
        return;
    SSL_free(secure->ssl);
    if (secure->sending)
        srtp_dealloc(secure->sending);
    if (secure->receiving)
        srtp_dealloc(secure->receiving);
    free(secure);
}

static srtp_t make_stream(const uint8_t *key, const uint8_t *salt, srtp_ssrc_type_t type)
{
    uint8_t both[KEY + SALT];
    srtp_policy_t policy = { .ssrc.type = type, .key = both, .window_size = REPLAY_WINDOW };
    srtp_t stream = NULL;

    memcpy(both, key, KEY);
    memcpy(both + KEY, salt, SALT);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    return srtp_create(&stream, &policy) == srtp_err_status_ok ? stream : NULL;
}

/* The client's key, the server's, the client's salt, the server's: RFC 5764 section 4.2. */
static void derive_streams(struct secure *secure)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    uint8_t material[2 * (KEY + SALT)];

    if (SSL_export_keying_material(secure->ssl, material, sizeof material, label, sizeof label - 1,
                                   NULL, 0, 0) != 1)
        return;
    secure->receiving = make_stream(material, material + SALTS_AT, ssrc_any_inbound);
    secure->sending = make_stream(material + KEY, material + SALTS_AT + SALT, ssrc_any_outbound);
}

bool secure_is_done(const struct secure *secure)
{
    return secure->sending && secure->receiving;
}

bool secure_feed(struct secure *secure, const uint8_t *datagram, size_t length)
{
    uint8_t passed_over[SECURE_PACKET_MOST];

    BIO_write(secure->in, datagram, (int)length);
    if (secure_is_done(secure))
        (void)SSL_read(secure->ssl, passed_over, sizeof passed_over);
    else if (SSL_do_handshake(secure->ssl) == 1)
        derive_streams(secure);
    return secure_is_done(secure);
}

void secure_tick(struct secure *secure)
{
    if (!secure_is_done(secure))
        (void)DTLSv1_handle_timeout(secure->ssl);
}

void secure_close(struct secure *secure)
{
    (void)SSL_shutdown(secure->ssl);
}

/* A record at a time: the memory in between has forgotten where datagrams ended. */
size_t secure_take(struct secure *secure, uint8_t datagram[SECURE_PACKET_MOST])
{
    int length = BIO_read(secure->out, datagram, RECORD_HEADER);
    int rest;

    if (length != RECORD_HEADER)
        return 0;
    rest = datagram[11] << 8 | datagram[12];
    if (rest > SECURE_PACKET_MOST - RECORD_HEADER ||
        BIO_read(secure->out, datagram + RECORD_HEADER, rest) != rest)
        return 0;
    return (size_t)length + (size_t)rest;
}

bool secure_protect(struct secure *secure, uint8_t *packet, size_t *length)
{
    int size = (int)*length;

    if (srtp_protect(secure->sending, packet, &size) != srtp_err_status_ok)
        return false;
    *length = (size_t)size;
    return true;
}

bool secure_unprotect(struct secure *secure, uint8_t *packet, size_t *length)
{
    int size = (int)*length;

    if (srtp_unprotect(secure->receiving, packet, &size) != srtp_err_status_ok)
        return false;
    *length = (size_t)size;
    return true;
}
