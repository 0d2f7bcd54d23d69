/* fields.c - the fields of requests, checked, and the two shapes of an answer
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/fields.h"

#include <string.h>

const struct refusal bad_field = { 400, "a field is missing, empty or too long" };

static const char *read_text(json_t *body, const char *name, size_t most, bool *are_good)
{
    json_t *value = json_object_get(body, name);
    const char *text = json_string_value(value);

    if (value && (!text || strlen(text) > most))
        *are_good = false;
    return text && *text ? text : NULL;
}

struct fields fields_read(json_t *body)
{
    struct fields f = { .are_good = true };

    f.room = read_text(body, "room", BRIDGE_NAME_MOST, &f.are_good);
    f.id = read_text(body, "id", BRIDGE_NAME_MOST, &f.are_good);
    f.token = read_text(body, "token", BRIDGE_TOKEN_MOST, &f.are_good);
    f.leg = read_text(body, "leg", BRIDGE_NAME_MOST, &f.are_good);
    f.owner = read_text(body, "owner", BRIDGE_OWNER_MOST, &f.are_good);
    return f;
}

json_t *answer_success(void)
{
    return json_pack("{s:s}", "dapi", "success");
}

json_t *answer_refusal(const struct refusal *refusal)
{
    return json_pack("{s:s,s:i,s:s}", "dapi", "error", "error_code", refusal->code, "error",
                     refusal->text);
}
