/* test_routes.c - paths and methods find their verbs, and nothing else does */
#include "test.h"

#include "gateway/openapi.h"
#include "gateway/routes.h"
#include "gateway/verbs.h"

#include <jansson.h>
#include <string.h>

static enum error find(const char *method, const char *path, const struct route **ret)
{
    return route_find(method, (struct bytes){ path, strlen(path) }, ret);
}

static void every_route_is_found_by_its_method_and_path(void **state)
{
    size_t count;
    const struct route *routes = routes_all(&count);
    const struct route *found = NULL;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(find(routes[i].method, routes[i].path, &found), ERROR_NONE);
        assert_ptr_equal(found, &routes[i]);
    }
}

static void both_spellings_of_receive_are_one_verb(void **state)
{
    const struct route *contract = NULL;
    const struct route *alias = NULL;

    (void)state;
    assert_int_equal(find("POST", "/dapi/call/recieve", &contract), ERROR_NONE);
    assert_int_equal(find("POST", "/dapi/call/receive", &alias), ERROR_NONE);
    assert_ptr_equal(contract->handle, alias->handle);
    assert_ptr_equal(contract->parameters, alias->parameters);
}

static void other_paths_are_not_found(void **state)
{
    static const char *const paths[] = { "",
                                         "/",
                                         "/dapi/call/user/",
                                         "/dapi/call/use",
                                         "dapi/call/user",
                                         "/DAPI/call/user",
                                         "/dapi/call/%75ser" };
    const struct route *found = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_int_equal(find("POST", paths[i], &found), ERROR_PATH_NOT_FOUND);
    assert_null(found);
}

static void another_method_is_refused_and_the_right_one_told(void **state)
{
    static const char *const methods[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", "" };
    const struct route *found = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        assert_int_equal(find(methods[i], "/dapi/call/user", &found), ERROR_METHOD_NOT_ALLOWED);
        assert_string_equal(found->method, "POST");
    }
}

static void whoever_acts_is_among_the_parameters(void **state)
{
    static const char *const actors[] = { [ACCESS_SRC_UID] = "src_uid", [ACCESS_UID] = "uid" };
    size_t count;
    const struct route *routes = routes_all(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        bool has_actor = routes[i].access == ACCESS_OPEN;
        const struct message *m = routes[i].parameters ? routes[i].parameters() : NULL;

        for (size_t f = 0; m && !has_actor && f < m->field_count; f++)
            has_actor = strcmp(m->fields[f].name, actors[routes[i].access]) == 0;
        assert_true(has_actor);
    }
}

static void openapi_is_json_and_names_every_path(void **state)
{
    AUTO(buffer_done) struct buffer document = { 0 };
    size_t count;
    const struct route *routes = routes_all(&count);
    json_t *json;

    (void)state;
    openapi_write(&document);
    json = json_loadb(document.data, document.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    for (size_t i = 0; i < count; i++)
        assert_non_null(json_object_get(json_object_get(json, "paths"), routes[i].path));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_found_by_its_method_and_path),
        cmocka_unit_test(both_spellings_of_receive_are_one_verb),
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(another_method_is_refused_and_the_right_one_told),
        cmocka_unit_test(whoever_acts_is_among_the_parameters),
        cmocka_unit_test(openapi_is_json_and_names_every_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
