/* message_structs.h - turns MESSAGE_FILE into enums and structs. No include guard: once per file.
 */
// clang-format off
#define ENUM(name)                                enum name { name##_unset,
#define CASE(id, text, meaning)                   id,
#define ENUM_END(name)                            };
#define MESSAGE(name, meaning)                    const struct message *name##_message(void); struct name {
#define TEXT(name, least, most, need, meaning)    char name[(most) + 1];
#define UID(name, need, meaning)                  char name[UID_MOST + 1];
#define NUMBER_UID(name, need, meaning)           char name[UID_MOST + 1];
#define CHANNEL(name, need, meaning)              char name[CHANNEL_MOST + 1];
#define INT(name, least, most, need, meaning)     int64_t name;
#define BOOL(name, need, meaning)                 bool name;
#define TIME(name, need, meaning)                 int64_t name;
#define ENUMERATED(name, type, need, meaning)     enum type name;
#define MESSAGE_END(name)                         };
#include MESSAGE_FILE
#include "common/message_undef.h"
