/*
 * The embedded store: server/store.h over one SQLite database file, for one machine.
 *
 * The file is in WAL mode with full synchronisation: what commit() acknowledged survives the death
 * of the process and a power loss. Several processes may use the file at once (a key is made while
 * the server runs). All its files have mode 0600 from the moment they exist, whatever the umask.
 *
 * Transactions take a connection from a pool and give it back at their end, so a store may be used
 * by any number of threads. Close the store only when no transaction is open.
 */
#ifndef ADAPT_STORE_SQLITE_H
#define ADAPT_STORE_SQLITE_H

#include "base/error.h"
#include "server/store.h"

enum store_sqlite_open {
	STORE_SQLITE_CREATE,   /* a new file, whole or not at all; E_EXISTS when path exists */
	STORE_SQLITE_EXISTING, /* E_NOTFOUND when it is absent */
};

/*
 * Opens the database file, bringing the tables of an older version of this program up to date.
 * E_INVALID, with nothing changed, when the file belongs to another program or to a newer version
 * of this one; E_IO when it is damaged or no database at all; E_ACCESS when it cannot be written.
 * The caller ends with store->ops->close().
 */
int store_sqlite_open(struct store **out, const char *path, enum store_sqlite_open how,
		      struct error *err) MUST_USE;

/*
 * How long begin() waits for another writer, in milliseconds; 10,000 unless said otherwise. Call it
 * before the store is shared between threads.
 */
void store_sqlite_set_wait(struct store *base, int ms);
/* How many rows a removal or a sweep removes at once; 1,000 unless said otherwise. 0: none. */
void store_sqlite_set_part(struct store *base, int rows);

#endif
