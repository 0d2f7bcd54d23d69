/* whip_options.c - OPTIONS on the paths of the media exchange: what a page of another origin may do
 * there, and what can be posted */
#include "gateway/request.h"
#include "gateway/verbs.h"

void verb_whip_options(struct request *request)
{
    request_add_methods(request, "Access-Control-Allow-Methods");
    request_add_header(request, "Access-Control-Allow-Headers", "authorization, content-type");
    request_add_header(request, "Accept-Post", "application/sdp");
    request_answer_plain(request, 204, NULL, (struct bytes){ NULL, 0 });
}
