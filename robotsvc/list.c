/* list.c - doubly linked lists whose links stand within their members */
#include "robotsvc/list.h"

void list_init(struct list *list)
{
    list->next = list;
    list->previous = list;
}

void list_append(struct list *list, struct list *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    *link = (struct list){ NULL, NULL };
}

void list_take_all(struct list *list, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->previous = list->previous;
    from->previous->next = list;
    list->previous->next = from->next;
    list->previous = from->previous;
    list_init(from);
}

bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

struct list *list_first(const struct list *list)
{
    return list_after(list, list);
}

struct list *list_after(const struct list *list, const struct list *link)
{
    return link->next == list ? NULL : link->next;
}

struct list *list_take_first(struct list *list)
{
    struct list *first = list_first(list);

    if (first)
        list_remove(first);
    return first;
}
