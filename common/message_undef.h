/* message_undef.h - forget the words of a .def file, so that it can be read again */
#undef ENUM
#undef CASE
#undef ENUM_END
#undef MESSAGE
#undef TEXT
#undef UID
#undef NUMBER_UID
#undef CHANNEL
#undef INT
#undef BOOL
#undef TIME
#undef ENUMERATED
#undef MESSAGE_END
#undef MESSAGE_FILE
