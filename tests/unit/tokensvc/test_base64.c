/* test_base64.c - base64 as tokens have it: one spelling for each sequence of bytes */
#include "test.h"

#include "common/text.h"
#include "tokensvc/base64.h"

#include <errno.h>
#include <string.h>

static void assert_spelt(const char *bytes, const char *text)
{
    char encoded[64];
    unsigned char decoded[64];
    size_t length = base64_encode(bytes, strlen(bytes), encoded);
    size_t size;

    assert_int_equal(length, strlen(text));
    assert_memory_equal(encoded, text, length);
    assert_int_equal(base64_decode(text, length, decoded, strlen(bytes), &size), 0);
    assert_int_equal(size, strlen(bytes));
    assert_memory_equal(decoded, bytes, size);
}

static void the_examples_of_rfc_4648_are_spelt_as_there(void **state)
{
    (void)state;
    assert_spelt("", "");
    assert_spelt("f", "Zg==");
    assert_spelt("fo", "Zm8=");
    assert_spelt("foo", "Zm9v");
    assert_spelt("foob", "Zm9vYg==");
    assert_spelt("fooba", "Zm9vYmE=");
    assert_spelt("foobar", "Zm9vYmFy");
    assert_spelt("\xfb\xff\xbf", "+/+/");
}

static void bytes_of_any_length_come_back(void **state)
{
    unsigned char bytes[200];
    unsigned char decoded[200];
    char text[BASE64_LENGTH(sizeof bytes)];

    (void)state;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        size_t decoded_size;

        random_bytes(bytes, sizeof bytes);
        assert_int_equal(base64_encode(bytes, size, text), BASE64_LENGTH(size));
        assert_int_equal(base64_decode(text, BASE64_LENGTH(size), decoded, size, &decoded_size), 0);
        assert_int_equal(decoded_size, size);
        assert_memory_equal(decoded, bytes, size);
    }
}

static void assert_refused(const char *text)
{
    unsigned char decoded[64];
    size_t size = 77;

    assert_int_equal(base64_decode(text, strlen(text), decoded, sizeof decoded, &size), -EBADMSG);
    assert_int_equal(size, 77);
}

static void every_other_spelling_is_refused(void **state)
{
    (void)state;
    assert_refused("Zg");
    assert_refused("Zg=");
    assert_refused("Zg===");
    assert_refused("Zg==Zg==");
    assert_refused("====");
    assert_refused("Z===");
    assert_refused("Zm=v");
    assert_refused("Zh=="); /* bits below the last byte */
    assert_refused("Zm9=");
    assert_refused("Zm9v\n");
    assert_refused(" Zm9");
    assert_refused("Zm9v Zm9");
    assert_refused("Zm-_");
    assert_refused("Zm9\xf6");
}

static void more_than_there_is_room_for_is_refused(void **state)
{
    unsigned char decoded[4];
    size_t size;

    (void)state;
    assert_int_equal(base64_decode("Zm9vYg==", 8, decoded, 3, &size), -EBADMSG);
    assert_int_equal(base64_decode("Zm9vYg==", 8, decoded, 4, &size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_4648_are_spelt_as_there),
        cmocka_unit_test(bytes_of_any_length_come_back),
        cmocka_unit_test(every_other_spelling_is_refused),
        cmocka_unit_test(more_than_there_is_room_for_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
