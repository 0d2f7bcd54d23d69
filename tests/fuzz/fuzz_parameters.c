/* fuzz_parameters.c - whatever clients send as parameters is refused or read, and keeps its rules
 */
/* links: gateway */
/* The first byte chooses JSON or form. Headers and paths are read too. */
#include "gateway/api.h"
#include "gateway/header_value.h"
#include "gateway/idempotency_key.h"
#include "gateway/parameters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add(struct draft *draft, uint8_t form, char *text, size_t size, struct fault *fault)
{
    if (form % 2 == 0)
        return parameters_add_json(draft, (struct bytes){ text, size }, fault);
    return parameters_add_urlencoded(draft, text, size, fault);
}

/* Plain JSON means the same to jansson, but for numbers that are too large for it. */
static void check_plain(struct bytes text)
{
    struct call_recieve_request plain;
    struct call_recieve_request parsed;
    struct draft draft;
    struct fault fault;
    json_error_t error;
    json_t *json;
    int r;

    draft_begin(&draft, call_recieve_request_message(), &plain);
    r = draft_add_plain_json(&draft, text, &fault);
    if (r == -ENOTSUP)
        return;
    json = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (!json && json_error_code(&error) == json_error_numeric_overflow)
        return;
    if (!json)
        abort();
    draft_begin(&draft, call_recieve_request_message(), &parsed);
    if ((draft_add_json(&draft, json, &fault) < 0) != (r < 0) ||
        (r == 0 && memcmp(&plain, &parsed, sizeof plain) != 0))
        abort();
    json_decref(json);
}

static void check(const struct call_recieve_request *request)
{
    if (!text_is_agora(request->uid, strlen(request->uid)) || !*request->uid ||
        strcmp(request->uid, "0") == 0 || !*request->channel)
        abort();
}

/* Of a key that is taken, each byte may stand in a header. */
static void check_key(struct bytes text)
{
    const char *at = text.data;

    if (idempotency_key_problem(text))
        return;
    if (text.size == 0 || text.size > IDEMPOTENCY_KEY_MOST)
        abort();
    for (size_t i = 0; i < text.size; i++)
        if (at[i] < '!' || at[i] > '~')
            abort();
}

/* What headers and paths may hold; what they are taken for cannot be checked here. */
static void read_headers(struct bytes text)
{
    struct whip_leave_request request;
    struct draft draft;
    struct fault fault = { NULL, NULL };
    struct bytes token = { NULL, 0 };

    check_key(text);
    (void)body_form_read(text);
    (void)header_accepts(text, "application/sdp");
    if (header_bearer(text, &token) && token.size > 0 && memchr(token.data, ' ', token.size))
        abort();
    draft_begin(&draft, whip_leave_request_message(), &request);
    if (parameters_add_path(&draft, "{channel}/{session}", text, &fault) < 0 && !fault.problem)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call_recieve_request request;
    struct draft draft;
    struct fault fault = { NULL, NULL };
    char *text;

    read_headers((struct bytes){ data, size });
    if (size == 0)
        return 0;
    text = malloc(size);
    memcpy(text, data + 1, size - 1);
    if (data[0] % 2 == 0)
        check_plain((struct bytes){ text, size - 1 });
    draft_begin(&draft, call_recieve_request_message(), &request);
    if (add(&draft, data[0], text, size - 1, &fault) == 0 && draft_finish(&draft, &fault) == 0)
        check(&request);
    else if (!fault.problem)
        abort();
    free(text);
    return 0;
}
