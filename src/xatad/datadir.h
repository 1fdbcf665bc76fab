/*
 * The data directory of an endpoint: what is in it, and how it comes to be all or nothing.
 *
 * DATADIR_UNFINISHED is made before anything else and removed when all is there and durable: a
 * directory with it is nobody's data yet, and the next "xatad init" starts it anew. DATADIR_LOCK is
 * held by whoever fills or serves the directory; adding keys and copying need no lock.
 */
#ifndef XATAD_DATADIR_H
#define XATAD_DATADIR_H

#include "base/fs.h"
#include "server/store.h"

#define DATADIR_STORE "xatad.db"
#define DATADIR_CERTIFICATE "certificate.pem" /* 0644: clients need it */
#define DATADIR_KEY "certificate.key"	      /* its private key, 0600 */
#define DATADIR_LOCK "xatad.lock"
#define DATADIR_UNFINISHED "init-unfinished"

struct datadir {
	int fd;
	char *path; /* absolute */
	struct fs_lock lock;
};
#define DATADIR_NONE                           \
	{                                      \
		.fd = -1, .lock = FS_LOCK_NONE \
	}
void datadir_release(struct datadir *d); /* drops the lock */
AUTO_VALUE_DEFINE(datadir)

/*
 * Opens the data directory that "xatad init" made. E_NOTFOUND when there is none, E_PROJECT when
 * it is unfinished or something else, E_ACCESS when it belongs to another user: files that this
 * one made in it could not be used by its owner.
 */
int datadir_open(struct datadir *out, const char *path, struct error *err) MUST_USE;

/* E_LOCKED when another process serves or fills it. */
int datadir_lock(struct datadir *d, struct error *err) MUST_USE;

/*
 * Makes the directory, or takes an empty or unfinished one, locks it and empties it. E_EXISTS when
 * there is something else in it.
 */
int datadir_begin(struct datadir *out, const char *path, struct error *err) MUST_USE;
/* All is in it: makes it durable and valid. */
int datadir_finish(struct datadir *d, struct error *err) MUST_USE;

/* "PATH/name"; free() it. */
char *datadir_file(const struct datadir *d, const char *name);

/* Its store; end with store_close(). */
int datadir_store(struct store **out, const struct datadir *d, struct error *err) MUST_USE;
void store_close(struct store *s); /* NULL is fine */

static inline void store_close_(struct store **s)
{
	store_close(*s);
}
#define AUTO_STORE __attribute__((cleanup(store_close_))) struct store

#endif
