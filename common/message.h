/* message.h - messages that are described once, in a .def file, and handled from tables.
 *
 * A message is a plain struct with every text held inside: copy it freely, there is nothing to
 * free. A .def file is read twice: by message_structs.h (structs) and message_tables.h (tables). */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <jansson.h>
#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_TEXT,    /* char[most + 1]; UTF-8 without NUL bytes */
    FIELD_UID,     /* as text, of Agora's character set and not "0"; may come as a whole number */
    FIELD_CHANNEL, /* as text, of Agora's character set */
    FIELD_INT,     /* int64_t */
    FIELD_BOOL,    /* bool */
    FIELD_TIME,    /* int64_t milliseconds since the epoch; RFC 3339 in JSON; 0 is unset */
    FIELD_ENUM,    /* unsigned; 0 is unset */
};

/* What an absent field means. */
enum field_need {
    NEED_REQUIRED, /* refused when read; always written */
    NEED_OPTIONAL, /* read as unset or `fallback`; left out of JSON when a text is empty or a time 0
                    */
    NEED_NULLABLE, /* read as unset; written to JSON as null when it is unset */
};

struct field_case {
    const char *text;
    const char *meaning;
};

struct field {
    const char *name;
    const char *meaning;
    enum field_kind kind;
    enum field_need need;
    size_t offset;
    int64_t least;                  /* least number, or fewest bytes of text */
    int64_t most;                   /* greatest number, or most bytes of text */
    const struct field_case *cases; /* of an enum: 1..most; 0 is unset */
    int64_t fallback;               /* number that an absent optional field gets */
    size_t name_length;
    bool as_number; /* a uid that is an integer uid is written to JSON as a number */
};

struct message {
    const char *name;
    const char *meaning;
    size_t size;
    const struct field *fields;
    size_t field_count;
};

enum {
    MESSAGE_MOST_BYTES = 4096, /* no message struct is larger; message_tables.h asserts it */
    MESSAGE_MOST_FIELDS = 64,
};

/* Why a message was refused. Both strings are constants. */
struct fault {
    const char *field;
    const char *problem;
};

/* A message that is read piece by piece, from several places (query, form, JSON body, msgpack). */
struct draft {
    const struct message *message;
    void *target;  /* the struct, in the caller's memory */
    uint64_t seen; /* one bit for each field that was given */
    size_t next;   /* the field that is looked at first: writers keep the table's order */
};

/* Begin: *target is cleared. What is in it counts only after draft_finish said 0. */
void draft_begin(struct draft *d, const struct message *m, void *target);

/* Add what a text form, a query or a JSON object says: 0, or -EINVAL with *reterr filled in.
 * A name that the message does not have is passed over; a field given twice is refused.
 * Of a text, numbers are decimal and booleans are true/false/1/0; times are RFC 3339 in both. */
int draft_add_text(struct draft *d, struct bytes name, struct bytes value,
                   struct fault *reterr) MUST_CHECK;
int draft_add_json(struct draft *d, const json_t *object, struct fault *reterr) MUST_CHECK;

/* The same of a JSON object that is not parsed yet, if it is a plain one, as most are: -ENOTSUP if
 * it is not, and nothing was added then. */
int draft_add_plain_json(struct draft *d, struct bytes text, struct fault *reterr) MUST_CHECK;

/* Check what is missing and fill in fallbacks: 0, or -EINVAL with *reterr filled in. */
int draft_finish(struct draft *d, struct fault *reterr) MUST_CHECK;

/* Read a whole message: 0, or -EINVAL with *reterr filled in; *ret is written only on success.
 * Unknown fields are passed over: the other side may be newer. A JSON or msgpack nil counts as
 * absent for a field that is not required. */
int message_from_json(const struct message *m, const json_t *json, void *ret,
                      struct fault *reterr) MUST_CHECK;
int message_from_msgpack(const struct message *m, const msgpack_object *o, void *ret,
                         struct fault *reterr) MUST_CHECK;

/* Append a message as a map from field name to value. In msgpack what is unset is left out. */
void message_to_json(const struct message *m, const void *msg, struct buffer *out);
void message_to_msgpack(const struct message *m, const void *msg, struct buffer *out);

/* Append the members only, without the braces, each but the first with a comma before it, so that a
 * caller can write further members beside them; true if there was one. */
bool message_members_to_json(const struct message *m, const void *msg, struct buffer *out);

/* Bulk lists: msgpack messages one after another. Take the first from *list: 0 and *list is the
 * rest, -ENOENT at the end, or -EINVAL with *reterr filled in. */
int message_next(const struct message *m, struct bytes *list, void *ret,
                 struct fault *reterr) MUST_CHECK;

/* Append the message's section of docs/messages.md, or only the table of its fields. */
void message_describe(const struct message *m, struct buffer *out);
void message_describe_fields(const struct message *m, struct buffer *out);

/* Append the message as a JSON Schema object (OpenAPI 3.1): properties, required, limits. */
void message_schema(const struct message *m, struct buffer *out);
