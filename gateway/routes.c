/* routes.c - which path and method is which verb */
#include "gateway/routes.h"

#include "gateway/api.h"
#include "gateway/openapi.h"
#include "gateway/page.h"
#include "gateway/path_pattern.h"
#include "gateway/verbs.h"

#include <string.h>

static const struct route routes[] = {
#define ROUTE(method_, path_, access_, parameters_, handler_, answer_, meaning_) \
    { .method = #method_,                                                        \
      .path = (path_),                                                           \
      .path_length = sizeof(path_) - 1,                                          \
      .access = ACCESS_##access_,                                                \
      .parameters = parameters_##_message,                                       \
      .handle = (handler_),                                                      \
      .answer = (answer_),                                                       \
      .meaning = (meaning_) },
#define PAGE(method_, path_, handler_, meaning_) \
    { .method = #method_,                        \
      .path = (path_),                           \
      .path_length = sizeof(path_) - 1,          \
      .access = ACCESS_OPEN,                     \
      .handle = (handler_),                      \
      .answer = ANSWER_PAGE,                     \
      .meaning = (meaning_) },
#define MEDIA(method_, path_, access_, parameters_, handler_, answer_, meaning_) \
    { .method = #method_,                                                        \
      .path = (path_),                                                           \
      .path_length = sizeof(path_) - 1,                                          \
      .access = ACCESS_##access_,                                                \
      .parameters = parameters_##_message,                                       \
      .handle = (handler_),                                                      \
      .answer = (answer_),                                                       \
      .is_media = true,                                                          \
      .meaning = (meaning_) },
#define FILES(method_, path_, handler_, meaning_) \
    { .method = #method_,                         \
      .path = (path_),                            \
      .path_length = sizeof(path_) - 1,           \
      .access = ACCESS_OPEN,                      \
      .handle = (handler_),                       \
      .answer = ANSWER_FILE,                      \
      .meaning = (meaning_) },
#include "gateway/routes.def"
#undef ROUTE
#undef PAGE
#undef MEDIA
#undef FILES
};

#define ROUTE(method, path, access, parameters, handler, answer, meaning) \
    _Static_assert(sizeof(struct parameters) <= ROUTE_PARAMETERS_MOST, "request.c holds them");
#define PAGE(method, path, handler, meaning)
#define FILES(method, path, handler, meaning)
#define MEDIA ROUTE
#include "gateway/routes.def"
#undef ROUTE
#undef PAGE
#undef MEDIA
#undef FILES

static bool is_of_route(struct bytes path, const struct route *route)
{
    if (route->is_media)
        return path_is_of_pattern(path, route->path);
    if (route->answer == ANSWER_FILE)
        return page_find(path);
    return route->path_length == path.size && memcmp(route->path, path.data, path.size) == 0;
}

enum error route_find(const char *method, struct bytes path, const struct route **ret)
{
    enum error error = ERROR_PATH_NOT_FOUND;

    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];

        if (!is_of_route(path, route))
            continue;
        *ret = route;
        if (strcmp(route->method, method) == 0)
            return ERROR_NONE;
        error = ERROR_METHOD_NOT_ALLOWED;
    }
    return error;
}

void route_add_methods(const struct route *route, struct buffer *out)
{
    bool is_first = true;

    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (strcmp(routes[i].path, route->path) != 0)
            continue;
        if (!is_first)
            buffer_add_text(out, ", ");
        is_first = false;
        buffer_add_text(out, routes[i].method);
    }
}

const struct route *routes_all(size_t *ret_count)
{
    *ret_count = COUNT_OF(routes);
    return routes;
}
