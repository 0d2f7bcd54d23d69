/* fuzz_parameters.c - whatever clients send as parameters is refused or read, by JSON and by form,
 * and what was read keeps its rules. The first byte chooses the form. */
#include "gateway/api.h"
#include "gateway/parameters.h"

#include <stdlib.h>
#include <string.h>

static int add(struct draft *draft, uint8_t form, char *text, size_t size, struct fault *fault)
{
    if (form % 2 == 0)
        return parameters_add_json(draft, (struct bytes){ text, size }, fault);
    return parameters_add_urlencoded(draft, text, size, fault);
}

static void check(const struct call_recieve_request *request)
{
    if (!text_is_agora(request->uid, strlen(request->uid)) || !*request->uid ||
        strcmp(request->uid, "0") == 0 || !*request->channel)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call_recieve_request request;
    struct draft draft;
    struct fault fault = { NULL, NULL };
    char *text;

    (void)body_form_read((struct bytes){ data, size });
    if (size == 0)
        return 0;
    text = malloc(size);
    memcpy(text, data + 1, size - 1);
    draft_begin(&draft, call_recieve_request_message(), &request);
    if (add(&draft, data[0], text, size - 1, &fault) == 0 && draft_finish(&draft, &fault) == 0)
        check(&request);
    else if (!fault.problem)
        abort();
    free(text);
    return 0;
}
