/* janus_secret.c - what Janus must be told before it obeys */
#include "robotsvc/janus_secret.h"

#include "common/options.h"

#include <errno.h>
#include <string.h>

static int take_line(const char *text, struct janus_secret *ret)
{
    struct janus_secret secret = { { 0 } };
    size_t length = strcspn(text, "\r\n");

    if (length > JANUS_SECRET_MOST)
        return -EINVAL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~')
            return -EINVAL;
    }
    memcpy(secret.text, text, length);
    *ret = secret;
    return 0;
}

int janus_secret_read(const char *path, struct janus_secret *ret)
{
    enum { FILE_MOST = 4096 };
    AUTO(secret_freep) char *content = NULL;
    int r;

    if (!*path)
        return take_line("", ret);
    r = secret_read(path, FILE_MOST, &content);
    return r < 0 ? r : take_line(content, ret);
}

void janus_secret_done(struct janus_secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}
