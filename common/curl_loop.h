/* curl_loop.h - libcurl's transfers in a loop of ours, none of them blocking */
#pragma once

#include <curl/curl.h>

#include "common/auto.h"
#include "common/loop.h"

struct curl_loop;

/* A transfer is over; `transfer` is its CURLOPT_PRIVATE. It must be taken from the multi handle;
 * new ones may be begun, and others ended. */
typedef void curl_loop_function(void *context, void *transfer, CURLcode code);

/* 0, -ENOSYS or -ENOMEM. curl_global_init must have been called where there are threads. */
int curl_loop_open(struct loop *loop, curl_loop_function *function, void *context,
                   struct curl_loop **ret) MUST_CHECK;
/* Every transfer must have been taken from the multi handle. */
struct curl_loop *curl_loop_free(struct curl_loop *curls);
DEFINE_AUTO(struct curl_loop *, curl_loop_free)

/* To add transfers and to take them out, and for its options but those that curl_loop needs. */
CURLM *curl_loop_multi(const struct curl_loop *curls);
