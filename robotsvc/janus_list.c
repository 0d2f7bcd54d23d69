/* janus_list.c - the rooms of a node, as the bridge lists them */
#include "robotsvc/janus_plane.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/janus_link.h"

#include <stdlib.h>
#include <string.h>

/* Who waits for a list. */
struct listing {
    struct list entry;
    media_list_function *function;
    void *context;
};

/* The name of the session is its number, as janus_party.c writes it. */
static struct media_party read_party(const json_t *said)
{
    const char *owner = janus_read_text(said, "owner");
    struct media_party party = { .is_up = json_is_true(json_object_get(said, "up")) };

    COPY_TEXT(party.uid, janus_read_text(said, "id"));
    COPY_TEXT(party.session, janus_read_text(said, "leg"));
    (void)text_to_int64(owner, strlen(owner), &party.owner);
    return party;
}

static struct media_room read_room(const json_t *said)
{
    const json_t *parties = json_object_get(said, "parties");
    struct media_room room = { .party_count = 0 };

    COPY_TEXT(room.channel, janus_read_text(said, "room"));
    COPY_TEXT(room.robot_id, janus_read_text(said, "robot"));
    while (room.party_count < MEDIA_PARTIES && room.party_count < json_array_size(parties)) {
        room.parties[room.party_count] = read_party(json_array_get(parties, room.party_count));
        room.party_count++;
    }
    return room;
}

static void tell_rooms(const struct listing *listing, const json_t *list)
{
    size_t count = json_array_size(list);
    AUTO(free_memory) struct media_room *rooms = must_alloc(count + 1, sizeof *rooms);

    for (size_t i = 0; i < count; i++)
        rooms[i] = read_room(json_array_get(list, i));
    listing->function(listing->context, ERROR_NONE, rooms, count);
}

static struct listing *free_listing(struct listing *listing)
{
    list_remove(&listing->entry);
    free(listing);
    return NULL;
}
DEFINE_AUTO(struct listing *, free_listing)

static void on_listed(void *context, const struct janus_answer *answer)
{
    AUTO(free_listingp) struct listing *listing = context;
    const json_t *list = json_object_get(answer->data, "list");

    if (json_is_array(list))
        tell_rooms(listing, list);
    else
        listing->function(listing->context, ERROR_MEDIA_UNAVAILABLE, NULL, 0);
}

void janus_list(struct media *media, const char *node, media_list_function *function, void *context)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct listing *listing = must_alloc(1, sizeof *listing);

    listing->function = function;
    listing->context = context;
    list_append(&plane->listings, &listing->entry);
    janus_ask(plane, janus_find_node(plane, node), json_pack("{s:s}", "request", "list"), on_listed,
              listing);
}

void janus_listings_free(struct janus_plane *plane)
{
    struct list *first;

    while ((first = list_first(&plane->listings)) != NULL)
        free_listing(LIST_MEMBER(first, struct listing, entry));
}

/* The channel's room in a list of the bridge. False if it is not in there. */
static bool find_room(const json_t *data, const char *channel, struct media_room *ret)
{
    const json_t *said;
    size_t i;

    json_array_foreach (json_object_get(data, "list"), i, said) {
        if (strcmp(janus_read_text(said, "room"), channel) != 0)
            continue;
        *ret = read_room(said);
        return true;
    }
    return false;
}

bool janus_list_has_listener(const json_t *data, const char *channel)
{
    struct media_room room;

    if (!find_room(data, channel, &room))
        return false;
    for (size_t i = 0; i < room.party_count; i++) {
        if (room.parties[i].is_up)
            return true;
    }
    return false;
}

bool janus_list_has_party(const json_t *data, const char *channel, const char *uid,
                          const char *session)
{
    struct media_room room;

    if (!find_room(data, channel, &room))
        return false;
    for (size_t i = 0; i < room.party_count; i++) {
        if (strcmp(room.parties[i].uid, uid) == 0 && strcmp(room.parties[i].session, session) == 0)
            return true;
    }
    return false;
}
