/* options.c - tokensvc's settings as rows (options.def) */
#include "tokensvc/options.h"

const struct option_table *tokensvc_option_table(void)
{
    typedef struct tokensvc_options THIS;
    static const struct option_row rows[] = {
#define OPTION_FILE "tokensvc/options.def"
#include "common/options_rows.h"
    };
    static const struct option_table table = {
        .program = "tokensvc",
        .meaning =
            "dapi's tokens: signs those that clients enter a channel with, and verifies them",
        .rows = rows,
        .count = COUNT_OF(rows),
    };

    return &table;
}
