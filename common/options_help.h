/* options_help.h - how settings look to people: their flags, --help. Private to options.c. */
#pragma once

#include "common/options.h"

enum { OPTION_FLAG_MOST = 64 };

/* The flag of a row: "--http-listen" for "DAPI_HTTP_LISTEN". */
void option_flag(const struct option_row *row, char ret[OPTION_FLAG_MOST]);

/* Append what may be given: "0 to 64", "one, two or three"; nothing for a text. */
void option_range(const struct option_row *row, struct buffer *out);

/* Append what --help prints, at most 80 columns wide. */
void options_help(const struct option_table *table, struct buffer *out);
