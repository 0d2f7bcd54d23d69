/* uuid.c - lower-case UUIDs as text and as bytes */
#include "callsvc/uuid.h"

#include <stddef.h>
#include <string.h>

static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
static const char digits[] = "0123456789abcdef";

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool uuid_is_valid(const char *text)
{
    if (strlen(text) != sizeof pattern - 1)
        return false;
    for (size_t i = 0; i < sizeof pattern - 1; i++)
        if (pattern[i] == '-' ? text[i] != '-' : !is_digit(text[i]))
            return false;
    return true;
}

static unsigned digit_value(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a') + 10;
}

void uuid_to_bytes(const char *text, unsigned char ret[UUID_BYTES])
{
    for (size_t i = 0; i < UUID_BYTES; i++) {
        text += *text == '-';
        ret[i] = (unsigned char)(digit_value(text[0]) << 4 | digit_value(text[1]));
        text += 2;
    }
}

void uuid_from_bytes(const unsigned char bytes[UUID_BYTES], char *ret)
{
    size_t digit = 0;

    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        ret[i] = '-';
        if (pattern[i] == '-')
            continue;
        ret[i] = digits[digit % 2 == 0 ? bytes[digit / 2] >> 4 : bytes[digit / 2] & 15];
        digit++;
    }
    ret[sizeof pattern - 1] = '\0';
}
