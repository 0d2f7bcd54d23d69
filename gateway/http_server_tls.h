/* http_server_tls.h - the certificate that HTTPS is served with, read again when its files change
 *
 * GnuTLS asks for it without saying for whom: there is one for the process. */
#pragma once

#include "common/auto.h"

#include <stdbool.h>

/* Read both files, in PEM; the paths must live as long as HTTPS is served. Call it once, before any
 * server is opened. 0, or -EINVAL with *reterr, which says what is wrong. */
int http_server_tls_open(const char *certificate_file, const char *key_file,
                         const char **reterr) MUST_CHECK;

/* Servers that are opened from now on serve HTTPS. */
bool http_server_tls_is_open(void);

/* For MHD_OPTION_ARRAY: nothing unless it is open. */
struct MHD_OptionItem *http_server_tls_options(void);

/* After the last server. */
void http_server_tls_close(void);
