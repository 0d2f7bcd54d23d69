/* store.c - finds the store that a URL names and passes on what it is asked */
#include "callsvc/store.h"

#include "callsvc/store_type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char sqlite_prefix[] = "sqlite:";

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int store_open(const struct store_options *options, struct store **ret,
               char reterr[STORE_PROBLEM_MOST])
{
    const char *url = options->url;

    if (has_prefix(url, sqlite_prefix) && url[strlen(sqlite_prefix)])
        return store_sqlite_open(options, url + strlen(sqlite_prefix), ret, reterr);
    if (has_prefix(url, "postgresql://") || has_prefix(url, "postgres://"))
        snprintf(reterr, STORE_PROBLEM_MOST,
                 "DAPI_STORE names a PostgreSQL database, but the PostgreSQL store is not built "
                 "yet: use sqlite:PATH");
    else
        snprintf(reterr, STORE_PROBLEM_MOST, "DAPI_STORE must be sqlite:PATH");
    return -EINVAL;
}

struct store *store_free(struct store *store)
{
    if (store)
        store->type->free(store);
    return NULL;
}

int store_run(struct store *store, struct operation *operations, size_t count, int64_t now_ms)
{
    return store->type->run(store, operations, count, now_ms);
}

int64_t store_next_due(const struct store *store)
{
    return store->type->next_due(store);
}

size_t store_take_due(struct store *store, int64_t now_ms, struct operation *ret, size_t most)
{
    return store->type->take_due(store, now_ms, ret, most);
}

int store_maintain(struct store *store, int64_t now_ms)
{
    return store->type->maintain(store, now_ms);
}

int64_t store_outbox_due(const struct store *store, unsigned queue)
{
    return store->type->outbox_due(store, queue);
}

size_t store_outbox_waiting(const struct store *store, unsigned queue)
{
    return store->type->outbox_waiting(store, queue);
}

struct store_counts store_counts(const struct store *store)
{
    return store->type->counts(store);
}
