/* test_message.c - messages: what is refused and why, and that they come back from every format */
#include "test.h"

#include "common/buffer.h"
#include "common/message.h"
#include "common/messages/call.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

#define MESSAGE_FILE "tests/unit/common/sample.def"
#include "common/message_structs.h"
#define MESSAGE_FILE "tests/unit/common/sample.def"
#include "common/message_tables.h"

#define NAME_AND_UID "\"name\":\"ab\",\"uid\":\"u1\""

static struct fault fault;

static int read_json(const char *text, size_t length, struct sample *ret)
{
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    int r = message_from_json(sample_message(), json, ret, &fault);

    json_decref(json);
    return r;
}

static struct sample sample_of_json(const char *text)
{
    struct sample got;

    assert_int_equal(read_json(text, strlen(text), &got), 0);
    return got;
}

static void assert_fault(const char *field, const char *problem)
{
    assert_string_equal(fault.field, field);
    assert_string_equal(fault.problem, problem);
}

static void assert_json_refused(const char *text, const char *field, const char *problem)
{
    struct sample untouched = { .count = 77 };

    assert_int_equal(read_json(text, strlen(text), &untouched), -EINVAL);
    assert_fault(field, problem);
    assert_int_equal(untouched.count, 77);
}

/* JSON text of what is required and of `member`. */
static void assert_member_refused(const char *member, const char *field, const char *problem)
{
    AUTO(buffer_done) struct buffer text = { 0 };

    buffer_add_format(&text, "{" NAME_AND_UID ",%s}", member);
    buffer_add(&text, "", 1);
    assert_json_refused(text.data, field, problem);
}

static void json_is_read_with_fallbacks(void **state)
{
    struct sample got = sample_of_json("{" NAME_AND_UID "}");
    (void)state;

    assert_string_equal(got.name, "ab");
    assert_string_equal(got.uid, "u1");
    assert_string_equal(got.note, "");
    assert_string_equal(got.number, "");
    assert_int_equal(got.count, 3);
    assert_int_equal(got.id, 0);
    assert_true(got.open);
    assert_int_equal(got.at, 0);
    assert_int_equal(got.colour, 0);
}

static void json_is_read_into_every_kind(void **state)
{
    struct sample got = sample_of_json(
        "{" NAME_AND_UID ",\"note\":\"响铃\",\"number\":42,\"channel\":\"ch_1\",\"count\":-5,"
        "\"id\":9223372036854775807,\"open\":false,\"colour\":\"green\"}");
    (void)state;

    assert_string_equal(got.note, "响铃");
    assert_string_equal(got.number, "42");
    assert_string_equal(got.channel, "ch_1");
    assert_int_equal(got.count, -5);
    assert_true(got.id == INT64_MAX);
    assert_false(got.open);
    assert_int_equal(got.colour, SAMPLE_GREEN);
}

static void unknown_json_members_are_passed_over(void **state)
{
    (void)state;
    sample_of_json("{" NAME_AND_UID ",\"unknown\":[{\"deep\":null}],\"nam\":1,\"\":2}");
}

static void json_that_is_no_object_is_refused(void **state)
{
    (void)state;
    assert_json_refused("[]", "sample", "must be a JSON object");
    assert_json_refused("[{}]", "sample", "must be a JSON object");
    assert_int_equal(message_from_json(sample_message(), NULL, NULL, &fault), -EINVAL);
    assert_fault("sample", "must be a JSON object");
}

static void missing_members_are_refused(void **state)
{
    (void)state;
    assert_json_refused("{}", "name", "is missing");
    assert_json_refused("{\"uid\":\"u\"}", "name", "is missing");
    assert_json_refused("{\"name\":\"ab\"}", "uid", "is missing");
}

