/* Compresses in one go with zlib. */
#include "adapt/gzip_zlib.h"

#include <limits.h>
#define ZLIB_CONST /* next_in points to const bytes */
#include <zlib.h>

#include "base/banned.h"

#define GZIP_FORMAT 16 /* added to the window bits: header and trailer of gzip, not of zlib */
#define LEVEL 4	       /* JSON shrinks nearly as well as with 6, in half of the time */

bool gzip_put(struct str *out, struct view bytes)
{
	z_stream z = {0};

	if (bytes.len > UINT_MAX || deflateInit2(&z, LEVEL, Z_DEFLATED, MAX_WBITS + GZIP_FORMAT, 8,
						 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	char *room = bytes.len ? str_reserve(out, bytes.len) : NULL;
	if (room) {
		z.next_in = (const Bytef *)bytes.ptr;
		z.avail_in = (uInt)bytes.len;
		z.next_out = (Bytef *)room;
		z.avail_out = (uInt)bytes.len;
	}
	bool done = room && deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (done)
		str_added(out, z.total_out);
	deflateEnd(&z);
	return done;
}
