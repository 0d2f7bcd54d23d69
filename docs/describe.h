/* describe.h - what the pages of docs/ have from the tables of the program (describe.c) */
#pragma once

#include "common/message.h"

/* Each appends Markdown; `rest` is what stands after its name on the marker's line. */
typedef void describe_function(const char *rest, struct buffer *out);

describe_function describe_messages; /* call | token | robot: the messages of that .def */
describe_function describe_cases;    /* FIELD of a `call` or `event`: its values */
describe_function describe_verbs;    /* the HTTP interface */
describe_function describe_object;   /* entry | call | …: the fields of what answers hold */
describe_function describe_errors;
describe_function describe_states;
describe_function describe_call_diagram;
describe_function describe_call_steps;
describe_function describe_robot_diagram;
describe_function describe_robot_steps;
describe_function describe_settings; /* gateway | callsvc | … | common: a table of the settings */
describe_function describe_manual;   /* the same, as entries of a manual page */
describe_function describe_meaning;  /* gateway | callsvc | …: what it is, for a manual page */
describe_function describe_siblings; /* the manual pages of the others */

/* The field of that name; the program ends if there is none. */
const struct field *find_field(const struct message *m, const char *name);
