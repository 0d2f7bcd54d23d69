/* options.h - a service's settings from one table: environment DAPI_…, the same by flag, --help,
 * docs.
 *
 * A service's own table is a .def file of rows
 *   OPTION_TEXT (member, "DAPI_NAME", "default", "meaning")
 *   OPTION_INT  (member, "DAPI_NAME", default, least, most, "meaning")
 *   OPTION_ENUM (member, "DAPI_NAME", "default", "one|two|three", "meaning")   an int: 0, 1, 2
 *   OPTION_BOOL (member, "DAPI_NAME", "meaning")                               1, true, yes; 0,
 * false, no read once for the struct (options_struct.h) and once for the rows (options_rows.h), as
 * messages are. The flag of DAPI_HTTP_LISTEN is --http-listen. Order: flag, environment, default.
 * Secrets are given only as paths of files, in rows whose name ends in _FILE. */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind { OPTION_KIND_TEXT, OPTION_KIND_INT, OPTION_KIND_ENUM, OPTION_KIND_BOOL };

struct option_row {
    enum option_kind kind;
    const char *name; /* "DAPI_HTTP_LISTEN" */
    const char *fallback;
    const char *choices; /* "one|two" */
    const char *meaning;
    int64_t least;
    int64_t most;
    size_t offset; /* of a const char *, an int64_t, an int or a bool */
};

struct option_table {
    const char *program; /* "gateway" */
    const char *meaning; /* one sentence for --help */
    const struct option_row *rows;
    size_t count;
};

enum options_outcome { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_HEALTH };

/* The settings that every service has; a service's own struct begins with it. */
struct common_options {
#define OPTION_FILE "common/common_options.def"
#include "common/options_struct.h"
};

/* Fill *ret, a struct that begins with a struct common_options, whose rows are read beside the
 * table's. Texts point into argv, the environment or the table. Returns what to do (--help and
 * --version have been printed to stdout already), or -EINVAL after saying on stderr what is wrong:
 * the setting's name, what was given (never of a _FILE's content), what would be right; for an
 * unknown flag the nearest known one. A number, choice or yes-or-no whose variable is empty has its
 * default. A variable DAPI_… that no service has is not an error: all services share an
 * environment. */
int options_read(const struct option_table *table, int argc, char **argv, void *ret) MUST_CHECK;

/* The rows of struct common_options, for docs. */
extern const struct option_table options_common;

/* Append the table's own rows as Markdown. */
void options_describe(const struct option_table *table, struct buffer *out);

/* The content of a secret's file without trailing line breaks, at most `most` bytes: *ret, to be
 * freed with secret_free. 0, -ENOENT, -EACCES, -EFBIG, -ENODATA if there is nothing in it, -EINVAL
 * if it is not a regular file or holds a NUL byte, or another -errno. */
int secret_read(const char *path, size_t most, char **ret) MUST_CHECK;
char *secret_free(char *secret); /* wipes it first */
DEFINE_AUTO(char *, secret_free)
