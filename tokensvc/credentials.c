/* credentials.c - see credentials.h */
#include "tokensvc/credentials.h"

#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was wrong, for main to say: no line shows a secret. */
static int refuse(struct fault *reterr, int r, const char *setting, const char *problem)
{
    *reterr = (struct fault){ setting, problem };
    return r;
}

static bool is_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdefABCDEF") == length;
}

static void add_certificate(struct credentials *credentials, const char *text)
{
    struct certificate *certificate = &credentials->certificates[credentials->certificate_count++];

    memcpy(certificate->text, text, CERTIFICATE_LENGTH);
    certificate->hmac = hmac_new(text, CERTIFICATE_LENGTH);
}

int credentials_new(const char *app_id, const char *certificate, const char *previous,
                    struct credentials **ret, struct fault *reterr)
{
    struct credentials *credentials;

    if (!is_hex(app_id, APP_ID_LENGTH))
        return refuse(reterr, -EINVAL, "DAPI_APP_ID", "must be 32 hex digits");
    if (!is_hex(certificate, CERTIFICATE_LENGTH))
        return refuse(reterr, -EINVAL, "DAPI_APP_CERTIFICATE_FILE", "must hold 32 hex digits");
    if (previous && !is_hex(previous, CERTIFICATE_LENGTH))
        return refuse(reterr, -EINVAL, "DAPI_APP_CERTIFICATE_PREVIOUS_FILE",
                      "must hold 32 hex digits");
    credentials = must_alloc(1, sizeof *credentials);
    memcpy(credentials->app_id, app_id, APP_ID_LENGTH);
    add_certificate(credentials, certificate);
    if (previous)
        add_certificate(credentials, previous);
    *ret = credentials;
    return 0;
}

static const char *describe_unread(int r)
{
    switch (r) {
    case -ENOENT: return "names a file that does not exist";
    case -EFBIG:
    case -ENODATA: return "must hold 32 hex digits";
    default: return "names a file that cannot be read";
    }
}

static int read_certificate(const char *path, const char *setting, char **ret, struct fault *reterr)
{
    int r = secret_read(path, CERTIFICATE_LENGTH, ret);

    return r < 0 ? refuse(reterr, r, setting, describe_unread(r)) : 0;
}

int credentials_read(const char *app_id, const char *certificate_file, const char *previous_file,
                     struct credentials **ret, struct fault *reterr)
{
    AUTO(secret_freep) char *certificate = NULL;
    AUTO(secret_freep) char *previous = NULL;
    int r;

    if (!*app_id)
        return refuse(reterr, -EINVAL, "DAPI_APP_ID", "is not set");
    if (!*certificate_file)
        return refuse(reterr, -EINVAL, "DAPI_APP_CERTIFICATE_FILE", "is not set");
    r = read_certificate(certificate_file, "DAPI_APP_CERTIFICATE_FILE", &certificate, reterr);
    if (r < 0)
        return r;
    if (*previous_file)
        r = read_certificate(previous_file, "DAPI_APP_CERTIFICATE_PREVIOUS_FILE", &previous,
                             reterr);
    if (r < 0)
        return r;
    return credentials_new(app_id, certificate, previous, ret, reterr);
}

struct credentials *credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return NULL;
    for (size_t i = 0; i < credentials->certificate_count; i++)
        (void)hmac_free(credentials->certificates[i].hmac);
    explicit_bzero(credentials, sizeof *credentials);
    free(credentials);
    return NULL;
}
