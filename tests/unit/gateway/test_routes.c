/* test_routes.c - paths and methods find their verbs, and nothing else does */
#include "test.h"

#include "gateway/openapi.h"
#include "gateway/routes.h"
#include "gateway/verbs.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

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

static void assert_session(const char *path, const char *method, enum error error)
{
    const struct route *found = NULL;

    assert_int_equal(find(method, path, &found), error);
    if (error != ERROR_PATH_NOT_FOUND)
        assert_string_equal(found->path, "/dapi/channel/{channel}/whip/{session}");
    else
        assert_null(found);
}

static void a_placeholder_is_one_segment(void **state)
{
    (void)state;
    assert_session("/dapi/channel/ch_a/whip/s", "DELETE", ERROR_NONE);
    assert_session("/dapi/channel/%2F/whip/{", "DELETE", ERROR_NONE);
    assert_session("/dapi/channel/ch_a/whip/s", "PATCH", ERROR_METHOD_NOT_ALLOWED);
    assert_session("/dapi/channel//whip/s", "DELETE", ERROR_PATH_NOT_FOUND);
    assert_session("/dapi/channel/ch_a/whip/", "DELETE", ERROR_PATH_NOT_FOUND);
    assert_session("/dapi/channel/ch_a/whip/s/", "DELETE", ERROR_PATH_NOT_FOUND);
    assert_session("/dapi/channel/a/b/whip/s", "DELETE", ERROR_PATH_NOT_FOUND);
    assert_session("/dapi/channel/ch_a/whop/s", "DELETE", ERROR_PATH_NOT_FOUND);
}

static void a_path_knows_all_its_methods(void **state)
{
    AUTO(buffer_done) struct buffer methods = { 0 };
    const struct route *found = NULL;

    (void)state;
    assert_int_equal(find("GET", "/dapi/channel/ch_a/whip", &found), ERROR_METHOD_NOT_ALLOWED);
    route_add_methods(found, &methods);
    assert_int_equal(methods.size, strlen("POST, OPTIONS"));
    assert_memory_equal(methods.data, "POST, OPTIONS", methods.size);
}

static void other_paths_are_not_found(void **state)
{
    static const char *const paths[] = { "",
                                         "/dapi",
                                         "/dapi/call/user/",
                                         "/dapi/calls/user",
                                         "/dapi/call",
                                         "/dapi/call/",
                                         "dapi/call/user",
                                         "/DAPI/call/user",
                                         "/dapi/%63all/user" };
    const struct route *found = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_int_equal(find("POST", paths[i], &found), ERROR_PATH_NOT_FOUND);
    assert_null(found);
}

/* A call's channel stands where verbs do; what is a verb is no channel. */
static void a_verb_is_not_taken_for_a_channel(void **state)
{
    const struct route *found = NULL;

    (void)state;
    assert_int_equal(find("GET", "/dapi/call/end", &found), ERROR_METHOD_NOT_ALLOWED);
    assert_string_equal(found->path, "/dapi/call/end");
    assert_int_equal(find("GET", "/dapi/call/ch_end", &found), ERROR_NONE);
    assert_string_equal(found->path, "/dapi/call/{channel}");
    assert_int_equal(find("POST", "/dapi/call/ch_end", &found), ERROR_METHOD_NOT_ALLOWED);
    assert_string_equal(found->method, "GET");
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
        bool has_actor = routes[i].access == ACCESS_OPEN || routes[i].access == ACCESS_TOKEN;
        const struct message *m = routes[i].parameters ? routes[i].parameters() : NULL;

        for (size_t f = 0; m && !has_actor && f < m->field_count; f++)
            has_actor = m->fields[f].kind == FIELD_UID &&
                        strcmp(m->fields[f].name, actors[routes[i].access]) == 0;
        assert_true(has_actor);
    }
}

static bool has_operation(json_t *path, const char *method)
{
    const char *name;
    json_t *operation;

    json_object_foreach (path, name, operation)
        if (strcasecmp(name, method) == 0)
            return true;
    return false;
}

static void openapi_is_json_and_names_every_operation(void **state)
{
    AUTO(buffer_done) struct buffer document = { 0 };
    size_t count;
    const struct route *routes = routes_all(&count);
    json_t *json;

    (void)state;
    openapi_write(&document, true);
    json = json_loadb(document.data, document.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    for (size_t i = 0; i < count; i++)
        assert_true(has_operation(json_object_get(json_object_get(json, "paths"), routes[i].path),
                                  routes[i].method));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_found_by_its_method_and_path),
        cmocka_unit_test(both_spellings_of_receive_are_one_verb),
        cmocka_unit_test(a_placeholder_is_one_segment),
        cmocka_unit_test(a_path_knows_all_its_methods),
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(a_verb_is_not_taken_for_a_channel),
        cmocka_unit_test(another_method_is_refused_and_the_right_one_told),
        cmocka_unit_test(whoever_acts_is_among_the_parameters),
        cmocka_unit_test(openapi_is_json_and_names_every_operation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
