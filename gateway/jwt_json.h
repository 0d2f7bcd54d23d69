/* jwt_json.h - JSON of tokens and keys, under AUTO(json_dropp) */
#pragma once

#include "common/auto.h"

#include <jansson.h>

static inline json_t *json_drop(json_t *json)
{
    json_decref(json);
    return NULL;
}
DEFINE_AUTO(json_t *, json_drop)
