/* openapi.h - the HTTP interface as OpenAPI 3.1, from the tables that route and validate */
#pragma once

#include "common/buffer.h"

struct request;

/* Append the whole document. */
void openapi_write(struct buffer *out);

/* GET /openapi.json */
void show_openapi(struct request *request);
