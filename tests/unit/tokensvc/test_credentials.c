/* test_credentials.c - app id and certificates: what is refused, and that it is said by setting */
#include "test.h"
#include "token_vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/test_credentials.XXXXXX";
static char path[64];
static char previous_path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/certificate", folder);
    snprintf(previous_path, sizeof previous_path, "%s/previous", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(previous_path);
    return rmdir(folder);
}

static void write_file(const char *file, const char *content)
{
    FILE *stream = fopen(file, "w");

    assert_non_null(stream);
    assert_true(fputs(content, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static void assert_refused(const char *app, const char *file, const char *previous_file,
                           const char *setting, const char *problem)
{
    struct credentials *credentials = NULL;
    struct fault fault;

    assert_true(credentials_read(app, file, previous_file, &credentials, &fault) < 0);
    assert_null(credentials);
    assert_string_equal(fault.field, setting);
    assert_string_equal(fault.problem, problem);
}

static void good_credentials_are_read_from_files(void **state)
{
    AUTO(credentials_freep) struct credentials *credentials = NULL;
    struct fault fault;

    (void)state;
    write_file(path, "5CFd2fd1755d40ecb72977518be15d3b\n");
    write_file(previous_path, "5CFd2fd1755d40ecb72977518be15d3c");
    assert_int_equal(credentials_read(app_id, path, previous_path, &credentials, &fault), 0);
    assert_string_equal(credentials->app_id, app_id);
    assert_int_equal(credentials->certificate_count, 2);
    assert_string_equal(credentials->certificates[0].text, certificate);
    assert_string_equal(credentials->certificates[1].text, other_certificate);
}

static void a_wrong_app_id_is_refused(void **state)
{
    static const char setting[] = "DAPI_APP_ID";

    (void)state;
    write_file(path, certificate);
    assert_refused("", path, "", setting, "is not set");
    assert_refused("970CA35de60c44645bbae8a215061b3", path, "", setting, "must be 32 hex digits");
    assert_refused("970CA35de60c44645bbae8a215061b333", path, "", setting, "must be 32 hex digits");
    assert_refused("970CA35de60c44645bbae8a215061b3g", path, "", setting, "must be 32 hex digits");
    assert_refused(" 70CA35de60c44645bbae8a215061b33", path, "", setting, "must be 32 hex digits");
}

static void a_wrong_certificate_is_refused(void **state)
{
    static const char setting[] = "DAPI_APP_CERTIFICATE_FILE";
    static const char *const contents[] = {
        "",
        "\n",
        "5CFd2fd1755d40ecb72977518be15d3",
        "5CFd2fd1755d40ecb72977518be15d3bb",
        "5CFd2fd1755d40ecb72977518be15d3 ",
        "5CFd2fd1755d40ecb72977518be15d3b\n5CFd2fd1755d40ecb72977518be15d3b\n",
    };

    (void)state;
    assert_refused(app_id, "", "", setting, "is not set");
    assert_refused(app_id, "/nowhere/certificate", "", setting, "names a file that does not exist");
    assert_refused(app_id, folder, "", setting, "names a file that cannot be read");
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        write_file(path, contents[i]);
        assert_refused(app_id, path, "", setting, "must hold 32 hex digits");
    }
}

static void a_wrong_previous_certificate_is_refused(void **state)
{
    static const char setting[] = "DAPI_APP_CERTIFICATE_PREVIOUS_FILE";

    (void)state;
    write_file(path, certificate);
    assert_refused(app_id, path, "/nowhere/previous", setting, "names a file that does not exist");
    write_file(previous_path, "");
    assert_refused(app_id, path, previous_path, setting, "must hold 32 hex digits");
    write_file(previous_path, "not a certificate");
    assert_refused(app_id, path, previous_path, setting, "must hold 32 hex digits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_credentials_are_read_from_files),
        cmocka_unit_test(a_wrong_app_id_is_refused),
        cmocka_unit_test(a_wrong_certificate_is_refused),
        cmocka_unit_test(a_wrong_previous_certificate_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
