/* test_catalogue.c - the folder of recordings */
#include "test.h"

#include "ogg_file.h"
#include "robotsvc/catalogue.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dapi-catalogue-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[sizeof folder + 10];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void write_file(const char *name, const void *data, size_t size)
{
    char path[512];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

static void write_recording(const char *name, int packets)
{
    struct ogg_file file = { .packets = 0 };

    ogg_file_make(&file, packets);
    write_file(name, file.content.data, file.content.size);
    ogg_file_done(&file);
}

static void assert_refused(int r, const char *file, const char *problem)
{
    struct catalogue *catalogue = NULL;
    struct catalogue_fault fault = { .problem = "" };

    assert_int_equal(catalogue_open(folder, &catalogue, &fault), r);
    assert_null(catalogue);
    assert_string_equal(fault.file, file);
    assert_string_equal(fault.problem, problem);
}

static void recordings_are_found_by_name(void **state)
{
    AUTO(catalogue_freep) struct catalogue *catalogue = NULL;
    struct catalogue_fault fault = { .problem = "" };

    (void)state;
    write_recording("greeting.opus", 1);
    write_recording("a-b_9.opus", 2);
    write_file("README.md", "no recording", 12);
    assert_int_equal(catalogue_open(folder, &catalogue, &fault), 0);
    assert_int_equal(catalogue_count(catalogue), 2);
    assert_int_equal(catalogue_find(catalogue, "greeting")->count, 1);
    assert_int_equal(catalogue_find(catalogue, "a-b_9")->count, 2);
    assert_int_equal(catalogue_find(catalogue, "")->count, 1);
    assert_null(catalogue_find(catalogue, "a-b_9.opus"));
    assert_null(catalogue_find(catalogue, "../greeting"));
}

static void a_folder_that_is_not_there_is_refused(void **state)
{
    struct catalogue *catalogue = NULL;
    struct catalogue_fault fault = { .problem = "" };

    (void)state;
    assert_int_equal(catalogue_open("/nowhere", &catalogue, &fault), -ENOENT);
    assert_string_equal(fault.problem, "cannot be opened");
}

static void a_folder_without_the_default_is_refused(void **state)
{
    (void)state;
    write_recording("tone.opus", 1);
    assert_refused(-EINVAL, "", "has no greeting.opus");
}

static void a_file_that_cannot_be_played_is_named(void **state)
{
    (void)state;
    write_recording("greeting.opus", 1);
    write_file("broken.opus", "OggS", 4);
    assert_refused(-EINVAL, "broken.opus", "is not Ogg/Opus");
}

static void a_name_that_nobody_could_ask_for_is_refused(void **state)
{
    (void)state;
    write_recording("Greeting.opus", 1);
    assert_refused(-EINVAL, "Greeting.opus", "has a name that is not 1 to 64 of a-z 0-9 _ -");
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    char path[512];

    (void)state;
    write_file("large.opus", "", 0);
    snprintf(path, sizeof path, "%s/large.opus", folder);
    assert_int_equal(truncate(path, OGG_MOST_BYTES + 1), 0);
    assert_refused(-EINVAL, "large.opus", "is larger than 16 MiB");
}

static void a_pipe_is_not_waited_for(void **state)
{
    char path[512];

    (void)state;
    snprintf(path, sizeof path, "%s/pipe.opus", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(-EINVAL, "pipe.opus", "is not a file");
}

static void the_own_recordings_can_be_played(void **state)
{
    AUTO(catalogue_freep) struct catalogue *catalogue = NULL;
    struct catalogue_fault fault = { .problem = "" };
    const struct recording *greeting;

    (void)state;
    assert_int_equal(catalogue_open("robotsvc/audio", &catalogue, &fault), 0);
    greeting = catalogue_find(catalogue, "greeting");
    assert_in_range(greeting->samples, 10 * OPUS_RATE, 15 * OPUS_RATE);
    assert_in_range(catalogue_find(catalogue, "tone")->samples, 10 * OPUS_RATE, 11 * OPUS_RATE);
}

#define FOLDER_TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(recordings_are_found_by_name),
        FOLDER_TEST(a_folder_that_is_not_there_is_refused),
        FOLDER_TEST(a_folder_without_the_default_is_refused),
        FOLDER_TEST(a_file_that_cannot_be_played_is_named),
        FOLDER_TEST(a_name_that_nobody_could_ask_for_is_refused),
        FOLDER_TEST(a_file_that_is_too_large_is_not_read),
        FOLDER_TEST(a_pipe_is_not_waited_for),
        cmocka_unit_test(the_own_recordings_can_be_played),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
