/* fuzz_curve_keys.c - lists of public keys are read or refused, whatever the file holds */
#include "common/bus_curve_keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_key(const struct curve_keys *keys, const struct curve_key *key)
{
    const struct curve_key *found = curve_keys_find(keys, key->text);

    if (!*key->name || strlen(key->name) > CURVE_NAME_MOST || strpbrk(key->name, " \t\n#/\"") ||
        !curve_is_key(key->text, strlen(key->text)) || !found ||
        strcmp(found->text, key->text) != 0 || !curve_keys_find_name(keys, key->name))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(curve_keys_done) struct curve_keys keys = { 0 };
    char problem[CURVE_PROBLEM_MOST] = "";

    if (curve_keys_read((struct bytes){ data, size }, &keys, problem) < 0) {
        if (keys.all || !memchr(problem, '\0', sizeof problem) || strncmp(problem, "line ", 5) != 0)
            abort();
        return 0;
    }
    if (keys.count > CURVE_KEYS_MOST)
        abort();
    for (size_t i = 0; i < keys.count; i++)
        check_key(&keys, &keys.all[i]);
    return 0;
}
