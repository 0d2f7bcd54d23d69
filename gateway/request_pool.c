/* request_pool.c - requests are used again, with their buffers: they come by the ten thousand a
 * second */
#include "gateway/request_inside.h"

#include "common/memory.h"

#include <stdlib.h>

enum {
    SPARE_MOST = 1024,        /* requests kept to be used again */
    SPARE_BUFFER_MOST = 8192, /* bytes of each of their buffers */
};

struct requests *requests_new(const struct requests_options *options)
{
    struct requests *requests = must_alloc(1, sizeof *requests);

    requests->gateway = options->gateway;
    requests->peers = options->peers;
    requests->auth = options->auth;
    LIST_INIT(&requests->in_hand);
    LIST_INIT(&requests->spare);
    return requests;
}

static void free_request(struct request *request)
{
    buffer_done(&request->target);
    buffer_done(&request->body);
    buffer_done(&request->answer);
    buffer_done(&request->headers);
    free(request);
}

static void free_list(struct request_list *list)
{
    struct request *request;

    while ((request = LIST_FIRST(list))) {
        LIST_REMOVE(request, place);
        free_request(request);
    }
}

struct requests *requests_free(struct requests *requests)
{
    if (!requests)
        return NULL;
    free_list(&requests->in_hand);
    free_list(&requests->spare);
    free(requests);
    return NULL;
}

struct request *requests_take(struct requests *requests)
{
    struct request *request = LIST_FIRST(&requests->spare);

    if (request) {
        LIST_REMOVE(request, place);
        requests->spare_count--;
    } else {
        request = must_alloc(1, sizeof *request);
        request->requests = requests;
        for (enum peer peer = 0; peer < PEERS; peer++)
            request->questions[peer].request = request;
    }
    LIST_INSERT_HEAD(&requests->in_hand, request, place);
    requests->in_hand_count++;
    return request;
}

static void empty_buffer(struct buffer *b)
{
    if (b->capacity > SPARE_BUFFER_MOST)
        buffer_done(b);
    buffer_clear(b);
}

void requests_put_back(struct request *request)
{
    struct requests *requests = request->requests;

    LIST_REMOVE(request, place);
    requests->in_hand_count--;
    if (requests->spare_count >= SPARE_MOST) {
        free_request(request);
        return;
    }
    empty_buffer(&request->target);
    empty_buffer(&request->body);
    empty_buffer(&request->answer);
    empty_buffer(&request->headers);
    request->route = NULL;
    request->refused = ERROR_NONE;
    request->fault = (struct fault){ NULL, NULL };
    request->status = 0;
    request->is_preflight = false;
    request->retry_seconds = 0;
    request->body_size = 0;
    LIST_INSERT_HEAD(&requests->spare, request, place);
    requests->spare_count++;
}

size_t requests_in_hand(const struct requests *requests)
{
    return requests->in_hand_count;
}

void requests_give_up(struct requests *requests)
{
    struct request *next;

    for (struct request *request = LIST_FIRST(&requests->in_hand); request; request = next) {
        next = LIST_NEXT(request, place);
        if (request->exchange.is_waiting)
            request_fail(request, ERROR_UNAVAILABLE, NULL);
    }
}
