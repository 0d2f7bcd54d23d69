/* message_describe.c - messages as people read them (docs) and as OpenAPI wants them (JSON Schema)
 */
#include "common/message_inside.h"

#include <inttypes.h>
#include <string.h>

static void describe_type(const struct field *f, struct buffer *out)
{
    static const char *const kinds[] = {
        [FIELD_TEXT] = "text",   [FIELD_UID] = "uid",      [FIELD_CHANNEL] = "channel",
        [FIELD_INT] = "number",  [FIELD_BOOL] = "boolean", [FIELD_TIME] = "time",
        [FIELD_ENUM] = "one of",
    };

    buffer_add_text(out, kinds[f->kind]);
    if (f->kind == FIELD_TEXT)
        buffer_add_format(out, ", %" PRId64 " to %" PRId64 " bytes", f->least, f->most);
    if (f->kind == FIELD_INT && f->most == INT64_MAX)
        buffer_add_format(out, ", %" PRId64 " or more", f->least);
    else if (f->kind == FIELD_INT)
        buffer_add_format(out, ", %" PRId64 " to %" PRId64, f->least, f->most);
    for (int64_t i = 1; f->kind == FIELD_ENUM && i <= f->most; i++)
        buffer_add_format(out, "%s `%s` (%s)", i > 1 ? "," : "", f->cases[i].text,
                          f->cases[i].meaning);
}

/* Numbers and booleans have a fallback that says something, where it is one of their values. */
static bool has_fallback(const struct field *f)
{
    return f->need == NEED_OPTIONAL && (f->kind == FIELD_INT || f->kind == FIELD_BOOL) &&
           f->fallback >= f->least && f->fallback <= f->most;
}

static void add_fallback(const struct field *f, struct buffer *out)
{
    if (f->kind == FIELD_BOOL)
        buffer_add_text(out, f->fallback ? "true" : "false");
    else
        buffer_add_number(out, f->fallback);
}

static void describe_need(const struct field *f, struct buffer *out)
{
    static const char *const needs[] = {
        [NEED_REQUIRED] = "yes",
        [NEED_OPTIONAL] = "no",
        [NEED_NULLABLE] = "no, or null",
    };

    buffer_add_text(out, needs[f->need]);
    if (has_fallback(f)) {
        buffer_add_text(out, ": ");
        add_fallback(f, out);
    }
}

void message_describe_fields(const struct message *m, struct buffer *out)
{
    buffer_add_text(out, "| field | type | needed | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];

        buffer_add_format(out, "| `%s` | ", f->name);
        describe_type(f, out);
        buffer_add_text(out, " | ");
        describe_need(f, out);
        buffer_add_format(out, " | %s |\n", f->meaning);
    }
    buffer_add_text(out, "\n");
}

void message_describe(const struct message *m, struct buffer *out)
{
    buffer_add_format(out, "### %s\n\n%s\n\n", m->name, m->meaning);
    message_describe_fields(m, out);
}

static void add_json_text(struct buffer *out, const char *text)
{
    buffer_add_json_text(out, text, strlen(text));
}

static void schema_type(const struct field *f, struct buffer *out)
{
    /* Also a uid that is written as text may come as a number. */
    static const char *const types[] = {
        [FIELD_TEXT] = "\"string\"",    [FIELD_UID] = "\"string\",\"integer\"",
        [FIELD_CHANNEL] = "\"string\"", [FIELD_INT] = "\"integer\"",
        [FIELD_BOOL] = "\"boolean\"",   [FIELD_TIME] = "\"string\"",
        [FIELD_ENUM] = "\"string\"",
    };
    const char *null = f->need == NEED_NULLABLE ? ",\"null\"" : "";
    bool is_list = *null || f->kind == FIELD_UID;

    buffer_add_format(out, "\"type\":%s%s%s%s", is_list ? "[" : "", types[f->kind], null,
                      is_list ? "]" : "");
}

static void schema_lengths(const struct field *f, struct buffer *out)
{
    buffer_add_format(out, ",\"minLength\":%" PRId64 ",\"maxLength\":%" PRId64, f->least, f->most);
}

/* Agora's character set; a uid is not "0" either. */
static void schema_agora(const struct field *f, struct buffer *out)
{
    schema_lengths(f, out);
    buffer_add_text(out, ",\"pattern\":");
    add_json_text(out, f->kind == FIELD_UID ? "^(?!0$)[0-9A-Za-z !#$%&()+:;<=.>?@\\[\\]^_{}|~,-]+$"
                                            : "^[0-9A-Za-z !#$%&()+:;<=.>?@\\[\\]^_{}|~,-]+$");
    if (f->kind == FIELD_UID)
        buffer_add_text(out, ",\"minimum\":1");
}

static void schema_range(const struct field *f, struct buffer *out)
{
    buffer_add_format(out, ",\"format\":\"int64\",\"minimum\":%" PRId64, f->least);
    if (f->most < INT64_MAX)
        buffer_add_format(out, ",\"maximum\":%" PRId64, f->most);
}

static void schema_cases(const struct field *f, struct buffer *out)
{
    buffer_add_text(out, ",\"enum\":[");
    for (int64_t i = 1; i <= f->most; i++) {
        buffer_add_text(out, i > 1 ? "," : "");
        add_json_text(out, f->cases[i].text);
    }
    buffer_add_text(out, f->need == NEED_NULLABLE ? ",null]" : "]");
}

static void schema_field(const struct field *f, struct buffer *out)
{
    add_json_text(out, f->name);
    buffer_add_text(out, ":{");
    schema_type(f, out);
    switch (f->kind) {
    case FIELD_TEXT: schema_lengths(f, out); break;
    case FIELD_UID:
    case FIELD_CHANNEL: schema_agora(f, out); break;
    case FIELD_INT: schema_range(f, out); break;
    case FIELD_TIME: buffer_add_text(out, ",\"format\":\"date-time\""); break;
    case FIELD_ENUM: schema_cases(f, out); break;
    case FIELD_BOOL: break;
    }
    if (has_fallback(f)) {
        buffer_add_text(out, ",\"default\":");
        add_fallback(f, out);
    }
    buffer_add_text(out, ",\"description\":");
    add_json_text(out, f->meaning);
    buffer_add_text(out, "}");
}

static void schema_required(const struct message *m, struct buffer *out)
{
    const char *separator = "";

    buffer_add_text(out, ",\"required\":[");
    for (size_t i = 0; i < m->field_count; i++) {
        if (m->fields[i].need != NEED_REQUIRED)
            continue;
        buffer_add_text(out, separator);
        add_json_text(out, m->fields[i].name);
        separator = ",";
    }
    buffer_add_text(out, "]");
}

void message_schema(const struct message *m, struct buffer *out)
{
    buffer_add_text(out, "{\"type\":\"object\",\"description\":");
    add_json_text(out, m->meaning);
    buffer_add_text(out, ",\"properties\":{");
    for (size_t i = 0; i < m->field_count; i++) {
        if (i > 0)
            buffer_add_text(out, ",");
        schema_field(&m->fields[i], out);
    }
    buffer_add_text(out, "}");
    schema_required(m, out);
    buffer_add_text(out, "}");
}
