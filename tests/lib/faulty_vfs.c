/* A layer between SQLite and its file system whose calls fail when a test says so. */
#include "lib/faulty_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/attr.h"

static sqlite3_vfs *real;
static sqlite3_vfs layer;

/* SQLite's file objects stay as they are, but for their tables of methods. */
static struct pair {
	const sqlite3_io_methods *real;
	sqlite3_io_methods mine;
} pairs[4];

static atomic_int countdown, left, failures, result_code, call_kind;

void faulty_vfs_fail(enum faulty_call call, int n, int result, int count)
{
	atomic_store(&call_kind, (int)call);
	atomic_store(&result_code, result);
	atomic_store(&left, count ? count : 1 << 30);
	atomic_store(&failures, 0);
	atomic_store(&countdown, n);
}

int faulty_vfs_failed(void)
{
	return atomic_load(&failures);
}

static int result_for(enum faulty_call call)
{
	if (atomic_load(&countdown) == 0 || atomic_load(&call_kind) != (int)call)
		return SQLITE_OK;
	if (atomic_load(&countdown) > 1) {
		atomic_fetch_sub(&countdown, 1);
		return SQLITE_OK;
	}
	if (atomic_fetch_sub(&left, 1) <= 0)
		return SQLITE_OK;
	atomic_fetch_add(&failures, 1);
	return atomic_load(&result_code);
}

static const sqlite3_io_methods *real_methods(const sqlite3_file *f)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (f->pMethods == &pairs[i].mine)
			return pairs[i].real;
	abort();
}

static int layer_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
	int rc = result_for(FAULTY_WRITE);

	return rc == SQLITE_OK ? real_methods(f)->xWrite(f, bytes, len, at) : rc;
}

static int layer_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = result_for(FAULTY_WRITE);

	return rc == SQLITE_OK ? real_methods(f)->xTruncate(f, size) : rc;
}

static int layer_sync(sqlite3_file *f, int flags)
{
	int rc = result_for(FAULTY_SYNC);

	return rc == SQLITE_OK ? real_methods(f)->xSync(f, flags) : rc;
}

static void cover(sqlite3_file *f)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs) && f->pMethods; i++) {
		struct pair *p = &pairs[i];
		if (!p->real) {
			p->real = f->pMethods;
			p->mine = *f->pMethods;
			p->mine.xWrite = layer_write;
			p->mine.xTruncate = layer_truncate;
			p->mine.xSync = layer_sync;
		}
		if (p->real == f->pMethods) {
			f->pMethods = &p->mine;
			return;
		}
	}
}

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	int rc = result_for(FAULTY_OPEN);

	(void)vfs;
	if (rc != SQLITE_OK) {
		f->pMethods = NULL;
		return rc;
	}
	rc = real->xOpen(real, name, f, flags, out);
	cover(f);
	return rc;
}

void faulty_vfs_install(void)
{
	if (real)
		return;
	real = sqlite3_vfs_find(NULL);
	layer = *real;
	layer.zName = "faulty";
	layer.xOpen = layer_open;
	layer.pNext = NULL;
	sqlite3_vfs_register(&layer, 1);
}
