/* ice_servers.h - the STUN and TURN servers that clients are told to use, as Link headers
 * (RFC 9725 section 4.6) */
#pragma once

#include "common/message.h"

struct ice_servers;

/* As options.def describes them. */
struct ice_settings {
    const char *urls;
    const char *turn_secret_file;
    int64_t turn_seconds;
    const char *turn_username;
    const char *turn_password_file;
};

/* 0; or -errno, with the setting and what is wrong with it in *reterr. */
int ice_servers_open(const struct ice_settings *settings, struct ice_servers **ret,
                     struct fault *reterr) MUST_CHECK;
struct ice_servers *ice_servers_free(struct ice_servers *servers);
DEFINE_AUTO(struct ice_servers *, ice_servers_free)

size_t ice_servers_count(const struct ice_servers *servers);

/* Append one server's Link, for a client of `uid`; `now` is in seconds since the epoch. */
void ice_servers_add_link(const struct ice_servers *servers, size_t which, const char *uid,
                          int64_t now, struct buffer *out);
