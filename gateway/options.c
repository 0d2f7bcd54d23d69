/* options.c - the gateway's settings as rows (options.def) */
#include "gateway/options.h"

const struct option_table *gateway_option_table(void)
{
    typedef struct gateway_options THIS;
    static const struct option_row rows[] = {
#define OPTION_FILE "gateway/options.def"
#include "common/options_rows.h"
    };
    static const struct option_table table = {
        .program = "gateway",
        .meaning =
            "dapi's HTTP interface: asks callsvc, tokensvc and robotsvc, merges their answers",
        .rows = rows,
        .count = COUNT_OF(rows),
    };

    return &table;
}
