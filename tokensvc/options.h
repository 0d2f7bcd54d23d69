/* options.h - tokensvc's settings as a struct (options.def) */
#pragma once

#include "common/options.h"

struct tokensvc_options {
    struct common_options common;
#define OPTION_FILE "tokensvc/options.def"
#include "common/options_struct.h"
};

const struct option_table *tokensvc_option_table(void);
