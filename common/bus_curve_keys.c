/* bus_curve_keys.c - lists of public keys, as files say them */
#include "common/bus_curve_keys.h"

#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

enum { FILE_MOST = 128 * 1024 };

static const char blanks[] = " \t\r";

/* libzmq's decoder reads up to the NUL and multiplies without a look at 32 bits: it is given
 * nothing that was not counted and compared before. */
bool curve_is_key(const char *text, size_t length)
{
    char copy[CURVE_KEY_LENGTH + 1] = "";
    char again[CURVE_KEY_LENGTH + 1];
    uint8_t bytes[CURVE_KEY_BYTES];
    bool is_key;

    if (length != CURVE_KEY_LENGTH)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    memcpy(copy, text, length);
    is_key = zmq_z85_decode(bytes, copy) && zmq_z85_encode(again, bytes, sizeof bytes) &&
             memcmp(copy, again, length) == 0;
    explicit_bzero(copy, sizeof copy);
    explicit_bzero(again, sizeof again);
    explicit_bzero(bytes, sizeof bytes);
    return is_key;
}

static bool is_name(struct bytes word)
{
    const char *text = word.data;

    for (size_t i = 0; i < word.size; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= '0' && text[i] <= '9') || (text[i] && strchr("._-", text[i]))))
            return false;
    return word.size >= 1 && word.size <= CURVE_NAME_MOST;
}

static bool is_blank(char c)
{
    return c && strchr(blanks, c);
}

/* The next word of a line; its size is 0 at the end. */
static struct bytes take_word(struct bytes *line)
{
    const char *at = line->data;
    const char *end = at + line->size;
    const char *begin;

    while (at < end && is_blank(*at))
        at++;
    begin = at;
    while (at < end && !is_blank(*at))
        at++;
    *line = (struct bytes){ at, (size_t)(end - at) };
    return (struct bytes){ begin, (size_t)(at - begin) };
}

static void add_key(struct curve_keys *keys, struct bytes name, struct bytes text)
{
    struct curve_key *key;

    keys->all = must_resize(keys->all, keys->count + 1, sizeof *keys->all);
    key = &keys->all[keys->count++];
    *key = (struct curve_key){ 0 };
    memcpy(key->name, name.data, name.size);
    memcpy(key->text, text.data, text.size);
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct curve_keys *keys, struct bytes line)
{
    struct bytes name = take_word(&line);
    struct bytes text = take_word(&line);

    if (name.size == 0 || *(const char *)name.data == '#')
        return NULL;
    if (!is_name(name))
        return "a name is 1 to 32 letters, digits, '.', '_', '-'";
    if (!curve_is_key(text.data, text.size))
        return "behind the name stands a key of 40 characters of Z85";
    if (take_word(&line).size > 0)
        return "nothing stands behind the key";
    if (keys->count == CURVE_KEYS_MOST)
        return "there are more than 1024 keys";
    add_key(keys, name, text);
    return NULL;
}

int curve_keys_read(struct bytes text, struct curve_keys *ret, char reterr[CURVE_PROBLEM_MOST])
{
    AUTO(curve_keys_done) struct curve_keys keys = { 0 };
    const char *at = text.data;
    const char *end = at + text.size;

    for (unsigned number = 1; at < end; number++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        struct bytes line = { at, (size_t)((line_end ? line_end : end) - at) };
        const char *problem = read_line(&keys, line);

        if (problem) {
            snprintf(reterr, CURVE_PROBLEM_MOST, "line %u: %s", number, problem);
            return -EINVAL;
        }
        at = line_end ? line_end + 1 : end;
    }
    *ret = keys;
    keys = (struct curve_keys){ 0 };
    return 0;
}

static const char *problem_of(int r)
{
    switch (r) {
    case -ENOENT: return "there is no such file";
    case -EACCES: return "it may not be read";
    case -ENODATA: return "it is empty";
    case -EFBIG: return "it is too large";
    default: return "it cannot be read as text";
    }
}

int curve_keys_read_file(const char *path, struct curve_keys *ret, char reterr[CURVE_PROBLEM_MOST])
{
    AUTO(secret_freep) char *text = NULL;
    int r = secret_read(path, FILE_MOST, &text);

    if (r < 0) {
        snprintf(reterr, CURVE_PROBLEM_MOST, "%s", problem_of(r));
        return -EINVAL;
    }
    return curve_keys_read((struct bytes){ text, strlen(text) }, ret, reterr);
}

void curve_keys_done(struct curve_keys *keys)
{
    free(keys->all);
    *keys = (struct curve_keys){ 0 };
}

int curve_secret_read_file(const char *path, char ret[CURVE_KEY_LENGTH + 1],
                           char reterr[CURVE_PROBLEM_MOST])
{
    AUTO(secret_freep) char *text = NULL;
    const char *problem = NULL;
    struct stat status;
    int r = secret_read(path, CURVE_KEY_LENGTH, &text);

    if (r < 0)
        problem = r == -EFBIG ? "it is no key of 40 characters of Z85" : problem_of(r);
    else if (!curve_is_key(text, strlen(text)))
        problem = "it is no key of 40 characters of Z85";
    else if (stat(path, &status) < 0 || (status.st_mode & S_IROTH))
        problem = "everybody may read it: chmod o-r";
    if (problem) {
        snprintf(reterr, CURVE_PROBLEM_MOST, "%s", problem);
        return -EINVAL;
    }
    memcpy(ret, text, CURVE_KEY_LENGTH + 1);
    return 0;
}

const struct curve_key *curve_keys_find_name(const struct curve_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->all[i].name, name) == 0)
            return &keys->all[i];
    return NULL;
}

const struct curve_key *curve_keys_find(const struct curve_keys *keys, const char *text)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->all[i].text, text) == 0)
            return &keys->all[i];
    return NULL;
}