static void bad_texts_are_refused(void **state)
{
    (void)state;
    assert_json_refused("{\"name\":7}", "name", "must be text");
    assert_json_refused("{\"name\":1.5}", "name", "must be text");
    assert_json_refused("{\"name\":null}", "name", "must be text");
    assert_json_refused("{\"name\":[\"ab\"]}", "name", "must be text");
    assert_json_refused("{\"name\":{}}", "name", "must be text");
    assert_json_refused("{\"name\":true}", "name", "must be text");
    assert_json_refused("{\"name\":\"\"}", "name", "is too short");
    assert_json_refused("{\"name\":\"a\"}", "name", "is too short");
    assert_json_refused("{\"name\":\"123456789\"}", "name", "is too long");
    assert_json_refused("{\"name\":\"响响响\"}", "name", "is too long");
    assert_json_refused("{\"name\":\"a\\u0000b\"}", "name", "has a NUL byte");
}

static void bad_uids_are_refused(void **state)
{
    (void)state;
    assert_json_refused("{\"name\":\"ab\",\"uid\":\"\"}", "uid", "is too short");
    assert_member_refused("\"number\":\"0\"", "number", "must not be 0");
    assert_member_refused("\"number\":0", "number", "must not be 0");
    assert_member_refused("\"number\":-1", "number", "is out of range");
    assert_member_refused("\"number\":1.0", "number", "must be text or a whole number");
    assert_member_refused("\"number\":true", "number", "must be text or a whole number");
    assert_member_refused("\"number\":[1]", "number", "must be text or a whole number");
    assert_member_refused("\"number\":\"a/b\"", "number", "has a character that is not allowed");
    assert_member_refused("\"number\":\"响\"", "number", "has a character that is not allowed");
    assert_member_refused("\"number\":\"a\\u0000\"", "number", "has a NUL byte");
    assert_member_refused("\"number\":\"0123456789012345678901234567890123456789"
                          "0123456789012345678901234\"",
                          "number", "is too long");
}

static void other_bad_members_are_refused(void **state)
{
    (void)state;
    assert_member_refused("\"channel\":\"\"", "channel", "is too short");
    assert_member_refused("\"channel\":\"a\\\"b\"", "channel",
                          "has a character that is not allowed");
    assert_member_refused("\"channel\":7", "channel", "must be text");
    assert_member_refused("\"count\":10", "count", "is out of range");
    assert_member_refused("\"count\":-6", "count", "is out of range");
    assert_member_refused("\"count\":1.0", "count", "must be a whole number");
    assert_member_refused("\"count\":\"3\"", "count", "must be a whole number");
    assert_member_refused("\"open\":1", "open", "must be true or false");
    assert_member_refused("\"open\":\"true\"", "open", "must be true or false");
    assert_member_refused("\"colour\":\"blue\"", "colour", "is not one of its values");
    assert_member_refused("\"colour\":\"\"", "colour", "is not one of its values");
    assert_member_refused("\"colour\":\"re\"", "colour", "is not one of its values");
    assert_member_refused("\"colour\":\"red\\u0000\"", "colour", "is not one of its values");
    assert_member_refused("\"colour\":1", "colour", "must be text");
}

static void times_are_taken_as_rfc_3339(void **state)
{
    static const char problem[] = "must be a time as 2026-01-02T03:04:05.678Z";
    struct sample got = sample_of_json("{" NAME_AND_UID ",\"at\":\"2026-01-02T03:04:05.678Z\"}");
    struct sample target;
    struct draft draft;
    (void)state;

    assert_int_equal(got.at, 1767323045678);
    assert_member_refused("\"at\":1767323045678", "at", problem);
    assert_member_refused("\"at\":\"yesterday\"", "at", problem);
    assert_member_refused("\"at\":true", "at", problem);
    draft_begin(&draft, sample_message(), &target);
    assert_int_equal(
        draft_add_text(&draft, (struct bytes){ "at", 2 }, (struct bytes){ "1", 1 }, &fault),
        -EINVAL);
    assert_fault("at", problem);
}

static void null_counts_as_absent_where_nothing_is_required(void **state)
{
    struct sample got = sample_of_json("{" NAME_AND_UID ",\"note\":null,\"number\":null,"
                                       "\"count\":null,\"open\":null,\"colour\":null,\"at\":null}");
    (void)state;

    assert_string_equal(got.number, "");
    assert_int_equal(got.count, 3);
    assert_true(got.open);
}

/* Text forms and queries */

struct pair {
    const char *name;
    const char *value;
};

