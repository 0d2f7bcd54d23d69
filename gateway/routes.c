/* routes.c - which path and method is which verb */
#include "gateway/routes.h"

#include "gateway/api.h"
#include "gateway/openapi.h"
#include "gateway/page.h"
#include "gateway/path_pattern.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

#include <string.h>

/* clang-format off */
#define ROW(method_, path_, access_, handler_, answer_, meaning_) \
    .method = #method_, .path = (path_), .path_length = sizeof(path_) - 1, \
    .access = ACCESS_##access_, .handle = (handler_), .answer = (answer_), .meaning = (meaning_)
#define ROUTE(method_, path_, access_, parameters_, handler_, answer_, meaning_) \
    { ROW(method_, path_, access_, handler_, answer_, meaning_), \
      .parameters = parameters_##_message, .sources = FROM_QUERY | FROM_BODY },
#define KEYED(method_, path_, access_, parameters_, handler_, answer_, meaning_) \
    { ROW(method_, path_, access_, handler_, answer_, meaning_), \
      .parameters = parameters_##_message, .sources = FROM_QUERY | FROM_BODY, .takes_key = true },
#define VIEW(method_, path_, access_, parameters_, handler_, answer_, meaning_) \
    { ROW(method_, path_, access_, handler_, answer_, meaning_), \
      .parameters = parameters_##_message, .sources = FROM_PATH | FROM_QUERY },
#define MEDIA(method_, path_, access_, parameters_, handler_, answer_, meaning_) \
    { ROW(method_, path_, access_, handler_, answer_, meaning_), \
      .parameters = parameters_##_message, .sources = FROM_PATH, .is_media = true },
#define PAGE(method_, path_, handler_, meaning_) \
    { ROW(method_, path_, OPEN, handler_, ANSWER_PAGE, meaning_) },
#define FILES(method_, path_, handler_, meaning_) \
    { ROW(method_, path_, OPEN, handler_, ANSWER_FILE, meaning_) },
/* clang-format on */
static const struct route routes[] = {
#include "gateway/routes.def"
};
#undef ROUTE
#undef KEYED
#undef VIEW
#undef MEDIA
#undef PAGE
#undef FILES

#define ROUTE(method, path, access, parameters, handler, answer, meaning) \
    _Static_assert(sizeof(struct parameters) <= ROUTE_PARAMETERS_MOST, "request.c holds them");
#define KEYED ROUTE
#define VIEW  ROUTE
#define MEDIA ROUTE
#define PAGE(method, path, handler, meaning)
#define FILES(method, path, handler, meaning)
#include "gateway/routes.def"

static bool is_of_route(struct bytes path, const struct route *route)
{
    if (route->sources & FROM_PATH)
        return path_is_of_pattern(path, route->path);
    if (route->answer == ANSWER_FILE)
        return page_find(path);
    return route->path_length == path.size && memcmp(route->path, path.data, path.size) == 0;
}

enum error route_find(const char *method, struct bytes path, const struct route **ret)
{
    const struct route *found = NULL;

    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];

        if (found ? strcmp(route->path, found->path) != 0 : !is_of_route(path, route))
            continue;
        found = *ret = route;
        if (strcmp(route->method, method) == 0)
            return ERROR_NONE;
    }
    return found ? ERROR_METHOD_NOT_ALLOWED : ERROR_PATH_NOT_FOUND;
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
