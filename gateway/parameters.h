/* parameters.h - the ways in which clients pass parameters: query, JSON object, form, path. All of
 * them fill one draft, which refuses a field that is given twice. */
#pragma once

#include "common/message.h"

enum body_form { BODY_UNKNOWN, BODY_JSON, BODY_URLENCODED, BODY_MULTIPART };

/* What a Content-Type says; BODY_UNKNOWN also for charsets other than UTF-8 and US-ASCII. Absent:
 * { NULL, 0 }. */
enum body_form body_form_read(struct bytes content_type);

/* Add what a query or an application/x-www-form-urlencoded body says; `text` is decoded where it
 * stands. A '%' that no two hex digits follow is itself, as in the WHATWG's URL standard. 0, or
 * -EINVAL with *reterr filled in. */
int parameters_add_urlencoded(struct draft *draft, char *text, size_t size,
                              struct fault *reterr) MUST_CHECK;

/* Add what stands in a path where its route's pattern has placeholders (path_pattern.h). 0, or
 * -EINVAL with *reterr filled in. */
int parameters_add_path(struct draft *draft, const char *pattern, struct bytes path,
                        struct fault *reterr) MUST_CHECK;

/* Add the members of a JSON object. 0, or -EINVAL with *reterr filled in: its field is NULL if it
 * is the body as a whole that cannot be read. */
int parameters_add_json(struct draft *draft, struct bytes body, struct fault *reterr) MUST_CHECK;
