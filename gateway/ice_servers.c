/* ice_servers.c - the STUN and TURN servers that clients are told to use */
#include "gateway/ice_servers.h"

#include "gateway/turn.h"

#include "common/memory.h"
#include "common/options.h"
#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERVERS_MOST = 16,
    SECRET_MOST = 256,
};

struct ice_server {
    char *url;
    bool is_turn;
};

struct ice_servers {
    struct ice_server list[SERVERS_MOST];
    size_t count;
    char *secret; /* NULL: username and password are fixed */
    int64_t seconds;
    char *username;
    char *password;
};

static int refuse(struct fault *fault, const char *setting, const char *problem)
{
    *fault = (struct fault){ setting, problem };
    return -EINVAL;
}

/* Written between quotes, or between < and >, in a header. */
static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || strchr("\"\\<>", *text))
            return false;
    return true;
}

static int add_server(struct ice_servers *servers, const char *url, size_t size,
                      struct fault *reterr)
{
    static const struct {
        const char *scheme;
        bool is_turn;
    } schemes[] = {
        {"stun:",   false},
        { "stuns:", false},
        { "turn:",  true },
        { "turns:", true },
    };

    if (servers->count == SERVERS_MOST)
        return refuse(reterr, "DAPI_ICE_SERVERS", "has too many servers");
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t length = strlen(schemes[i].scheme);

        if (size <= length || strncmp(url, schemes[i].scheme, length) != 0)
            continue;
        servers->list[servers->count++] =
            (struct ice_server){ must_format("%.*s", (int)size, url), schemes[i].is_turn };
        return 0;
    }
    return refuse(reterr, "DAPI_ICE_SERVERS", "has an entry that is no stun: or turn: URL");
}

static int add_servers(struct ice_servers *servers, const char *urls, struct fault *reterr)
{
    while (*(urls += strspn(urls, ", "))) {
        size_t size = strcspn(urls, ", ");
        int r = add_server(servers, urls, size, reterr);

        if (r < 0)
            return r;
        if (!is_plain(servers->list[servers->count - 1].url))
            return refuse(reterr, "DAPI_ICE_SERVERS", "has a character that no URL has");
        urls += size;
    }
    return 0;
}

static int read_secret_file(const char *setting, const char *path, char **ret, struct fault *reterr)
{
    int r = secret_read(path, SECRET_MOST, ret);

    if (r < 0) {
        *reterr = (struct fault){ setting, "cannot be read, is empty, or too long" };
        return r;
    }
    return is_plain(*ret) ? 0 : refuse(reterr, setting, "holds more than plain characters");
}

static int read_credentials(struct ice_servers *servers, const struct ice_settings *settings,
                            struct fault *reterr)
{
    servers->seconds = settings->turn_seconds;
    if (*settings->turn_secret_file)
        return read_secret_file("DAPI_TURN_SECRET_FILE", settings->turn_secret_file,
                                &servers->secret, reterr);
    if (!*settings->turn_username || !*settings->turn_password_file)
        return refuse(reterr, "DAPI_ICE_SERVERS",
                      "has a TURN server, which needs DAPI_TURN_SECRET_FILE, or DAPI_TURN_USERNAME "
                      "and DAPI_TURN_PASSWORD_FILE");
    if (!is_plain(settings->turn_username))
        return refuse(reterr, "DAPI_TURN_USERNAME", "holds more than plain characters");
    servers->username = must_copy(settings->turn_username);
    return read_secret_file("DAPI_TURN_PASSWORD_FILE", settings->turn_password_file,
                            &servers->password, reterr);
}

static bool has_turn(const struct ice_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        if (servers->list[i].is_turn)
            return true;
    return false;
}

int ice_servers_open(const struct ice_settings *settings, struct ice_servers **ret,
                     struct fault *reterr)
{
    AUTO(ice_servers_freep) struct ice_servers *servers = must_alloc(1, sizeof *servers);
    int r = add_servers(servers, settings->urls, reterr);

    if (r == 0 && has_turn(servers))
        r = read_credentials(servers, settings, reterr);
    if (r < 0)
        return r;
    *ret = TAKE(servers);
    return 0;
}

struct ice_servers *ice_servers_free(struct ice_servers *servers)
{
    if (!servers)
        return NULL;
    for (size_t i = 0; i < servers->count; i++)
        free(servers->list[i].url);
    secret_free(servers->secret);
    secret_free(servers->password);
    free(servers->username);
    free(servers);
    return NULL;
}

size_t ice_servers_count(const struct ice_servers *servers)
{
    return servers->count;
}

static void add_credentials(struct buffer *out, const char *username, const char *password)
{
    buffer_add_format(out, "; username=\"%s\"; credential=\"%s\"; credential-type=\"password\"",
                      username, password);
}

/* A uid has no character that would need an escape (text_is_agora). */
static void add_ending_credentials(const struct ice_servers *servers, const char *uid, int64_t now,
                                   struct buffer *out)
{
    char username[32 + UID_MOST];
    char password[TURN_PASSWORD_LENGTH + 1];

    snprintf(username, sizeof username, "%" PRId64 ":%s", now + servers->seconds, uid);
    turn_password(servers->secret, username, password);
    add_credentials(out, username, password);
}

void ice_servers_add_link(const struct ice_servers *servers, size_t which, const char *uid,
                          int64_t now, struct buffer *out)
{
    const struct ice_server *server = &servers->list[which];

    buffer_add_format(out, "<%s>; rel=\"ice-server\"", server->url);
    if (!server->is_turn)
        return;
    if (servers->secret)
        add_ending_credentials(servers, uid, now, out);
    else
        add_credentials(out, servers->username, servers->password);
}
