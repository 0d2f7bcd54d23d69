/* options.h - robotsvc's settings as a struct (options.def) */
#pragma once

#include "common/options.h"

struct robotsvc_options {
    struct common_options common;
#define OPTION_FILE "robotsvc/options.def"
#include "common/options_struct.h"
};

const struct option_table *robotsvc_option_table(void);
