/* options.c - a service's settings: argv, then the environment, then the table's defaults */
#include "common/options.h"

#include "common/memory.h"
#include "common/options_help.h"
#include "common/text.h"
#include "common/version.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row common_rows[] = {
#define THIS        struct common_options
#define OPTION_FILE "common/common_options.def"
#include "common/options_rows.h"
#undef THIS
};

const struct option_table options_common = {
    .program = "dapi",
    .meaning = "Settings that every service has.",
    .rows = common_rows,
    .count = COUNT_OF(common_rows),
};

/* What is being read, and the flags that were seen: a text for each row, the table's before the
 * common ones; NULL where there was none. */
struct reading {
    const struct option_table *table;
    size_t count;
    const char **flags;
    enum options_outcome outcome;
};

/* A row's text and where it is from, for complaints: "DAPI_X" or "--x". */
struct given {
    const char *text;
    const char *from;
};

static const struct option_row *row_at(const struct reading *reading, size_t i)
{
    size_t own = reading->table->count;

    return i < own ? &reading->table->rows[i] : &common_rows[i - own];
}

static int complain(const struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int complain(const struct reading *reading, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", reading->table->program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return -EINVAL;
}

static int read_int(const struct reading *reading, const struct option_row *row,
                    const struct given *given, int64_t *ret)
{
    int64_t number;

    if (!text_to_int64(given->text, strlen(given->text), &number) || number < row->least ||
        number > row->most)
        return complain(reading,
                        "%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64 " (%s)",
                        given->from, given->text, row->least, row->most, row->meaning);
    *ret = number;
    return 0;
}

/* Where `text` stands among "one|two|three", or -1. */
static int find_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    for (int i = 0; length > 0; i++) {
        size_t here = strcspn(choices, "|");

        if (here == length && memcmp(choices, text, length) == 0)
            return i;
        if (!choices[here])
            break;
        choices += here + 1;
    }
    return -1;
}

static int read_choice(const struct reading *reading, const struct option_row *row,
                       const struct given *given, int *ret)
{
    AUTO(buffer_done) struct buffer choices = { 0 };
    int choice = find_choice(row->choices, given->text);

    if (choice >= 0) {
        *ret = choice;
        return 0;
    }
    option_range(row, &choices);
    return complain(reading, "%s: \"%s\" is not %.*s", given->from, given->text, (int)choices.size,
                    choices.data);
}

static int read_bool(const struct reading *reading, const struct given *given, bool *ret)
{
    int choice = find_choice("1|true|yes|0|false|no", given->text);

    if (choice < 0)
        return complain(reading, "%s: \"%s\" is neither 1, true, yes nor 0, false, no", given->from,
                        given->text);
    *ret = choice < 3;
    return 0;
}

static int store(const struct reading *reading, const struct option_row *row,
                 const struct given *given, void *options)
{
    void *member = (char *)options + row->offset;

    switch (row->kind) {
    case OPTION_KIND_TEXT: *(const char **)member = given->text; return 0;
    case OPTION_KIND_INT: return read_int(reading, row, given, member);
    case OPTION_KIND_ENUM: return read_choice(reading, row, given, member);
    case OPTION_KIND_BOOL: return read_bool(reading, given, member);
    }
    return -EINVAL;
}

/* Flag, environment, default. Compose files set variables to nothing where they mean the default;
 * only a text can mean to be empty. */
