/* Makes identifiers that sort by time, and random bytes. */
#include "base/xid.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/banned.h"

static pthread_once_t seeded = PTHREAD_ONCE_INIT;
static unsigned char process_part[5];
static atomic_uint counter;

void random_bytes(void *buf, unsigned long len)
{
	unsigned char *p = buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fputs("xata: error: the system has no random numbers\n", stderr);
			abort();
		}
		p += n;
		len -= (unsigned long)n;
	}
}

/* A child made by fork() would go on with its parent's numbers: it gets its own as well. */
static void reseed(void)
{
	unsigned start;

	random_bytes(process_part, sizeof process_part);
	random_bytes(&start, sizeof start);
	atomic_store(&counter, start & 0x7FFFFF); /* leave room below the wrap of 24 bits */
}

static void seed(void)
{
	reseed();
	if (pthread_atfork(NULL, NULL, reseed) != 0)
		abort(); /* only for lack of memory */
}

void xid_new(char out[XID_LEN + 1], int64_t unix_seconds)
{
	static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";
	unsigned char b[13] = {0}; /* one more: 20 digits of 5 bits read 100 bits of 96 */

	pthread_once(&seeded, seed);
	unsigned n = atomic_fetch_add(&counter, 1);
	for (int i = 0; i < 4; i++)
		b[i] = (unsigned char)((uint64_t)unix_seconds >> (24 - 8 * i));
	memcpy(b + 4, process_part, sizeof process_part);
	b[9] = (unsigned char)(n >> 16);
	b[10] = (unsigned char)(n >> 8);
	b[11] = (unsigned char)n;

	for (unsigned i = 0; i < XID_LEN; i++) {
		unsigned bit = i * 5, at = bit / 8, shift = bit % 8;
		unsigned pair = (unsigned)b[at] << 8 | b[at + 1];
		out[i] = alphabet[(pair >> (11 - shift)) & 31];
	}
	out[XID_LEN] = '\0';
}
