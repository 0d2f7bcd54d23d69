/* page.h - the demo phone: files of gateway/web, which the program carries (page_files.def) */
#pragma once

#include "common/buffer.h"

struct request;

enum { PAGE_ETAG_MOST = 19 }; /* 16 digits in quotes, NUL */

struct page_file {
    const char *path;
    const char *content;
    const char *end;
    const char *content_type;
};

/* The file that is served at a path, compared as it was sent; NULL: none. */
const struct page_file *page_find(struct bytes path);

/* The file's entity tag: other content has another one. */
void page_etag(const struct page_file *file, char ret[PAGE_ETAG_MOST]);

/* GET of a path that page_find knows. */
void show_page(struct request *request);
