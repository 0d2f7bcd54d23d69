/* text.c - the small texts that all services agree on */
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

bool text_is_agora(const char *text, size_t length)
{
    static const bool allowed[256] = {
        ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, [' '] = true,
        ['!'] = true,         ['#'] = true,         ['$'] = true,         ['%'] = true,
        ['&'] = true,         ['('] = true,         [')'] = true,         ['+'] = true,
        ['-'] = true,         [':'] = true,         [';'] = true,         ['<'] = true,
        ['='] = true,         ['.'] = true,         ['>'] = true,         ['?'] = true,
        ['@'] = true,         ['['] = true,         [']'] = true,         ['^'] = true,
        ['_'] = true,         ['{'] = true,         ['}'] = true,         ['|'] = true,
        ['~'] = true,         [','] = true,
    };

    for (size_t i = 0; i < length; i++)
        if (!allowed[(unsigned char)text[i]])
            return false;
    return true;
}

/* Bytes of the character at `at`, or 0 if it is not well-formed. */
static size_t utf8_size(const unsigned char *at, size_t left)
{
    /* RFC 3629 section 4: only the second byte's range depends on the first one. */
    static const struct {
        unsigned char first_least, first_most, second_least, second_most;
        size_t size;
    } forms[] = {
        {0xc2,  0xdf, 0x80, 0xbf, 2},
        { 0xe0, 0xe0, 0xa0, 0xbf, 3},
        { 0xe1, 0xec, 0x80, 0xbf, 3},
        { 0xed, 0xed, 0x80, 0x9f, 3},
        { 0xee, 0xef, 0x80, 0xbf, 3},
        { 0xf0, 0xf0, 0x90, 0xbf, 4},
        { 0xf1, 0xf3, 0x80, 0xbf, 4},
        { 0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    if (*at < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (*at < forms[i].first_least || *at > forms[i].first_most)
            continue;
        if (left < forms[i].size || at[1] < forms[i].second_least || at[1] > forms[i].second_most)
            return 0;
        for (size_t n = 2; n < forms[i].size; n++)
            if ((at[n] & 0xc0) != 0x80)
                return 0;
        return forms[i].size;
    }
    return 0;
}

/* The next eight bytes are: most texts are nothing else. */
static bool is_ascii(const unsigned char *at, size_t left)
{
    uint64_t bytes;

    if (left < sizeof bytes)
        return false;
    memcpy(&bytes, at, sizeof bytes);
    return (bytes & UINT64_C(0x8080808080808080)) == 0;
}

bool text_is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    while (length > 0) {
        size_t size = is_ascii(at, length) ? sizeof(uint64_t) : utf8_size(at, length);

        if (size == 0)
            return false;
        at += size;
        length -= size;
    }
    return true;
}

bool text_is_integer_uid(const char *text)
{
    uint64_t number = 0;

    if (*text < '1' || *text > '9')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = number * 10 + (uint64_t)(*text - '0');
        if (number > UINT32_MAX)
            return false;
    }
    return true;
}

bool text_to_int64(const char *text, size_t length, int64_t *ret)
{
    bool is_negative = length > 0 && *text == '-';
    int64_t number = 0;

    if (length == is_negative)
        return false;
    for (size_t i = is_negative; i < length; i++) {
        int digit = text[i] - '0';

        /* Counted downwards: INT64_MIN has no positive twin. */
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            return false;
    }
    if (!is_negative && number == INT64_MIN)
        return false;
    *ret = is_negative ? number : -number;
    return true;
}

bool text_equal_secret(const char *a, const char *b, size_t length)
{
    volatile unsigned char difference = 0;

    for (size_t i = 0; i < length; i++)
        difference = (unsigned char)(difference | (a[i] ^ b[i]));
    return difference == 0;
}

static void fill_from_system(unsigned char *at, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);

        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

void random_bytes(void *ret, size_t size)
{
    /* A child that is forked without exec would draw the same bytes: ours always exec. */
    static _Thread_local unsigned char pool[1024];
    static _Thread_local size_t left;

    if (size > sizeof pool / 4) {
        fill_from_system(ret, size);
        return;
    }
    if (left < size) {
        fill_from_system(pool, sizeof pool);
        left = sizeof pool;
    }
    left -= size;
    memcpy(ret, pool + left, size);
    explicit_bzero(pool + left, size); /* what became a secret is nowhere else */
}

void random_text(char *ret, size_t length)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    enum { LETTERS = sizeof alphabet - 1, FAIR = 256 - 256 % LETTERS };

    for (size_t i = 0; i < length;) {
        unsigned char byte;

        random_bytes(&byte, 1);
        if (byte < FAIR)
            ret[i++] = alphabet[byte % LETTERS];
    }
    ret[length] = '\0';
}

void random_uuid(char ret[CALL_ID_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    char *at = ret;

    random_bytes(bytes, sizeof bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
    bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 0x0f];
    }
    *at = '\0';
}
