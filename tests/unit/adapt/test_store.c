/* Runs the contract test of server/store.h over the SQLite store on a file. */
#include "adapt/store_sqlite.h"
#include "lib/store_contract.h"

static int make(struct store **out, const char *dir, struct error *err)
{
	return store_sqlite_open(out, unit_path(dir, "db"), STORE_SQLITE_CREATE, err);
}

static int open_again(struct store **out, const char *dir, struct error *err)
{
	return store_sqlite_open(out, unit_path(dir, "db"), STORE_SQLITE_EXISTING, err);
}

static int open_file(struct store **out, const char *path, struct error *err)
{
	return store_sqlite_open(out, path, STORE_SQLITE_EXISTING, err);
}

const struct store_maker store_under_test = {
	.make = make,
	.open = open_again,
	.open_file = open_file,
	.set_wait = store_sqlite_set_wait,
};

int main(void)
{
	const struct CMUnitTest tests[] = {STORE_CONTRACT_TESTS};

	return unit_main(tests);
}
