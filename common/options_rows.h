/* options_rows.h - turns OPTION_FILE into rows of struct option_row; THIS is the struct. No include
 * guard. */
// clang-format off
#define OPTION_TEXT(member, name_, fallback_, meaning_)                                      \
    { .kind = OPTION_KIND_TEXT, .name = name_, .fallback = fallback_, .meaning = meaning_,   \
      .offset = offsetof(THIS, member) },
#define OPTION_INT(member, name_, fallback_, least_, most_, meaning_)                        \
    { .kind = OPTION_KIND_INT, .name = name_, .fallback = #fallback_, .meaning = meaning_,   \
      .least = least_, .most = most_, .offset = offsetof(THIS, member) },
#define OPTION_ENUM(member, name_, fallback_, choices_, meaning_)                            \
    { .kind = OPTION_KIND_ENUM, .name = name_, .fallback = fallback_, .choices = choices_,   \
      .meaning = meaning_, .offset = offsetof(THIS, member) },
#define OPTION_BOOL(member, name_, meaning_)                                                 \
    { .kind = OPTION_KIND_BOOL, .name = name_, .fallback = "0", .meaning = meaning_,         \
      .offset = offsetof(THIS, member) },
#include OPTION_FILE
#undef OPTION_TEXT
#undef OPTION_INT
#undef OPTION_ENUM
#undef OPTION_BOOL
#undef OPTION_FILE
