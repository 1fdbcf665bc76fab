/* Compression of a response body by zlib. */
#ifndef ADAPT_GZIP_ZLIB_H
#define ADAPT_GZIP_ZLIB_H

#include <stdbool.h>

#include "base/str.h"

/* Appends bytes in gzip form; false, and out as it was, when that would not make them shorter. */
bool gzip_put(struct str *out, struct view bytes);

#endif
