/* openapi.h - the HTTP interface as OpenAPI 3.1, from the tables that route and validate */
#pragma once

#include "common/buffer.h"

#include <stdbool.h>

struct request;

/* Append the whole document. `needs_token`: who acts as a uid must show a JWT. */
void openapi_write(struct buffer *out, bool needs_token);

/* GET /openapi.json */
void show_openapi(struct request *request);
