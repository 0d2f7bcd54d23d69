/* store_type.h - what a kind of store must be able to do: for store.c and the stores themselves */
#pragma once

#include "callsvc/store.h"

/* The functions of store.h; `free` also frees the struct. */
struct store_type {
    int (*run)(struct store *store, struct operation *operations, size_t count, int64_t now_ms);
    int64_t (*next_due)(const struct store *store);
    size_t (*take_due)(struct store *store, int64_t now_ms, struct operation *ret, size_t most);
    int (*maintain)(struct store *store, int64_t now_ms);
    int64_t (*outbox_due)(const struct store *store, unsigned queue);
    size_t (*outbox_waiting)(const struct store *store, unsigned queue);
    struct store_counts (*counts)(const struct store *store);
    void (*free)(struct store *store);
};

/* Every store's struct begins with it. */
struct store {
    const struct store_type *type;
};

int store_sqlite_open(const struct store_options *options, const char *path, struct store **ret,
                      char reterr[STORE_PROBLEM_MOST]) MUST_CHECK;
