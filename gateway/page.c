/* page.c - the demo phone's files, out of the program itself */
#include "gateway/page.h"

#include "gateway/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SCRIPT "text/javascript; charset=utf-8"

/* The assembler reads the files, by their paths from the repository's root, where make runs. */
// clang-format off
#define PAGE_FILE(name, path, file, content_type)                          \
    __asm__(".pushsection .rodata\n"                                       \
            "page_" #name ": .incbin \"gateway/web/" file "\"\n"           \
            "page_" #name "_end:\n"                                        \
            ".popsection\n");                                              \
    extern const char page_##name[] __attribute__((visibility("hidden"))); \
    extern const char page_##name##_end[] __attribute__((visibility("hidden")));
#include "gateway/page_files.def"
#undef PAGE_FILE
// clang-format on

static const struct page_file files[] = {
#define PAGE_FILE(name, path_, file, content_type_) \
    { .path = (path_),                              \
      .content = page_##name,                       \
      .end = page_##name##_end,                     \
      .content_type = (content_type_) },
#include "gateway/page_files.def"
#undef PAGE_FILE
};

/* The page gets nothing from elsewhere, is part of no other, and is asked for again each time,
 * which its tag answers. */
// clang-format off
static const struct {
    const char *name;
    const char *value;
} headers[] = {
    { "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
      "img-src 'self' data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'" },
    { "Permissions-Policy", "microphone=(self), camera=(), geolocation=()" },
    { "Referrer-Policy", "no-referrer" },
    { "X-Content-Type-Options", "nosniff" },
    { "Cache-Control", "no-cache" },
};
// clang-format on

const struct page_file *page_find(struct bytes path)
{
    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (strlen(files[i].path) == path.size && memcmp(files[i].path, path.data, path.size) == 0)
            return &files[i];
    return NULL;
}

void page_etag(const struct page_file *file, char ret[PAGE_ETAG_MOST])
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */

    for (const char *at = file->content; at < file->end; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211U;
    snprintf(ret, PAGE_ETAG_MOST, "\"%016" PRIx64 "\"", hash);
}

/* If-None-Match may list several tags, and a proxy may have marked them as weak. */
static bool is_known(const struct request *request, const char *etag)
{
    struct bytes known = request_header(request, "If-None-Match");

    return known.data && memmem(known.data, known.size, etag, strlen(etag));
}

void show_page(struct request *request)
{
    const struct page_file *file = page_find(request_path(request));
    char etag[PAGE_ETAG_MOST];

    page_etag(file, etag);
    request_add_header(request, "ETag", etag);
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        request_add_header(request, headers[i].name, headers[i].value);
    if (is_known(request, etag))
        request_answer_plain(request, 304, NULL, (struct bytes){ NULL, 0 });
    else
        request_answer_plain(request, 200, file->content_type,
                             (struct bytes){ file->content, (size_t)(file->end - file->content) });
}
