/* options.c - callsvc's settings as rows (options.def) */
#include "callsvc/options.h"

const struct option_table *callsvc_option_table(void)
{
    typedef struct callsvc_options THIS;
    static const struct option_row rows[] = {
#define OPTION_FILE "callsvc/options.def"
#include "common/options_rows.h"
    };
    static const struct option_table table = {
        .program = "callsvc",
        .meaning = "dapi's calls: keeps the state of every call, and ends what nobody ends",
        .rows = rows,
        .count = COUNT_OF(rows),
    };

    return &table;
}