static int add_pair(struct draft *draft, const char *name, const char *value)
{
    return draft_add_text(draft, (struct bytes){ name, strlen(name) },
                          (struct bytes){ value, strlen(value) }, &fault);
}

static void assert_text_refused(const char *name, const char *value, const char *problem)
{
    struct sample target;
    struct draft draft;

    draft_begin(&draft, sample_message(), &target);
    assert_int_equal(add_pair(&draft, name, value), -EINVAL);
    assert_fault(name, problem);
}

static void a_draft_takes_texts_of_every_kind(void **state)
{
    static const struct pair pairs[] = {
        {"uid",      "1002"    },
        { "name",    "响响"  },
        { "unknown", "x"       },
        { "count",   "-5"      },
        { "open",    "false"   },
        { "note",    ""        },
        { "",        "nameless"},
        { "shade",   "red"     },
    };
    struct sample target;
    struct draft draft;
    (void)state;

    draft_begin(&draft, sample_message(), &target);
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        assert_int_equal(add_pair(&draft, pairs[i].name, pairs[i].value), 0);
    assert_int_equal(draft_finish(&draft, &fault), 0);
    assert_string_equal(target.uid, "1002");
    assert_string_equal(target.name, "响响");
    assert_int_equal(target.count, -5);
    assert_false(target.open);
    assert_int_equal(target.shade, SAMPLE_RED);
}

static void booleans_of_texts_have_four_words(void **state)
{
    static const struct pair words[] = {
        {"1",      "y"},
        { "true",  "y"},
        { "0",     "" },
        { "false", "" }
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct sample target;
        struct draft draft;

        draft_begin(&draft, sample_message(), &target);
        assert_int_equal(add_pair(&draft, "open", words[i].name), 0);
        assert_int_equal(target.open, *words[i].value != '\0');
    }
}

static void bad_texts_of_forms_are_refused(void **state)
{
    (void)state;
    assert_text_refused("name", "", "is too short");
    assert_text_refused("name", "\xff\xff", "is not UTF-8");
    assert_text_refused("uid", "0", "must not be 0");
    assert_text_refused("uid", "a\nb", "has a character that is not allowed");
    assert_text_refused("count", "", "must be a whole number");
    assert_text_refused("count", "1.0", "must be a whole number");
    assert_text_refused("count", "1x", "must be a whole number");
    assert_text_refused("count", "10", "is out of range");
    assert_text_refused("id", "9223372036854775808", "must be a whole number");
    assert_text_refused("open", "yes", "must be true or false");
    assert_text_refused("open", "", "must be true or false");
    assert_text_refused("colour", "1", "is not one of its values");
}

static void an_empty_text_may_have_no_address(void **state)
{
    struct sample target;
    struct draft draft;
    (void)state;

    draft_begin(&draft, sample_message(), &target);
    assert_int_equal(
        draft_add_text(&draft, (struct bytes){ "note", 4 }, (struct bytes){ NULL, 0 }, &fault), 0);
    assert_int_equal(
        draft_add_text(&draft, (struct bytes){ NULL, 0 }, (struct bytes){ NULL, 0 }, &fault), 0);
}

static void a_field_given_twice_is_refused_wherever_it_comes_from(void **state)
{
    json_t *body = json_pack("{s:s}", "uid", "u2");
    struct sample target;
    struct draft draft;
    (void)state;

    draft_begin(&draft, sample_message(), &target);
    assert_int_equal(add_pair(&draft, "uid", "u1"), 0);
    assert_int_equal(add_pair(&draft, "unknown", "1"), 0);
    assert_int_equal(add_pair(&draft, "unknown", "2"), 0);
    assert_int_equal(add_pair(&draft, "uid", "u1"), -EINVAL);
    assert_fault("uid", "is given twice");
    fault = (struct fault){ 0 };
    assert_int_equal(draft_add_json(&draft, body, &fault), -EINVAL);
    assert_fault("uid", "is given twice");
    json_decref(body);
}

/* Writing JSON */

static void assert_json(const struct sample *sample, const char *expected)
{
    AUTO(buffer_done) struct buffer text = { 0 };

    message_to_json(sample_message(), sample, &text);
    buffer_add(&text, "", 1);
    assert_string_equal(text.data, expected);
}

