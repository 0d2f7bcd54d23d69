/* test_hmac.c - HMAC-SHA256 against RFC 4231 and against OpenSSL's own */
#include "test.h"

#include "common/text.h"
#include "tokensvc/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static void assert_mac(const void *key, size_t key_size, const void *data, size_t size,
                       const void *expected)
{
    AUTO(hmac_freep) struct hmac *hmac = hmac_new(key, key_size);
    unsigned char mac[HMAC_SIZE];

    for (unsigned time = 0; time < 2; time++) {
        hmac_sign(hmac, data, size, mac);
        assert_memory_equal(mac, expected, HMAC_SIZE);
    }
    hmac_sign_once(key, key_size, data, size, mac);
    assert_memory_equal(mac, expected, HMAC_SIZE);
}

static void the_examples_of_rfc_4231_come_out(void **state)
{
    char key[20];
    char data[50];

    (void)state;
    memset(key, 0x0b, sizeof key);
    assert_mac(key, 20, "Hi There", 8,
               "\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b"
               "\x88\x1d\xc2\x00\xc9\x83\x3d\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7");
    assert_mac("Jefe", 4, "what do ya want for nothing?", 28,
               "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
               "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43");
    memset(key, 0xaa, sizeof key);
    memset(data, 0xdd, sizeof data);
    assert_mac(key, 20, data, 50,
               "\x77\x3e\xa9\x1e\x36\x80\x0e\x46\x85\x4d\xb8\xeb\xd0\x91\x81\xa7"
               "\x29\x59\x09\x8b\x3e\xf8\xc1\x22\xd9\x63\x55\x14\xce\xd5\x65\xfe");
}

static void keys_and_data_of_all_lengths_agree_with_openssl(void **state)
{
    unsigned char key[HMAC_KEY_MOST];
    unsigned char data[300];
    unsigned char expected[HMAC_SIZE];

    (void)state;
    random_bytes(key, sizeof key);
    for (size_t size = 0; size <= sizeof data; size++) {
        size_t key_size = size % sizeof key + 1;

        random_bytes(data, sizeof data);
        assert_non_null(HMAC(EVP_sha256(), key, (int)key_size, data, size, expected, NULL));
        assert_mac(key, key_size, data, size, expected);
    }
}

static void a_mac_may_replace_what_it_is_of(void **state)
{
    unsigned char data[HMAC_SIZE] = "what do ya want for nothing?";

    (void)state;
    hmac_sign_once("Jefe", 4, data, 28, data);
    assert_memory_equal(data, "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_4231_come_out),
        cmocka_unit_test(keys_and_data_of_all_lengths_agree_with_openssl),
        cmocka_unit_test(a_mac_may_replace_what_it_is_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
