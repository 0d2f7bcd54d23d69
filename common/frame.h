/* frame.h - looks at msgpack bytes before msgpack-c may allocate for them */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The size of the first msgpack item in `data`, with all that it holds, or 0 if it is cut off,
 * claims more items or bytes than there are, uses the reserved byte c1, or nests deeper than 16.
 *
 * msgpack-c 4.0.0 allocates 24 to 48 bytes for each item that is claimed, before it has seen any:
 * five bytes (dd ff ff ff ff) make it ask for over 100 GB. An item is never shorter than one byte.
 */
size_t frame_item_size(const void *data, size_t size);
