/* copy_text.h - texts into the arrays of messages and structs */
#pragma once

#include <stdio.h>

/* `target` is an array; a source that would not fit, which the messages' limits rule out, is cut.
 */
#define COPY_TEXT(target, source) ((void)snprintf(target, sizeof(target), "%s", source))
