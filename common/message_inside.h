/* message_inside.h - what message*.c share: values on their way, and the struct members they are in
 */
#pragma once

#include "common/message.h"

/* What a format says before any of it is believed. */
struct value {
    enum {
        VALUE_OTHER, /* of a type that no field takes */
        VALUE_NIL,
        VALUE_TEXT,
        VALUE_INT,
        VALUE_BOOL,
    } type;
    int64_t number;
    const char *text; /* borrowed, not NUL-terminated */
    size_t length;
};

/* Fill in *ret; -EINVAL, for `return message_refuse(…)`. */
int message_refuse(struct fault *ret, const char *field, const char *problem);

/* NULL if the message has no such field. */
const struct field *draft_find(struct draft *d, const char *name, size_t length);

/* Check a value and put it into its member: 0, or -EINVAL with *reterr filled in. */
int draft_add(struct draft *d, const struct field *f, const struct value *v,
              struct fault *reterr) MUST_CHECK;

/* The members, by what their field's kind holds. */
const char *field_text(const struct field *f, const void *msg);
int64_t field_number(const struct field *f, const void *msg);
/* An enum's text; "" if it is unset. */
const char *field_case_text(const struct field *f, const void *msg);

/* An empty text, a time or an enum of 0; numbers and booleans always say something. */
bool field_is_unset(const struct field *f, const void *msg);