static void unset_members_are_left_out_of_json_or_null(void **state)
{
    struct sample sample = { 0 };
    (void)state;

    assert_json(&sample, "{\"name\":\"\",\"uid\":\"\",\"remark\":null,\"number\":null,\"count\":0,"
                         "\"id\":0,\"open\":false,\"until\":null,\"shade\":null}");
}

static void every_kind_is_written_to_json(void **state)
{
    struct sample sample = {
        .name = "a\"b",
        .uid = "7",
        .note = "n",
        .remark = "r",
        .number = "7",
        .channel = "ch_1",
        .count = -2,
        .id = INT64_MAX,
        .open = true,
        .at = 1767323045678,
        .until = 1,
        .colour = SAMPLE_RED,
        .shade = SAMPLE_GREEN,
    };
    (void)state;

    assert_json(&sample,
                "{\"name\":\"a\\\"b\",\"uid\":\"7\",\"note\":\"n\",\"remark\":\"r\","
                "\"number\":7,\"channel\":\"ch_1\",\"count\":-2,"
                "\"id\":9223372036854775807,\"open\":true,"
                "\"at\":\"2026-01-02T03:04:05.678Z\",\"until\":\"1970-01-01T00:00:00.001Z\","
                "\"colour\":\"red\",\"shade\":\"green\"}");
}

static void only_integer_uids_are_written_as_numbers(void **state)
{
    static const char *const texts[] = { "alice", "007", "4294967296", "1.5" };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO(buffer_done) struct buffer text = { 0 };
        AUTO(buffer_done) struct buffer expected = { 0 };
        struct sample sample = { 0 };

        strcpy(sample.number, texts[i]);
        message_to_json(sample_message(), &sample, &text);
        buffer_add_format(&expected, "\"number\":\"%s\"", texts[i]);
        assert_non_null(memmem(text.data, text.size, expected.data, expected.size));
    }
}

/* msgpack */

/* Pack, measure, unpack; the texts of *ret stay in `frame`. */
static int from_frame(const struct buffer *frame, struct sample *ret)
{
    struct bytes list = { frame->data, frame->size };

    return message_next(sample_message(), &list, ret, &fault);
}

static void every_kind_comes_back_from_msgpack(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    struct sample sent, got;
    (void)state;

    memset(&sent, 0, sizeof sent);
    sent = (struct sample){ .name = "响a",
                            .uid = "u",
                            .note = "12345678",
                            .number = "12",
                            .channel = "ch",
                            .count = -5,
                            .id = INT64_MAX,
                            .open = false,
                            .at = 1767323045678,
                            .until = INT64_MAX,
                            .colour = SAMPLE_GREEN };
    message_to_msgpack(sample_message(), &sent, &frame);
    assert_int_equal(from_frame(&frame, &got), 0);
    assert_string_equal(got.name, sent.name);
    assert_string_equal(got.note, sent.note);
    assert_string_equal(got.remark, "");
    assert_string_equal(got.number, sent.number);
    assert_int_equal(got.count, -5);
    assert_true(got.id == INT64_MAX && got.until == INT64_MAX && got.at == sent.at);
    assert_false(got.open);
    assert_int_equal(got.colour, SAMPLE_GREEN);
    assert_int_equal(got.shade, 0);
}

static void what_is_unset_is_left_out_of_msgpack(void **state)
{
    static const char expected[] = "\x82\xa4name\xa2"
                                   "ab\xa3uid\xa1"
                                   "u";
    AUTO(buffer_done) struct buffer frame = { 0 };
    struct sample sent = { .name = "ab", .uid = "u", .count = 3, .open = true };
    (void)state;

    message_to_msgpack(sample_message(), &sent, &frame);
    assert_int_equal(frame.size, sizeof expected - 1);
    assert_memory_equal(frame.data, expected, frame.size);
}

/* A map of `pairs` keys and values that are msgpack already. */
static void assert_msgpack_refused(const char *map, size_t size, const char *field,
                                   const char *problem)
{
    struct bytes list = { map, size };
    struct sample untouched = { .count = 77 };

    assert_int_equal(message_next(sample_message(), &list, &untouched, &fault), -EINVAL);
    assert_fault(field, problem);
    assert_int_equal(untouched.count, 77);
    assert_ptr_equal(list.data, map);
}
#define REFUSED(map, field, problem) assert_msgpack_refused(map, sizeof(map) - 1, field, problem)

