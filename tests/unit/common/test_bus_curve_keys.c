/* test_bus_curve_keys.c - lists of public keys, and the command that makes them */
#include "test.h"

#include "common/bus_curve_keys.h"
#include "common/bus_curve_make.h"
#include "common/memory.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#define KEY_A "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_B "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

static char folder[] = "/tmp/test_curve.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void assert_refused(const char *text, const char *problem)
{
    struct curve_keys keys = { 0 };
    char said[CURVE_PROBLEM_MOST];

    assert_int_equal(curve_keys_read((struct bytes){ text, strlen(text) }, &keys, said), -EINVAL);
    assert_string_equal(said, problem);
    assert_null(keys.all);
}

static void names_and_keys_are_read(void **state)
{
    static const char text[] = "# who may ask\n"
                               "\n"
                               "gateway " KEY_A "\r\n"
                               "  gateway\t" KEY_B "  ";
    AUTO(curve_keys_done) struct curve_keys keys = { 0 };
    char problem[CURVE_PROBLEM_MOST];

    (void)state;
    assert_int_equal(curve_keys_read((struct bytes){ text, strlen(text) }, &keys, problem), 0);
    assert_int_equal(keys.count, 2);
    assert_string_equal(keys.all[0].text, KEY_A);
    assert_ptr_equal(curve_keys_find(&keys, KEY_B), &keys.all[1]);
    assert_ptr_equal(curve_keys_find_name(&keys, "gateway"), &keys.all[0]);
    assert_null(curve_keys_find_name(&keys, "callsvc"));
}

static void a_list_may_be_of_nobody(void **state)
{
    struct curve_keys keys = { 0 };
    char problem[CURVE_PROBLEM_MOST];

    (void)state;
    assert_int_equal(curve_keys_read((struct bytes){ "# none\n", 7 }, &keys, problem), 0);
    assert_int_equal(keys.count, 0);
    curve_keys_done(&keys);
}

static void a_bad_line_is_named(void **state)
{
    static const char no_key[] = "behind the name stands a key of 40 characters of Z85";
    char line[CURVE_PROBLEM_MOST];

    (void)state;
    snprintf(line, sizeof line, "line 2: %s", no_key);
    assert_refused("#\ngateway\n", line);
    assert_refused("#\ngateway " KEY_A "0\n", line);
    assert_refused("#\ngateway rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf\"\n", line);
    assert_refused("#\ngateway ########################################\n", line);
    assert_refused("gate/way " KEY_A, "line 1: a name is 1 to 32 letters, digits, '.', '_', '-'");
    assert_refused("gateway " KEY_A " x", "line 1: nothing stands behind the key");
}

static void read_list(const char *service, const char *list, struct curve_keys *ret)
{
    AUTO(free_memory) char *path = must_format("%s/%s/%s", folder, service, list);
    char problem[CURVE_PROBLEM_MOST];

    assert_int_equal(curve_keys_read_file(path, ret, problem), 0);
}

static void read_secret(const char *service, char ret[CURVE_KEY_LENGTH + 1])
{
    AUTO(free_memory) char *path = must_format("%s/%s/curve_secret", folder, service);
    char problem[CURVE_PROBLEM_MOST];
    struct stat status;

    assert_int_equal(curve_secret_read_file(path, ret, problem), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void a_folder_is_made_whole(void **state)
{
    AUTO(curve_keys_done) struct curve_keys clients = { 0 };
    AUTO(curve_keys_done) struct curve_keys servers = { 0 };
    AUTO(curve_keys_done) struct curve_keys none = { 0 };
    char secret[CURVE_KEY_LENGTH + 1];
    char public_key[CURVE_KEY_LENGTH + 1];

    (void)state;
    assert_int_equal(bus_curve_make(folder), 0);
    read_list("callsvc", "curve_clients", &clients);
    assert_int_equal(clients.count, 2);
    assert_non_null(curve_keys_find_name(&clients, "robotsvc"));
    read_secret("gateway", secret);
    assert_int_equal(zmq_curve_public(public_key, secret), 0);
    assert_string_equal(curve_keys_find_name(&clients, "gateway")->text, public_key);
    read_list("gateway", "curve_servers", &servers);
    assert_int_equal(servers.count, 3);
    read_list("gateway", "curve_clients", &none);
    assert_int_equal(none.count, 0);
}

static ino_t number_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_ino;
}

static void what_is_there_stays(void **state)
{
    AUTO(free_memory) char *path = must_format("%s/callsvc/curve_clients", folder);
    AUTO(curve_keys_done) struct curve_keys clients = { 0 };
    char before[CURVE_KEY_LENGTH + 1];
    char after[CURVE_KEY_LENGTH + 1];
    FILE *list;
    ino_t number;

    (void)state;
    assert_int_equal(bus_curve_make(folder), 0);
    read_secret("callsvc", before);
    list = fopen(path, "ae");
    assert_non_null(list);
    assert_true(fputs("fifth " KEY_A "\ngateway " KEY_B "\n", list) >= 0);
    fclose(list);
    assert_int_equal(bus_curve_make(folder), 0);
    number = number_of(path);
    assert_int_equal(bus_curve_make(folder), 0);
    assert_int_equal(number_of(path), number);
    read_secret("callsvc", after);
    assert_string_equal(before, after);
    read_list("callsvc", "curve_clients", &clients);
    assert_int_equal(clients.count, 3);
    assert_non_null(curve_keys_find(&clients, KEY_A));
    assert_null(curve_keys_find(&clients, KEY_B));
}

static void a_secret_that_everybody_may_read_is_refused(void **state)
{
    AUTO(free_memory) char *path = must_format("%s/tokensvc/curve_secret", folder);
    char problem[CURVE_PROBLEM_MOST];
    char secret[CURVE_KEY_LENGTH + 1];

    (void)state;
    assert_int_equal(bus_curve_make(folder), 0);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(curve_secret_read_file(path, secret, problem), -EINVAL);
    assert_string_equal(problem, "everybody may read it: chmod o-r");
    assert_true(bus_curve_make(folder) < 0);
    assert_int_equal(chmod(path, 0600), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_keys_are_read),
        cmocka_unit_test(a_list_may_be_of_nobody),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(a_folder_is_made_whole),
        cmocka_unit_test(what_is_there_stays),
        cmocka_unit_test(a_secret_that_everybody_may_read_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
