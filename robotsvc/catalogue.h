/* catalogue.h - the recordings that robots can play: every NAME.opus of one folder, read at start
 */
#pragma once

#include "robotsvc/ogg_opus.h"

#include <stdbool.h>

#define CATALOGUE_DEFAULT "greeting"

struct catalogue;

/* Why a folder was refused. */
struct catalogue_fault {
    char file[256]; /* "" if it is about the folder */
    const char *problem;
};

/* Read and check every *.opus file of `folder`. 0 and *ret; -EINVAL for a file that cannot be
 * played or a folder without greeting.opus; or -errno of what could not be read; each with *reterr
 * filled in. */
int catalogue_open(const char *folder, struct catalogue **ret,
                   struct catalogue_fault *reterr) MUST_CHECK;
struct catalogue *catalogue_free(struct catalogue *catalogue);
DEFINE_AUTO(struct catalogue *, catalogue_free)

/* NULL if there is none of this name; "" is the default. Lives as long as the catalogue. */
const struct recording *catalogue_find(const struct catalogue *catalogue, const char *name);
size_t catalogue_count(const struct catalogue *catalogue);