static void bad_msgpack_is_refused(void **state)
{
    (void)state;
    REFUSED("\xdd\xff\xff\xff\xff", "sample", "cannot be read");
    REFUSED("\xc1", "sample", "cannot be read");
    REFUSED("\x90", "sample", "must be a map");
    REFUSED("\x81\1\1", "sample", "has a key that is not text");
    REFUSED("\x80", "name", "is missing");
    REFUSED("\x81\xa4name\xc0", "name", "must be text");
    REFUSED("\x81\xa4name\xc4\2ab", "name", "must be text");
    REFUSED("\x81\xa4name\xa2\xc0\x80", "name", "is not UTF-8");
    REFUSED("\x81\xa4name\xa2\0x", "name", "has a NUL byte");
    REFUSED("\x82\xa4name\xa2xx\xa4name\xa2xx", "name", "is given twice");
    REFUSED("\x81\xa3uid\0", "uid", "must not be 0");
    REFUSED("\x81\xa3uid\xff", "uid", "is out of range");
    REFUSED("\x81\xa3uid\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "uid",
            "must be text or a whole number");
    REFUSED("\x81\xa5"
            "count\x0a",
            "count", "is out of range");
    REFUSED("\x81\xa5"
            "count\xcb\0\0\0\0\0\0\0\0",
            "count", "must be a whole number");
    REFUSED("\x81\xa2id\xff", "id", "is out of range");
    REFUSED("\x81\xa2"
            "at\xff",
            "at", "is out of range");
    REFUSED("\x81\xa2"
            "at\xa1"
            "1",
            "at", "must be a time as 2026-01-02T03:04:05.678Z");
    REFUSED("\x81\xa4open\1", "open", "must be true or false");
    REFUSED("\x81\xa6"
            "colour\1",
            "colour", "must be text");
}

static void unknown_msgpack_members_and_nil_are_passed_over(void **state)
{
    static const char map[] = "\x86\xa3new\x91\1\xa4name\xa2xx\xa3uid\x07\xa4open\xc0\xa4note\xc0"
                              "\xa5"
                              "count\xc0";
    struct bytes list = { map, sizeof map - 1 };
    struct sample got;
    (void)state;

    assert_int_equal(message_next(sample_message(), &list, &got, &fault), 0);
    assert_string_equal(got.uid, "7");
    assert_true(got.open);
    assert_int_equal(got.count, 3);
}

static void a_list_is_taken_message_by_message(void **state)
{
    AUTO(buffer_done) struct buffer bulk = { 0 };
    struct channel_name sent = { .channel = "ch_1" }, got;
    struct bytes list;
    (void)state;

    message_to_msgpack(channel_name_message(), &sent, &bulk);
    strcpy(sent.channel, "ch_2");
    message_to_msgpack(channel_name_message(), &sent, &bulk);
    list = (struct bytes){ bulk.data, bulk.size };
    assert_int_equal(message_next(channel_name_message(), &list, &got, &fault), 0);
    assert_string_equal(got.channel, "ch_1");
    assert_int_equal(message_next(channel_name_message(), &list, &got, &fault), 0);
    assert_string_equal(got.channel, "ch_2");
    assert_int_equal(message_next(channel_name_message(), &list, &got, &fault), -ENOENT);
}

static void msgpack_cut_off_at_any_byte_is_refused(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    struct sample sent = { .name = "ab", .uid = "u", .at = 1767323045678, .colour = SAMPLE_RED };
    struct sample got;
    (void)state;

    message_to_msgpack(sample_message(), &sent, &frame);
    for (size_t size = 1; size < frame.size; size++) {
        char *exact = memcpy(malloc(size), frame.data, size);
        struct bytes list = { exact, size };

        assert_int_equal(message_next(sample_message(), &list, &got, &fault), -EINVAL);
        free(exact);
    }
}

/* Docs */

