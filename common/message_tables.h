/* message_tables.h - turns MESSAGE_FILE into tables; include it in one .c file per MESSAGE_FILE. */
// clang-format off
#define REQUIRED   .need = NEED_REQUIRED
#define OPTIONAL   .need = NEED_OPTIONAL
#define NULLABLE   .need = NEED_NULLABLE
#define DEFAULT(n) .need = NEED_OPTIONAL, .fallback = (n)
#define FIELD(kind_, name_, meaning_, ...)                                     \
    { .name = #name_, .name_length = sizeof #name_ - 1, .kind = kind_,         \
      .meaning = meaning_, .offset = offsetof(THIS, name_), __VA_ARGS__ },

#define ENUM(name)              static const struct field_case name##_cases[] = { { "", "unset" },
#define CASE(id, text, meaning) { text, meaning },
#define ENUM_END(name)          };
#define MESSAGE(name, meaning_)                                                \
    const struct message *name##_message(void)                                 \
    {                                                                          \
        typedef struct name THIS;                                              \
        static const char meaning[] = meaning_;                                \
        static const struct field fields[] = {
#define TEXT(name, least_, most_, need, meaning)                               \
    FIELD(FIELD_TEXT, name, meaning, .least = least_, .most = most_, need)
#define UID(name, need, meaning)                                               \
    FIELD(FIELD_UID, name, meaning, .least = 1, .most = UID_MOST, need)
#define NUMBER_UID(name, need, meaning)                                        \
    FIELD(FIELD_UID, name, meaning, .least = 1, .most = UID_MOST, .as_number = true, need)
#define CHANNEL(name, need, meaning)                                           \
    FIELD(FIELD_CHANNEL, name, meaning, .least = 1, .most = CHANNEL_MOST, need)
#define INT(name, least_, most_, need, meaning)                                \
    FIELD(FIELD_INT, name, meaning, .least = least_, .most = most_, need)
#define BOOL(name, need, meaning) FIELD(FIELD_BOOL, name, meaning, .most = 1, need)
#define TIME(name, need, meaning)                                              \
    FIELD(FIELD_TIME, name, meaning, .most = INT64_MAX, need)
#define ENUMERATED(name, type, need, meaning)                                  \
    FIELD(FIELD_ENUM, name, meaning, .cases = type##_cases, .least = 1,        \
          .most = sizeof type##_cases / sizeof *type##_cases - 1, need)
#define MESSAGE_END(name_)                                                                      \
        };                                                                                      \
        static const struct message message = { #name_, meaning, sizeof(THIS), fields,          \
                                                sizeof fields / sizeof *fields };               \
        _Static_assert(sizeof fields / sizeof *fields <= MESSAGE_MOST_FIELDS, "too many");      \
        _Static_assert(sizeof(THIS) <= MESSAGE_MOST_BYTES, "it is built on the stack");         \
        return &message;                                                                        \
    }
#include MESSAGE_FILE
#undef REQUIRED
#undef OPTIONAL
#undef NULLABLE
#undef DEFAULT
#undef FIELD
#include "common/message_undef.h"