static int read_row(const struct reading *reading, size_t i, void *options)
{
    const struct option_row *row = row_at(reading, i);
    const char *environment = getenv(row->name); // NOLINT(concurrency-mt-unsafe): before threads
    char flag[OPTION_FLAG_MOST];

    if (reading->flags[i]) {
        option_flag(row, flag);
        return store(reading, row, &(struct given){ reading->flags[i], flag }, options);
    }
    if (environment && (*environment || row->kind == OPTION_KIND_TEXT))
        return store(reading, row, &(struct given){ environment, row->name }, options);
    return store(reading, row, &(struct given){ row->fallback, row->name }, options);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein: letters to change, add or drop to make `a` of `b`; both shorter than
 * OPTION_FLAG_MOST. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[OPTION_FLAG_MOST];
    size_t length = strlen(b);

    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t swapped = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = smaller(swapped, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

static int refuse_flag(const struct reading *reading, const char *flag)
{
    char nearest[OPTION_FLAG_MOST] = "";
    size_t distance = strlen(flag) / 3 + 1; /* farther than that is no typing error */

    for (size_t i = 0; i < reading->count && strlen(flag) < OPTION_FLAG_MOST; i++) {
        char other[OPTION_FLAG_MOST];
        size_t d;

        option_flag(row_at(reading, i), other);
        d = edit_distance(flag, other);
        if (d < distance) {
            distance = d;
            memcpy(nearest, other, sizeof nearest);
        }
    }
    if (*nearest)
        return complain(reading, "there is no flag %s; did you mean %s?", flag, nearest);
    return complain(reading, "there is no flag %s; --help lists them all", flag);
}

/* --help and its like: what is asked for instead of running. */
static bool find_outcome(const char *argument, enum options_outcome *ret)
{
    static const struct {
        const char *flag;
        enum options_outcome outcome;
    } outcomes[] = {
        {"--help",     OPTIONS_HELP   },
        { "-h",        OPTIONS_HELP   },
        { "--version", OPTIONS_VERSION},
        { "--health",  OPTIONS_HEALTH },
    };

    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        if (strcmp(argument, outcomes[i].flag) == 0) {
            *ret = outcomes[i].outcome;
            return true;
        }
    return false;
}

static bool find_row(const struct reading *reading, const char *flag, size_t *ret)
{
    char other[OPTION_FLAG_MOST];

    for (size_t i = 0; i < reading->count; i++) {
        option_flag(row_at(reading, i), other);
        if (strcmp(flag, other) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* One flag, and the argument behind it where that is its value. *used: how many arguments. */
static int read_flag(const struct reading *reading, char **arguments, int *used)
{
    const char *equals = strchr(arguments[0], '=');
    size_t length = equals ? (size_t)(equals - arguments[0]) : strlen(arguments[0]);
    AUTO(free_memory) char *flag = must_format("%.*s", (int)length, arguments[0]);
    size_t i;

    if (!find_row(reading, flag, &i))
        return refuse_flag(reading, flag);
    *used = 1;
    if (equals)
        reading->flags[i] = equals + 1;
    else if (row_at(reading, i)->kind == OPTION_KIND_BOOL)
        reading->flags[i] = "1";
    else if (!arguments[1] || strncmp(arguments[1], "--", 2) == 0)
        return complain(reading, "%s needs a value", flag);
    else
        reading->flags[i] = arguments[(*used)++];
    return 0;
}

static int read_arguments(struct reading *reading, int argc, char **argv)
{
    int used;
    int r;

    for (int i = 1; i < argc; i += used) {
        used = 1;
        if (find_outcome(argv[i], &reading->outcome))
            continue;
        if (strncmp(argv[i], "--", 2) != 0)
            return complain(reading,
                            "\"%s\" is not a flag: settings are given as --name VALUE; --help "
                            "lists them all",
                            argv[i]);
        r = read_flag(reading, argv + i, &used);
        if (r < 0)
            return r;
    }
    return 0;
}

/* True if that was all: then neither argv nor the environment needs to be in order. */
static bool print_what_is_asked(const struct option_table *table, int argc, char **argv,
                                enum options_outcome *ret)
{
    AUTO(buffer_done) struct buffer out = { 0 };
    enum options_outcome outcome = OPTIONS_RUN;

    for (int i = 1; i < argc && outcome != OPTIONS_HELP && outcome != OPTIONS_VERSION; i++)
        find_outcome(argv[i], &outcome);
    if (outcome == OPTIONS_HELP)
        options_help(table, &out);
    else if (outcome == OPTIONS_VERSION)
        buffer_add_format(&out, "%s (dapi) %s\n", table->program, DAPI_VERSION);
    else
        return false;
    fwrite(out.data, 1, out.size, stdout);
    fflush(stdout);
    *ret = outcome;
    return true;
}

int options_read(const struct option_table *table, int argc, char **argv, void *ret)
{
    struct reading reading = { .table = table, .count = table->count + COUNT_OF(common_rows) };
    AUTO(free_memory) const char **flags = must_alloc(reading.count, sizeof *flags);
    int r;

    reading.flags = flags;
    if (print_what_is_asked(table, argc, argv, &reading.outcome))
        return (int)reading.outcome;
    r = read_arguments(&reading, argc, argv);
    for (size_t i = 0; r == 0 && i < reading.count; i++)
        r = read_row(&reading, i, ret);
    return r < 0 ? r : (int)reading.outcome;
}
