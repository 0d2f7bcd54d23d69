/* device.c - what a push address must look like */
#include "callsvc/device.h"

#include <ctype.h>
#include <string.h>

static enum error refuse(struct fault *reterr, const char *field, const char *problem)
{
    *reterr = (struct fault){ field, problem };
    return ERROR_BAD_FIELD;
}

static bool is_hexadecimal(const char *text)
{
    size_t length = strspn(text, "0123456789abcdefABCDEF");

    return length % 2 == 0 && text[length] == '\0';
}

static bool is_graphic(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80 || !isgraph((unsigned char)*text))
            return false;
    return true;
}

/* Bundle ids and package names. */
static bool is_app(const char *text)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(".-_", *text))
            return false;
    return true;
}

enum error device_check(const struct device_register *device, struct fault *reterr)
{
    bool is_apns = device->platform == PLATFORM_APNS;

    if (!is_app(device->app))
        return refuse(reterr, "app", "may have letters, digits, dots, hyphens and underscores");
    if (is_apns && !is_hexadecimal(device->token))
        return refuse(reterr, "token", "is not hexadecimal");
    if (!is_graphic(device->token))
        return refuse(reterr, "token", "has characters that no token has");
    if (is_apns && !is_hexadecimal(device->alert_token))
        return refuse(reterr, "alert_token", "is not hexadecimal");
    if (!is_graphic(device->alert_token))
        return refuse(reterr, "alert_token", "has characters that no token has");
    return ERROR_NONE;
}
