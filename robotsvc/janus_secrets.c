/* janus_secrets.c - what Janus must be told before it obeys */
#include "robotsvc/janus_secrets.h"

#include "common/options.h"

#include <errno.h>
#include <string.h>

/* Take the first line off *text. */
static int take_line(const char **text, char ret[JANUS_SECRET_MOST + 1])
{
    size_t length = strcspn(*text, "\r\n");

    if (length > JANUS_SECRET_MOST)
        return -EINVAL;
    for (size_t i = 0; i < length; i++) {
        if ((*text)[i] < ' ' || (*text)[i] > '~')
            return -EINVAL;
    }
    memcpy(ret, *text, length);
    ret[length] = '\0';
    *text += length;
    *text += strspn(*text, "\r\n");
    return 0;
}

int janus_secrets_read(const char *path, struct janus_secrets *ret)
{
    enum { FILE_MOST = 2 * JANUS_SECRET_MOST + 4 };
    AUTO(secret_freep) char *content = NULL;
    struct janus_secrets secrets = { { 0 }, { 0 } };
    const char *at;
    int r;

    if (*path) {
        r = secret_read(path, FILE_MOST, &content);
        if (r < 0)
            return r;
        at = content;
        r = take_line(&at, secrets.api);
        if (r == 0)
            r = take_line(&at, secrets.admin_key);
        if (r < 0)
            return r;
    }
    *ret = secrets;
    return 0;
}

void janus_secrets_done(struct janus_secrets *secrets)
{
    explicit_bzero(secrets, sizeof *secrets);
}
