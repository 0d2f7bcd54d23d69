/* log.h - one line a record on stderr, logfmt or JSON. Modules return errors; handlers and main log
 * them, once. Never a token, a key or a certificate. */
#pragma once

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Before any thread is started. `service` is kept, not copied. */
void log_init(const char *service, enum log_level least, bool is_json);

/* For log_write's `request_id` and `traceparent`: what the record is about; NULL or "" if nothing.
 */
struct log_about {
    const char *request_id;
    const char *traceparent; /* its trace id goes into the record */
};

/* One whole line, written with a single write(2); longer than 4 KiB is cut, control characters
 * escaped. */
void log_write(enum log_level level, const struct log_about *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether records of this level are written: for what is costly to say. */
bool log_is_written(enum log_level level);

#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, NULL, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, NULL, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, NULL, __VA_ARGS__)
#define log_error(...)   log_write(LOG_LEVEL_ERROR, NULL, __VA_ARGS__)

/* "cannot <what>: <strerror of -r>" as an error; returns r, for `return log_failed(r, …)`. */
int log_failed(int r, const char *what, ...) __attribute__((format(printf, 2, 3)));
