/* test_client_address.c - where requests come from, and which proxies are believed */
#include "test.h"

#include "gateway/client_address.h"

#include <arpa/inet.h>
#include <string.h>

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){ text, strlen(text) };
}

static void assert_read(const char *text, const char *expected)
{
    char shown[CLIENT_ADDRESS_TEXT_MOST];
    struct client_address address;

    assert_true(client_address_read(bytes_of(text), &address));
    client_address_text(&address, shown);
    assert_string_equal(shown, expected);
}

static void addresses_are_read_with_and_without_a_port(void **state)
{
    (void)state;
    assert_read("192.0.2.1", "192.0.2.1");
    assert_read("192.0.2.1:65535", "192.0.2.1");
    assert_read("2001:DB8::1", "2001:db8::1");
    assert_read("[2001:db8::1]", "2001:db8::1");
    assert_read("[2001:db8::1]:443", "2001:db8::1");
    assert_read("::ffff:192.0.2.1", "192.0.2.1");
    assert_read("::", "::");
}

static void what_is_no_address_is_not_read(void **state)
{
    static const char *const wrong[] = {
        "",           "unknown", "_hidden",       "192.0.2",         "192.0.2.256",
        "192.0.2.1:", ":80",     "192.0.2.1:x",   "192.0.2.1:65536", "[2001:db8::1",
        "[]",         "[::1]x",  "[192.0.2.1]:1", "[::1]:",          "192.0.2.1 192.0.2.2",
        "::1%eth0",   "1",       "0x7f.1",
    };
    struct client_address address;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(client_address_read(bytes_of(wrong[i]), &address));
    assert_false(client_address_read((struct bytes){ "1.2.3.4\0", 8 }, &address));
    assert_false(client_address_read((struct bytes){ NULL, 0 }, &address));
}

static void a_socket_has_one_of_either_family(void **state)
{
    struct sockaddr_in ipv4 = { .sin_family = AF_INET };
    struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    char shown[CLIENT_ADDRESS_TEXT_MOST];
    struct client_address address;

    (void)state;
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &ipv4.sin_addr), 1);
    client_address_from_socket((const struct sockaddr *)&ipv4, &address);
    client_address_text(&address, shown);
    assert_string_equal(shown, "192.0.2.7");
    client_address_from_socket((const struct sockaddr *)&ipv6, &address);
    client_address_text(&address, shown);
    assert_string_equal(shown, "::1");
    client_address_from_socket(NULL, &address);
    client_address_text(&address, shown);
    assert_string_equal(shown, "::");
}

static bool holds(const char *list, const char *text)
{
    struct networks networks;
    struct client_address address;

    assert_int_equal(networks_read(list, &networks), 0);
    assert_true(client_address_read(bytes_of(text), &address));
    return networks_hold(&networks, &address);
}

static void networks_hold_what_has_their_prefix(void **state)
{
    (void)state;
    assert_true(holds("10.0.0.0/8, 192.0.2.1", "10.255.0.1"));
    assert_true(holds("10.0.0.0/8, 192.0.2.1", "192.0.2.1"));
    assert_false(holds("10.0.0.0/8, 192.0.2.1", "192.0.2.2"));
    assert_false(holds("10.0.0.0/8, 192.0.2.1", "11.0.0.1"));
    assert_true(holds("192.0.2.128/25", "192.0.2.128"));
    assert_false(holds("192.0.2.128/25", "192.0.2.127"));
    assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(holds("0.0.0.0/0", "1.2.3.4"));
    assert_false(holds("0.0.0.0/0", "::1"));
    assert_true(holds("::/0", "::1"));
    assert_true(holds("127.0.0.1", "::ffff:127.0.0.1"));
    assert_false(holds("", "127.0.0.1"));
    assert_false(holds(" , ", "127.0.0.1"));
}

static void lists_with_something_else_are_refused(void **state)
{
    static const char *const wrong[] = {
        "proxy",   "10.0.0.0/33", "10.0.0.0/",   "10.0.0.0/-1", "10.0.0.1/8",
        "::1/129", "10.0.0.0/8x", "10.0.0.1:80", "::/0/0",      "10.0.0.1 10.0.0.2"
    };
    char many[NETWORKS_MOST * 4 + 8] = "::";
    struct networks networks;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_true(networks_read(wrong[i], &networks) < 0);
    for (size_t i = 1; i < NETWORKS_MOST; i++)
        strcat(many, ",::");
    assert_int_equal(networks_read(many, &networks), 0);
    strcat(many, ",::");
    assert_true(networks_read(many, &networks) < 0);
}

static void assert_forwarded(const char *peer, const char *forwarded, const char *expected)
{
    char shown[CLIENT_ADDRESS_TEXT_MOST];
    struct client_address address;
    struct networks trusted;

    assert_int_equal(networks_read("10.0.0.0/8, ::1", &trusted), 0);
    assert_true(client_address_read(bytes_of(peer), &address));
    client_address_forward(&trusted, bytes_of(forwarded), &address);
    client_address_text(&address, shown);
    assert_string_equal(shown, expected);
}

static void only_what_trusted_proxies_have_written_is_believed(void **state)
{
    (void)state;
    assert_forwarded("192.0.2.9", "198.51.100.1", "192.0.2.9");
    assert_forwarded("10.0.0.1", "198.51.100.1", "198.51.100.1");
    assert_forwarded("::1", "6.6.6.6, 198.51.100.1:50000", "198.51.100.1");
    assert_forwarded("10.0.0.1", "6.6.6.6,198.51.100.1,10.9.9.9,", "198.51.100.1");
    assert_forwarded("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3");
    assert_forwarded("10.0.0.1", "", "10.0.0.1");
    assert_forwarded("10.0.0.1", "6.6.6.6, unknown", "10.0.0.1");
    assert_forwarded("10.0.0.1", "6.6.6.6, unknown, 10.0.0.2", "10.0.0.2");
    assert_forwarded("10.0.0.1", " , ,, [2001:db8::5]:1 , ", "2001:db8::5");
}

static void a_home_is_one_client(void **state)
{
    struct client_address address;
    char shown[CLIENT_ADDRESS_TEXT_MOST];

    (void)state;
    assert_true(client_address_read(bytes_of("2001:db8:1:2:3:4:5:6"), &address));
    client_address_mask(&address);
    client_address_text(&address, shown);
    assert_string_equal(shown, "2001:db8:1:2::");
    assert_true(client_address_read(bytes_of("192.0.2.1"), &address));
    client_address_mask(&address);
    client_address_text(&address, shown);
    assert_string_equal(shown, "192.0.2.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_with_and_without_a_port),
        cmocka_unit_test(what_is_no_address_is_not_read),
        cmocka_unit_test(a_socket_has_one_of_either_family),
        cmocka_unit_test(networks_hold_what_has_their_prefix),
        cmocka_unit_test(lists_with_something_else_are_refused),
        cmocka_unit_test(only_what_trusted_proxies_have_written_is_believed),
        cmocka_unit_test(a_home_is_one_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
