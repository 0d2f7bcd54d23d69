/* describe_settings.c - the services' settings: tables for docs/, and entries of manual pages */
#include "docs/describe.h"

#include "common/options_help.h"

#include "callsvc/options.h"
#include "gateway/options.h"
#include "robotsvc/options.h"
#include "tokensvc/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_table *common_table(void)
{
    return &options_common;
}

static const struct {
    const char *name;
    const struct option_table *(*table)(void);
} services[] = {
    {"gateway",   gateway_option_table },
    { "callsvc",  callsvc_option_table },
    { "tokensvc", tokensvc_option_table},
    { "robotsvc", robotsvc_option_table},
    { "common",   common_table         },
};

static const struct option_table *find_table(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(services); i++)
        if (strcmp(services[i].name, name) == 0)
            return services[i].table();
    fprintf(stderr, "describe: there is no service %s\n", name);
    exit(1);
}

void describe_settings(const char *rest, struct buffer *out)
{
    options_describe(find_table(rest), out);
}

/* A line of text must not begin as a request of roff's. */
static void add_roff(struct buffer *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buffer_add_text(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\' || *text == '-')
            buffer_add_text(out, "\\");
        buffer_add(out, *text == '\\' ? "e" : text, 1);
    }
}

static void add_entry(struct buffer *out, const struct option_row *row)
{
    AUTO(buffer_done) struct buffer range = { 0 };
    char flag[OPTION_FLAG_MOST];

    option_flag(row, flag);
    option_range(row, &range);
    buffer_add(&range, "", 1);
    buffer_add_text(out, ".TP\n.BR ");
    add_roff(out, flag);
    buffer_add_text(out, " \", \" ");
    add_roff(out, row->name);
    buffer_add_text(out, "\n");
    add_roff(out, row->meaning);
    buffer_add_text(out, ".\n");
    if (*range.data) {
        add_roff(out, range.data);
        buffer_add_text(out, "; ");
    }
    buffer_add_text(out, *row->fallback ? "default " : "no default.\n");
    if (*row->fallback) {
        add_roff(out, row->fallback);
        buffer_add_text(out, ".\n");
    }
}

void describe_manual(const char *rest, struct buffer *out)
{
    const struct option_table *table = find_table(rest);

    for (size_t i = 0; i < table->count; i++)
        add_entry(out, &table->rows[i]);
}

void describe_meaning(const char *rest, struct buffer *out)
{
    add_roff(out, find_table(rest)->meaning);
    buffer_add_text(out, "\n");
}

void describe_siblings(const char *rest, struct buffer *out)
{
    const char *separator = ".BR ";

    find_table(rest);
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        const char *name = services[i].name;

        if (strcmp(name, rest) == 0 || strcmp(name, "common") == 0)
            continue;
        buffer_add_format(out, "%sdapi\\-%s (8)", separator, name);
        separator = " \", \" ";
    }
    buffer_add_text(out, "\n");
}
