/* websocket.c - the frames of one WebSocket, by libwslay */
#include "gateway/websocket.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct websocket {
    wslay_event_context_ptr wslay;
    struct bytes input; /* not read yet; empty but within websocket_take */
    struct buffer output;
};

static ssize_t give_input(wslay_event_context_ptr wslay, uint8_t *target, size_t size, int flags,
                          void *context)
{
    struct websocket *websocket = context;
    struct bytes *input = &websocket->input;
    size_t taken = input->size < size ? input->size : size;

    (void)flags;
    if (taken == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(target, input->data, taken);
    *input = (struct bytes){ (const char *)input->data + taken, input->size - taken };
    return (ssize_t)taken;
}

static ssize_t take_output(wslay_event_context_ptr wslay, const uint8_t *data, size_t size,
                           int flags, void *context)
{
    struct websocket *websocket = context;

    (void)wslay;
    (void)flags;
    buffer_add(&websocket->output, data, size);
    return (ssize_t)size;
}

struct websocket *websocket_new(void)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = give_input,
        .send_callback = take_output,
    };
    struct websocket *websocket = must_alloc(1, sizeof *websocket);

    if (wslay_event_context_server_init(&websocket->wslay, &callbacks, websocket) < 0)
        abort(); /* out of memory */
    wslay_event_config_set_no_buffering(websocket->wslay, 1);
    wslay_event_config_set_max_recv_msg_length(websocket->wslay, WEBSOCKET_FRAME_MOST);
    return websocket;
}

struct websocket *websocket_free(struct websocket *websocket)
{
    if (!websocket)
        return NULL;
    wslay_event_context_free(websocket->wslay);
    buffer_done(&websocket->output);
    free(websocket);
    return NULL;
}

/* Everything that is queued becomes output: what libwslay keeps waiting costs far more. */
static void frame_output(struct websocket *websocket)
{
    while (wslay_event_want_write(websocket->wslay))
        if (wslay_event_send(websocket->wslay) < 0)
            abort(); /* out of memory: the output takes all */
}

void websocket_take(struct websocket *websocket, struct bytes bytes)
{
    websocket->input = bytes;
    /* What breaks the protocol ends the reading, and a close frame is queued that may say why. */
    while (websocket->input.size > 0 && wslay_event_want_read(websocket->wslay))
        if (wslay_event_recv(websocket->wslay) < 0)
            wslay_event_shutdown_read(websocket->wslay);
    websocket->input = (struct bytes){ NULL, 0 };
    frame_output(websocket);
}

static void queue(struct websocket *websocket, enum wslay_opcode opcode, struct bytes bytes)
{
    const struct wslay_event_msg message = {
        .opcode = (uint8_t)opcode,
        .msg = bytes.data,
        .msg_length = bytes.size,
    };

    if (wslay_event_queue_msg(websocket->wslay, &message) == WSLAY_ERR_NOMEM)
        abort();
    frame_output(websocket);
}

void websocket_say(struct websocket *websocket, struct bytes text)
{
    queue(websocket, WSLAY_TEXT_FRAME, text);
}

void websocket_ping(struct websocket *websocket)
{
    queue(websocket, WSLAY_PING, (struct bytes){ NULL, 0 });
}

void websocket_close(struct websocket *websocket, enum websocket_code code, const char *reason)
{
    if (wslay_event_queue_close(websocket->wslay, (uint16_t)code, (const uint8_t *)reason,
                                strlen(reason)) == WSLAY_ERR_NOMEM)
        abort();
    frame_output(websocket);
}

struct buffer *websocket_output(struct websocket *websocket)
{
    return &websocket->output;
}

bool websocket_is_closing(const struct websocket *websocket)
{
    return wslay_event_get_close_sent(websocket->wslay);
}

bool websocket_is_over(const struct websocket *websocket)
{
    return wslay_event_get_close_sent(websocket->wslay) &&
           !wslay_event_get_read_enabled(websocket->wslay);
}
