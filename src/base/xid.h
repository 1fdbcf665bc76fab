/*
 * Identifiers that sort by time: the "xid" layout of 12 bytes (4 bytes Unix seconds big-endian, 5
 * random bytes per process, 3 bytes counter) as 20 characters of lower-case base32hex.
 */
#ifndef BASE_XID_H
#define BASE_XID_H

#include <stdint.h>

#define XID_LEN 20

/*
 * Thread-safe. Never gives the same text twice in a process (short of 16 million in one second),
 * and in a process the texts sort in the order they were made for seconds that do not go back.
 */
void xid_new(char out[XID_LEN + 1], int64_t unix_seconds);

/* Fills buf with len bytes that nobody can guess; aborts when the kernel has none. */
void random_bytes(void *buf, unsigned long len);

#endif