static void docs_show_type_need_and_meaning(void **state)
{
    AUTO(buffer_done) struct buffer text = { 0 };
    (void)state;

    message_describe(sample_message(), &text);
    buffer_add(&text, "", 1);
    assert_non_null(strstr(text.data, "### sample\n\nevery kind of field\n"));
    assert_non_null(strstr(text.data, "| `name` | text, 2 to 8 bytes | yes | a text that must"));
    assert_non_null(strstr(text.data, "| `count` | number, -5 to 9 | no: 3 | a number |"));
    assert_non_null(strstr(text.data, "| `id` | number, 0 or more | no: 0 | a large number |"));
    assert_non_null(strstr(text.data, "| `open` | boolean | no: true | a boolean |"));
    assert_non_null(strstr(text.data, "| `number` | uid | no, or null | "));
    assert_non_null(strstr(text.data, "one of `red` (like a rose), `green` (like a leaf) | no |"));
}

static json_t *schema_of(const char *name)
{
    AUTO(buffer_done) struct buffer text = { 0 };
    json_t *schema, *property;

    message_schema(sample_message(), &text);
    schema = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    assert_int_equal(json_array_size(json_object_get(schema, "required")), 2);
    property = json_incref(json_object_get(json_object_get(schema, "properties"), name));
    json_decref(schema);
    return property;
}

static void assert_schema(const char *name, const char *expected)
{
    json_t *property = schema_of(name);
    json_t *wanted = json_loads(expected, 0, NULL);

    json_object_del(property, "description");
    json_object_del(property, "pattern");
    assert_non_null(wanted);
    assert_true(json_equal(property, wanted));
    json_decref(property);
    json_decref(wanted);
}

static void the_schema_is_json_with_types_and_limits(void **state)
{
    (void)state;
    assert_schema("name", "{\"type\":\"string\",\"minLength\":2,\"maxLength\":8}");
    assert_schema("remark", "{\"type\":[\"string\",\"null\"],\"minLength\":0,\"maxLength\":8}");
    assert_schema("uid", "{\"type\":[\"string\",\"integer\"],\"minLength\":1,\"maxLength\":64,"
                         "\"minimum\":1}");
    assert_schema("count", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":-5,"
                           "\"maximum\":9,\"default\":3}");
    assert_schema("id", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"default\":0}");
    assert_schema("open", "{\"type\":\"boolean\",\"default\":true}");
    assert_schema("until", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
    assert_schema("shade", "{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"green\",null]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_read_with_fallbacks),
        cmocka_unit_test(json_is_read_into_every_kind),
        cmocka_unit_test(unknown_json_members_are_passed_over),
        cmocka_unit_test(json_that_is_no_object_is_refused),
        cmocka_unit_test(missing_members_are_refused),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(bad_uids_are_refused),
        cmocka_unit_test(other_bad_members_are_refused),
        cmocka_unit_test(times_are_taken_as_rfc_3339),
        cmocka_unit_test(null_counts_as_absent_where_nothing_is_required),
        cmocka_unit_test(a_draft_takes_texts_of_every_kind),
        cmocka_unit_test(booleans_of_texts_have_four_words),
        cmocka_unit_test(bad_texts_of_forms_are_refused),
        cmocka_unit_test(an_empty_text_may_have_no_address),
        cmocka_unit_test(a_field_given_twice_is_refused_wherever_it_comes_from),
        cmocka_unit_test(unset_members_are_left_out_of_json_or_null),
        cmocka_unit_test(every_kind_is_written_to_json),
        cmocka_unit_test(only_integer_uids_are_written_as_numbers),
        cmocka_unit_test(every_kind_comes_back_from_msgpack),
        cmocka_unit_test(what_is_unset_is_left_out_of_msgpack),
        cmocka_unit_test(bad_msgpack_is_refused),
        cmocka_unit_test(unknown_msgpack_members_and_nil_are_passed_over),
        cmocka_unit_test(a_list_is_taken_message_by_message),
        cmocka_unit_test(msgpack_cut_off_at_any_byte_is_refused),
        cmocka_unit_test(docs_show_type_need_and_meaning),
        cmocka_unit_test(the_schema_is_json_with_types_and_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
