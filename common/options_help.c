/* options_help.c - how settings look to people: their flags, --help, docs */
#include "common/options_help.h"

#include <stdio.h>
#include <string.h>

enum {
    HELP_COLUMNS = 80,
    HELP_INDENT = 6,
};

void option_flag(const struct option_row *row, char ret[OPTION_FLAG_MOST])
{
    const char *name = row->name + strlen("DAPI_");

    snprintf(ret, OPTION_FLAG_MOST, "--%s", name);
    for (char *c = ret; *c; c++)
        if (*c == '_')
            *c = '-';
        else if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
}

void option_range(const struct option_row *row, struct buffer *out)
{
    if (row->kind == OPTION_KIND_INT) {
        buffer_add_number(out, row->least);
        buffer_add_text(out, " to ");
        buffer_add_number(out, row->most);
    }
    if (row->kind == OPTION_KIND_BOOL)
        buffer_add_text(out, "1, true, yes or 0, false, no");
    for (const char *c = row->choices; row->kind == OPTION_KIND_ENUM && *c; c++)
        if (*c != '|')
            buffer_add(out, c, 1);
        else
            buffer_add_text(out, strchr(c + 1, '|') ? ", " : " or ");
}

/* Append `text`, broken between words, each line indented. A word longer than a line stands alone.
 */
static void add_wrapped(struct buffer *out, size_t indent, const char *text)
{
    size_t column = 0;

    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t word = strcspn(text, " ");

        if (column > 0 && column + 1 + word > HELP_COLUMNS) {
            buffer_add_text(out, "\n");
            column = 0;
        }
        buffer_add_format(out, "%*s", column > 0 ? 1 : (int)indent, "");
        buffer_add(out, text, word);
        column += (column > 0 ? 1 : indent) + word;
        text += word;
    }
    buffer_add_text(out, "\n");
}

static const char *value_name(const struct option_row *row)
{
    static const char *const names[] = {
        [OPTION_KIND_TEXT] = " TEXT",
        [OPTION_KIND_INT] = " NUMBER",
        [OPTION_KIND_ENUM] = " WORD",
        [OPTION_KIND_BOOL] = "",
    };
    const char *end = strrchr(row->name, '_');

    return row->kind == OPTION_KIND_TEXT && strcmp(end, "_FILE") == 0 ? " PATH" : names[row->kind];
}

static void add_row(struct buffer *out, const struct option_row *row)
{
    AUTO(buffer_done) struct buffer facts = { 0 };
    char flag[OPTION_FLAG_MOST];

    option_flag(row, flag);
    buffer_add_format(out, "  %s%s\n", flag, value_name(row));
    add_wrapped(out, HELP_INDENT, row->meaning);
    buffer_add_format(&facts, "[%s", row->name);
    if (row->kind != OPTION_KIND_TEXT)
        buffer_add_text(&facts, ": ");
    option_range(row, &facts);
    buffer_add_format(&facts, *row->fallback ? "; default %s]" : "; no default]", row->fallback);
    buffer_add(&facts, "", 1);
    add_wrapped(out, HELP_INDENT, facts.data);
}

static void add_rows(struct buffer *out, const char *title, const struct option_table *table)
{
    buffer_add_format(out, "\n%s\n", title);
    for (size_t i = 0; i < table->count; i++)
        add_row(out, &table->rows[i]);
}

void options_help(const struct option_table *table, struct buffer *out)
{
    buffer_add_format(out, "Usage: %s [--flag VALUE | --flag=VALUE]...\n\n", table->program);
    add_wrapped(out, 0, table->meaning);
    buffer_add_text(out, "A flag goes before its environment variable, that before the default.\n");
    if (table->count > 0)
        add_rows(out, "Settings of this service:", table);
    add_rows(out, "Settings of every service:", &options_common);
    buffer_add_text(out, "\nInstead of running:\n"
                         "  --help     print this\n"
                         "  --version  print the version\n"
                         "  --health   ask the running process, at its admin listener, whether it\n"
                         "             is ready: exit status 0 if it is\n"
                         "  --make-curve-keys FOLDER\n"
                         "             make what DAPI_CURVE_… need, of all four services, in\n"
                         "             FOLDER/SERVICE/; what is there stays\n");
}

/* A cell of a table must not hold the bar that ends it. */
static void add_cell(struct buffer *out, const char *text)
{
    for (; *text; text++)
        if (*text == '|')
            buffer_add_text(out, "\\|");
        else
            buffer_add(out, text, 1);
}

void options_describe(const struct option_table *table, struct buffer *out)
{
    buffer_add_text(out, "| variable | flag | default | may be | meaning |\n"
                         "|---|---|---|---|---|\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        char flag[OPTION_FLAG_MOST];

        option_flag(row, flag);
        buffer_add_format(out, *row->fallback ? "| `%s` | `%s` | `%s` | " : "| `%s` | `%s` | %s | ",
                          row->name, flag, row->fallback);
        option_range(row, out);
        buffer_add_text(out, " | ");
        add_cell(out, row->meaning);
        buffer_add_text(out, " |\n");
    }
}
