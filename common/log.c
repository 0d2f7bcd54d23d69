/* log.c - one line a record on stderr, logfmt or JSON */
#include "common/log.h"

#include "common/clock.h"
#include "common/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_MOST = 4096,
    TAIL_MOST = 512,     /* kept free behind the message for what the record is about */
    CHARACTER_MOST = 12, /* an escape, or the mark of a cut, and the quote behind it */
    TRACE_ID_AT = 3,     /* in a traceparent: 00-<trace id>-… */
    TRACE_ID_LENGTH = 32,
};

struct line {
    char bytes[LINE_MOST];
    size_t size;
};

static struct {
    const char *service;
    enum log_level least;
    bool is_json;
} settings = { .service = "dapi", .least = LOG_LEVEL_INFO };

static const char *const level_names[] = { "debug", "info", "warning", "error" };

void log_init(const char *service, enum log_level least, bool is_json)
{
    settings.service = service;
    settings.least = least;
    settings.is_json = is_json;
}

static void add(struct line *line, const char *text, size_t length)
{
    memcpy(line->bytes + line->size, text, length);
    line->size += length;
}

static void add_format(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_format(struct line *line, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line->bytes + line->size, LINE_MOST - line->size, format, arguments);
    va_end(arguments);
    line->size += (size_t)length;
}

/* The bytes of the UTF-8 character that `text` begins with, or 0 if it begins with none. */
static size_t character_length(const char *text, size_t left)
{
    unsigned char lead = (unsigned char)*text;
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    return length <= left && text_is_utf8(text, length) ? length : 0;
}

/* A control character, C0 or C1: terminals obey both. */
static bool is_control(const char *text, size_t length)
{
    unsigned char c = (unsigned char)text[0];

    return c < 0x20 || c == 0x7f || (length == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static void add_escaped(struct line *line, const char *text, size_t length)
{
    static const char short_forms[] = {
        ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
    };
    unsigned char c = (unsigned char)text[0];

    if (length == 0 && settings.is_json)
        add(line, "\\ufffd", 6);
    else if (length == 0)
        add_format(line, "\\x%02x", c);
    else if (c < sizeof short_forms && short_forms[c])
        add(line, (char[]){ '\\', short_forms[c] }, 2);
    else if (is_control(text, length))
        add_format(line, "\\u%04x", length == 2 ? (unsigned char)text[1] : c);
    else
        add(line, text, length);
}

/* `text` in quotes, cut where the line would grow beyond `most` bytes. */
static void add_quoted(struct line *line, const char *text, size_t most)
{
    size_t left = strlen(text);

    add(line, "\"", 1);
    while (left > 0 && line->size + CHARACTER_MOST < most) {
        size_t length = character_length(text, left);
        size_t step = length ? length : 1;

        add_escaped(line, text, length);
        text += step;
        left -= step;
    }
    if (left > 0)
        add(line, "…", strlen("…"));
    add(line, "\"", 1);
}

static bool is_plain_word(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-_.:/+");

    return length > 0 && length <= 128 && !text[length];
}

static void add_field(struct line *line, const char *name, const char *value, size_t most)
{
    if (settings.is_json) {
        add_format(line, "%c\"%s\":", line->size ? ',' : '{', name);
        add_quoted(line, value, most);
        return;
    }
    add_format(line, "%s%s=", line->size ? " " : "", name);
    if (is_plain_word(value))
        add(line, value, strlen(value));
    else
        add_quoted(line, value, most);
}

static void add_about(struct line *line, const struct log_about *about)
{
    const char *parent = about->traceparent ? about->traceparent : "";
    char trace_id[TRACE_ID_LENGTH + 1];

    if (about->request_id && *about->request_id)
        add_field(line, "request_id", about->request_id, LINE_MOST - TAIL_MOST / 2);
    if (strnlen(parent, TRACE_ID_AT + TRACE_ID_LENGTH) < TRACE_ID_AT + TRACE_ID_LENGTH)
        return;
    memcpy(trace_id, parent + TRACE_ID_AT, TRACE_ID_LENGTH);
    trace_id[TRACE_ID_LENGTH] = '\0';
    for (size_t i = 0; i < TRACE_ID_LENGTH; i++)
        if (!isxdigit((unsigned char)trace_id[i]))
            return;
    add_field(line, "trace_id", trace_id, LINE_MOST);
}

static void write_record(enum log_level level, const struct log_about *about, const char *message)
{
    struct line line = { .size = 0 };
    char time[TIME_TEXT_MOST];

    text_from_time(clock_wall_ms(), time);
    add_field(&line, "time", time, LINE_MOST);
    add_field(&line, "level", level_names[level], LINE_MOST);
    add_field(&line, "service", settings.service, LINE_MOST);
    /* Always quoted, so that a reader of logfmt can rely on it. */
    add_format(&line, settings.is_json ? ",\"msg\":" : " msg=");
    add_quoted(&line, message, LINE_MOST - TAIL_MOST);
    if (about)
        add_about(&line, about);
    add(&line, settings.is_json ? "}\n" : "\n", settings.is_json ? 2 : 1);
    /* Nowhere is left to say that the log cannot be written. */
    (void)!write(STDERR_FILENO, line.bytes, line.size);
}

bool log_is_written(enum log_level level)
{
    return level >= settings.least;
}

void log_write(enum log_level level, const struct log_about *about, const char *format, ...)
{
    char message[LINE_MOST];
    va_list arguments;

    if (level < settings.least)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    write_record(level, about, message);
}

int log_failed(int r, const char *what, ...)
{
    const char *reason = strerrordesc_np(-r);
    char message[LINE_MOST / 2];
    va_list arguments;

    va_start(arguments, what);
    vsnprintf(message, sizeof message, what, arguments);
    va_end(arguments);
    log_error("cannot %s: %s", message, reason ? reason : "unknown error");
    return r;
}
