/* test_page.c - the demo phone is in the program, whole, and only it */
#include "test.h"

#include "gateway/page.h"

#include "common/auto.h"

#include <stdio.h>
#include <string.h>

static const struct page_file *find(const char *path)
{
    return page_find((struct bytes){ path, strlen(path) });
}

static void the_phone_is_at_the_root(void **state)
{
    const struct page_file *file = find("/");

    (void)state;
    assert_non_null(file);
    assert_string_equal(file->content_type, "text/html; charset=utf-8");
    assert_memory_equal(file->content, "<!doctype html>", 15);
}

static void each_file_ends_where_it_ends_on_disk(void **state)
{
    static const char *const paths[] = { "/phone.js", "/dapi.js", "/phone.css", "/icon.svg" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        const struct page_file *file = find(paths[i]);
        char on_disk[64];
        FILE *opened;

        snprintf(on_disk, sizeof on_disk, "gateway/web%s", paths[i]);
        opened = fopen(on_disk, "rb");
        assert_non_null(opened);
        assert_int_equal(fseek(opened, 0, SEEK_END), 0);
        assert_int_equal(file->end - file->content, ftell(opened));
        fclose(opened);
    }
}

static void other_paths_are_no_files(void **state)
{
    static const char *const paths[] = {
        "", "//", "/phone.js/", "/phone", "/../phone.js", "/PHONE.JS", "/dapi/call/user",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_null(find(paths[i]));
}

static void tags_are_quoted_and_tell_files_apart(void **state)
{
    char page[PAGE_ETAG_MOST];
    char style[PAGE_ETAG_MOST];

    (void)state;
    page_etag(find("/"), page);
    page_etag(find("/phone.css"), style);
    assert_int_equal(strlen(page), PAGE_ETAG_MOST - 1);
    assert_true(page[0] == '"' && page[PAGE_ETAG_MOST - 2] == '"');
    assert_string_not_equal(page, style);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_phone_is_at_the_root),
        cmocka_unit_test(each_file_ends_where_it_ends_on_disk),
        cmocka_unit_test(other_paths_are_no_files),
        cmocka_unit_test(tags_are_quoted_and_tell_files_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
