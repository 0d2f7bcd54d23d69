/* options.h - the gateway's settings as a struct (options.def) */
#pragma once

#include "common/options.h"

enum gateway_auth { GATEWAY_AUTH_NONE, GATEWAY_AUTH_JWT };

struct gateway_options {
    struct common_options common;
#define OPTION_FILE "gateway/options.def"
#include "common/options_struct.h"
};

const struct option_table *gateway_option_table(void);
