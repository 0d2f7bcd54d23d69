/* jwt_keys_file.h - the file with the keys, read again when it changes, also when what changes is a
 * symbolic link on the way to it (as Kubernetes does) */
#pragma once

#include "gateway/jwt_keys.h"

#include <stdint.h>

struct jwt_keys_file;

/* `path` must live as long as the file. 0, or -EINVAL with *reterr, which says what is wrong. */
int jwt_keys_file_open(const char *path, struct jwt_keys_file **ret,
                       const char **reterr) MUST_CHECK;
struct jwt_keys_file *jwt_keys_file_free(struct jwt_keys_file *file);
DEFINE_AUTO(struct jwt_keys_file *, jwt_keys_file_free)

/* Look whether there are new keys, once a second at most: true if there are, and the old ones are
 * gone. A file that cannot be used changes nothing; *reterr then says why, once for each such file.
 */
bool jwt_keys_file_look(struct jwt_keys_file *file, int64_t steady_ms, const char **reterr);

const struct jwt_keys *jwt_keys_file_keys(const struct jwt_keys_file *file);
