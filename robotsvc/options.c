/* options.c - robotsvc's settings as rows (options.def) */
#include "robotsvc/options.h"

const struct option_table *robotsvc_option_table(void)
{
    typedef struct robotsvc_options THIS;
    static const struct option_row rows[] = {
#define OPTION_FILE "robotsvc/options.def"
#include "common/options_rows.h"
    };
    static const struct option_table table = {
        .program = "robotsvc",
        .meaning = "dapi's robots: brings them into channels, where they play recordings",
        .rows = rows,
        .count = COUNT_OF(rows),
    };

    return &table;
}
