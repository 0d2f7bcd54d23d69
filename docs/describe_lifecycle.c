/* describe_lifecycle.c - the states of calls and robots, drawn from callsvc's tables */
#include "docs/describe.h"

#include "callsvc/call_state.h"

#include <ctype.h>
#include <string.h>

#define ANY_KIND call_kind_unset

struct row {
    unsigned from;
    unsigned to;
    const char *input; /* as the table names it */
    const char *meaning;
    enum call_ender ended_by;
    enum call_kind kind;
    enum call_reason reason;
    enum event_type event;
};

struct input {
    const char *name;
    const char *meaning;
    enum call_ender ended_by;
};

// clang-format off
static const struct input call_inputs[] = {
#define STATE(state, status, label, event)
#define INPUT(input, ended_by, meaning) [input] = { #input, meaning, ended_by },
#define STEP(from, input, kind, to, reason)
#include "callsvc/call_state.def"
#undef INPUT
#undef STEP
#undef STATE
};

static const struct row call_rows[] = {
#define STATE(state, status, label, event)
#define INPUT(input, ended_by, meaning)
#define STEP(from_, input_, kind_, to_, reason_) \
    { .from = (from_), .to = (to_), .input = #input_, .kind = (kind_), .reason = (reason_) },
#include "callsvc/call_state.def"
#undef INPUT
#undef STEP
#undef STATE
};

static const enum call_state states[] = {
#define STATE(state, status, label, event) state,
#define INPUT(input, ended_by, meaning)
#define STEP(from, input, kind, to, reason)
#include "callsvc/call_state.def"
#undef INPUT
#undef STEP
#undef STATE
};

static const struct input robot_inputs[] = {
#define INPUT(input, meaning) [input] = { #input, meaning, call_ender_unset },
#define STEP(from, input, to, event)
#include "callsvc/robot_state.def"
#undef INPUT
#undef STEP
};

static const struct row robot_rows[] = {
#define INPUT(input, meaning)
#define STEP(from_, input_, to_, event_) \
    { .from = (from_), .to = (to_), .input = #input_, .event = (event_) },
#include "callsvc/robot_state.def"
#undef INPUT
#undef STEP
};
// clang-format on

static const char *case_of(const char *field, unsigned value)
{
    return find_field(call_message(), field)->cases[value].text;
}

/* "INPUT_RING_TIMEOUT" as words. */
static void add_words(struct buffer *out, const char *name)
{
    const char *start = strstr(name, "INPUT_") + strlen("INPUT_");

    for (const char *at = start; *at; at++)
        buffer_add(out, (char[]){ (char)(*at == '_' ? ' ' : tolower((unsigned char)*at)) }, 1);
}

static const struct input *find_input(const struct input *inputs, const char *name)
{
    while (!inputs->name || strcmp(inputs->name, name) != 0)
        inputs++;
    return inputs;
}

void describe_states(const char *rest, struct buffer *out)
{
    (void)rest;
    buffer_add_text(out, "| `status` | `_status_label` | `state` | meaning | event |\n"
                         "|---|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        const struct field_case *state = &find_field(call_message(), "state")->cases[states[i]];
        const struct field *type = find_field(event_message(), "type");

        buffer_add_format(out, "| %d | %s | `%s` | %s | `%s` |\n", call_state_status(states[i]),
                          call_state_label(states[i]), state->text, state->meaning,
                          type->cases[call_state_event(states[i])].text);
    }
}

/* One arrow for all rows from the one state to the other; nothing if an earlier row drew it. */
static void add_arrow(const struct row *rows, size_t count, size_t which, const char *field,
                      struct buffer *out)
{
    const struct row *row = &rows[which];

    for (size_t i = 0; i < which; i++)
        if (rows[i].from == row->from && rows[i].to == row->to)
            return;
    buffer_add_format(out, "    %s --> %s : ", case_of(field, row->from), case_of(field, row->to));
    for (size_t i = which; i < count; i++) {
        if (rows[i].from != row->from || rows[i].to != row->to)
            continue;
        if (i > which)
            buffer_add_text(out, ", ");
        add_words(out, rows[i].input);
    }
    buffer_add_text(out, "\n");
}

void describe_call_diagram(const char *rest, struct buffer *out)
{
    (void)rest;
    buffer_add_text(out, "```mermaid\nstateDiagram-v2\n"
                         "    [*] --> created : call user\n"
                         "    [*] --> answered : call robot\n"
                         "    [*] --> busy : callee is busy\n");
    for (size_t i = 0; i < COUNT_OF(call_rows); i++)
        add_arrow(call_rows, COUNT_OF(call_rows), i, "state", out);
    buffer_add_text(out, "```\n");
}

void describe_call_steps(const char *rest, struct buffer *out)
{
    (void)rest;
    buffer_add_text(out, "| from | what happens | to | `reason` | `ended_by` |\n"
                         "|---|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(call_rows); i++) {
        const struct row *row = &call_rows[i];
        const struct input *input = find_input(call_inputs, row->input);

        buffer_add_format(out, "| `%s` | ", case_of("state", row->from));
        add_words(out, row->input);
        buffer_add_format(out, ": %s%s | `%s` | ", input->meaning,
                          row->kind == CALL_ROBOT ? " (robot calls)" : "",
                          case_of("state", row->to));
        if (row->reason)
            buffer_add_format(out, "`%s` | `%s` |\n", case_of("reason", row->reason),
                              case_of("ended_by", input->ended_by));
        else
            buffer_add_text(out, "– | – |\n");
    }
}

void describe_robot_diagram(const char *rest, struct buffer *out)
{
    (void)rest;
    buffer_add_text(out, "```mermaid\nstateDiagram-v2\n    [*] --> none\n");
    for (size_t i = 0; i < COUNT_OF(robot_rows); i++)
        add_arrow(robot_rows, COUNT_OF(robot_rows), i, "robot", out);
    buffer_add_text(out, "```\n");
}

void describe_robot_steps(const char *rest, struct buffer *out)
{
    const struct field *type = find_field(event_message(), "type");

    (void)rest;
    buffer_add_text(out, "| from | what happens | to | event |\n|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(robot_rows); i++) {
        const struct row *row = &robot_rows[i];

        buffer_add_format(out, "| `%s` | ", case_of("robot", row->from));
        add_words(out, row->input);
        buffer_add_format(out, ": %s | `%s` | ", find_input(robot_inputs, row->input)->meaning,
                          case_of("robot", row->to));
        if (row->event)
            buffer_add_format(out, "`%s` |\n", type->cases[row->event].text);
        else
            buffer_add_text(out, "– |\n");
    }
}
