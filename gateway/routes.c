/* routes.c - which path and method is which verb */
#include "gateway/routes.h"

#include "gateway/api.h"
#include "gateway/openapi.h"
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
#include "gateway/routes.def"
#undef ROUTE
#undef PAGE
};

#define ROUTE(method, path, access, parameters, handler, answer, meaning) \
    _Static_assert(sizeof(struct parameters) <= ROUTE_PARAMETERS_MOST, "request.c holds them");
#define PAGE(method, path, handler, meaning)
#include "gateway/routes.def"
#undef ROUTE
#undef PAGE

enum error route_find(const char *method, struct bytes path, const struct route **ret)
{
    enum error error = ERROR_PATH_NOT_FOUND;

    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];

        if (route->path_length != path.size || memcmp(route->path, path.data, path.size) != 0)
            continue;
        *ret = route;
        if (strcmp(route->method, method) == 0)
            return ERROR_NONE;
        error = ERROR_METHOD_NOT_ALLOWED;
    }
    return error;
}

const struct route *routes_all(size_t *ret_count)
{
    *ret_count = COUNT_OF(routes);
    return routes;
}
