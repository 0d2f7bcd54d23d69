/* list.h - doubly linked lists whose links stand within their members */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A list, and a link of one. Zeroed, a link is in no list; a list must be initialized. */
struct list {
    struct list *next;
    struct list *previous;
};

void list_init(struct list *list);
void list_append(struct list *list, struct list *link);
void list_remove(struct list *link);
/* Append all of `from`, which is empty afterwards. */
void list_take_all(struct list *list, struct list *from);

bool list_is_empty(const struct list *list);
/* NULL at the end. */
struct list *list_first(const struct list *list);
struct list *list_after(const struct list *list, const struct list *link);
/* Remove the first link: NULL if there is none. */
struct list *list_take_first(struct list *list);

/* The member that `link`, which is not NULL, stands in. */
#define LIST_MEMBER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))
