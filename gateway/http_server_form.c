/* http_server_form.c - multipart/form-data, read by libmicrohttpd */
#include "gateway/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>

enum { READER_BYTES = 4096 };

/* libmicrohttpd hands values over in pieces, each with its field's name. */
struct form_reader {
    http_form_function *function;
    void *context;
    struct buffer name;
    struct buffer value;
    bool has_field;
    int r;
};

static int hand_over(struct form_reader *reader)
{
    if (!reader->has_field)
        return 0;
    reader->has_field = false;
    return reader->function(reader->context, (struct bytes){ reader->name.data, reader->name.size },
                            (struct bytes){ reader->value.data, reader->value.size });
}

static enum MHD_Result add_piece(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *file, const char *type, const char *encoding,
                                 const char *data, uint64_t offset, size_t size)
{
    struct form_reader *reader = context;

    (void)kind;
    (void)file;
    (void)type;
    (void)encoding;
    if (offset == 0) {
        reader->r = hand_over(reader);
        if (reader->r < 0)
            return MHD_NO;
        buffer_clear(&reader->name);
        buffer_clear(&reader->value);
        buffer_add_text(&reader->name, name ? name : "");
        reader->has_field = true;
    }
    buffer_add(&reader->value, data, size);
    return MHD_YES;
}

static int read_form(struct MHD_PostProcessor *processor, struct bytes body,
                     struct form_reader *reader)
{
    bool is_read = MHD_post_process(processor, body.data, body.size) == MHD_YES;
    bool is_whole = MHD_destroy_post_processor(processor) == MHD_YES;

    if (reader->r < 0)
        return reader->r;
    return is_read && is_whole ? hand_over(reader) : -EBADMSG;
}

int http_exchange_read_form(const struct http_exchange *exchange, struct bytes body,
                            http_form_function *function, void *context)
{
    struct form_reader reader = { .function = function, .context = context };
    struct MHD_PostProcessor *processor =
        MHD_create_post_processor(exchange->connection, READER_BYTES, add_piece, &reader);
    int r;

    if (!processor) /* the Content-Type has no boundary */
        return -EBADMSG;
    r = read_form(processor, body, &reader);
    buffer_done(&reader.name);
    buffer_done(&reader.value);
    return r;
}
