/* describe.c - makes a page of docs/ from its text (docs/NAME.in) and the program's tables:
 * `make docs`. A line of the text that is `@marker …` gives place to what the marker stands for. */
#include "docs/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// clang-format off
static const struct {
    const char *name;
    describe_function *describe;
} markers[] = {
    { "@messages",      describe_messages },
    { "@cases",         describe_cases },
    { "@verbs",         describe_verbs },
    { "@object",        describe_object },
    { "@errors",        describe_errors },
    { "@states",        describe_states },
    { "@call-diagram",  describe_call_diagram },
    { "@call-steps",    describe_call_steps },
    { "@robot-diagram", describe_robot_diagram },
    { "@robot-steps",   describe_robot_steps },
    { "@settings",      describe_settings },
    { "@manual",        describe_manual },
    { "@meaning",       describe_meaning },
    { "@siblings",      describe_siblings },
};
// clang-format on

const struct field *find_field(const struct message *m, const char *name)
{
    for (size_t i = 0; i < m->field_count; i++)
        if (strcmp(m->fields[i].name, name) == 0)
            return &m->fields[i];
    fprintf(stderr, "describe: %s has no field %s\n", m->name, name);
    exit(1);
}

static void take_marker(const char *line, struct buffer *out)
{
    size_t length = strcspn(line, " ");

    for (size_t i = 0; i < COUNT_OF(markers); i++) {
        if (strlen(markers[i].name) != length || strncmp(markers[i].name, line, length) != 0)
            continue;
        markers[i].describe(line + length + strspn(line + length, " "), out);
        return;
    }
    fprintf(stderr, "describe: there is no marker %s\n", line);
    exit(1);
}

int main(void)
{
    struct buffer out = { 0 };
    char line[4096];
    size_t written;

    while (fgets(line, sizeof line, stdin)) {
        if (line[0] != '@') {
            buffer_add_text(&out, line);
            continue;
        }
        line[strcspn(line, "\n")] = '\0';
        take_marker(line, &out);
    }
    written = fwrite(out.data, 1, out.size, stdout);
    return written != out.size;
}
