/* options_struct.h - turns OPTION_FILE into the members of a struct. No include guard. */
// clang-format off
#define OPTION_TEXT(member, name, fallback, meaning)              const char *member;
#define OPTION_INT(member, name, fallback, least, most, meaning)  int64_t member;
#define OPTION_ENUM(member, name, fallback, choices, meaning)     int member;
#define OPTION_BOOL(member, name, meaning)                        bool member;
#include OPTION_FILE
#undef OPTION_TEXT
#undef OPTION_INT
#undef OPTION_ENUM
#undef OPTION_BOOL
#undef OPTION_FILE
