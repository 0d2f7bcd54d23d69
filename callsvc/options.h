/* options.h - callsvc's settings as a struct (options.def) */
#pragma once

#include "common/options.h"

struct callsvc_options {
    struct common_options common;
#define OPTION_FILE "callsvc/options.def"
#include "common/options_struct.h"
};

/* DAPI_BUSY, in the order of its choices. */
enum busy_choice { BUSY_ALLOW, BUSY_REJECT };
/* DAPI_APNS_EXPIRATION, the same. */
enum apns_expiration_choice { APNS_EXPIRES_AT_ONCE, APNS_EXPIRES_WITH_RING };

const struct option_table *callsvc_option_table(void);
