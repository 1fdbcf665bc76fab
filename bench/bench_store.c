/*
 * Measures the SQLite store on a long history: how long a push, a page and a look-up take.
 *
 *	make bench/bench_store && bench/bench_store DIRECTORY [RECORDS [GENERATIONS]]
 *
 * DIRECTORY must not exist; it is left for a look at the file. Prints one line per measurement.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "adapt/store_sqlite.h"
#include "base/alloc.h"

#include "base/banned.h"

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Any number below; the same ones in every run. */
static int64_t draw(int64_t below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((state >> 33) % (uint64_t)below);
}

static void check(int rc, const struct error *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "bench_store: error: %s\n", err->msg);
	exit(error_exit_status(rc));
}

static void report(const char *what, double us, long count)
{
	printf("%-52s %10.1f us\n", what, us / (double)count);
}

static void add_record(struct store *s, struct store_txn *t, int64_t branch, int64_t depth)
{
	char id[32], sum[80], content[80], doc[700];
	struct error err = {0};

	snprintf(id, sizeof id, "mig_%020lld", (long long)depth);
	snprintf(sum, sizeof sum, "1:%064lld", (long long)depth);
	snprintf(content, sizeof content, "%064lld", (long long)depth);
	snprintf(doc, sizeof doc,
		 "{\"id\":\"%s\",\"parentID\":\"mig_%020lld\",\"checksum\":\"%s\",\"operations\":[{"
		 "\"addColumn\":{\"column\":{\"name\":\"column_%lld\",\"type\":\"string\","
		 "\"defaultValue\":\"%0300d\"},\"table\":\"items\"}}]}",
		 id, (long long)depth - 1, sum, (long long)depth, 0);
	struct store_record r = {.depth = depth,
				 .id = id,
				 .checksum = sum,
				 .content = content,
				 .done = true,
				 .doc = doc,
				 .created_at = depth};
	check(s->ops->record_add(t, branch, &r, &err), &err);
}

static int64_t add_branch(struct store *s, struct store_txn *t, int64_t database, const char *name,
			  int64_t from, int64_t length)
{
	struct error err = {0};
	int64_t rowid = 0;
	AUTO_FREE char *n = xstrdup(name);
	AUTO_FREE char *id = xasprintf("bb_%s", name);
	struct store_branch b = {
		.database = database, .name = n, .id = id, .format = RECORD_V1, .length = length};

	check(s->ops->branch_add(&rowid, t, &b, from, &err), &err);
	return rowid;
}

static struct store_txn *begin(struct store *s, enum store_mode mode)
{
	struct error err = {0};
	struct store_txn *t = NULL;

	check(s->ops->begin(&t, s, mode, &err), &err);
	return t;
}

static void commit(struct store *s, struct store_txn *t)
{
	struct error err = {0};

	check(s->ops->commit(t, &err), &err);
}

static int ignore(void *ctx, const struct store_record *r, struct error *err)
{
	long *n = ctx;

	(void)r;
	(void)err;
	++*n;
	return 0;
}

static int64_t make_history(struct store *s, int64_t *database, int64_t records)
{
	const int64_t batch = 10000;
	struct error err = {0};
	char ws[] = "ws", name[] = "shop", region[] = "local";
	struct store_workspace w = {.id = ws, .name = name};
	struct store_database d = {
		.workspace = ws, .name = name, .region = region, .format = RECORD_V1};
	struct store_txn *t = begin(s, STORE_WRITE);

	check(s->ops->workspace_add(t, &w, &err), &err);
	check(s->ops->database_add(database, t, &d, &err), &err);
	int64_t branch = add_branch(s, t, *database, "main", 0, 0);
	commit(s, t);
	double start = now_us();
	for (int64_t depth = 1; depth <= records;) {
		t = begin(s, STORE_WRITE);
		for (int64_t i = 0; i < batch && depth <= records; i++)
			add_record(s, t, branch, depth++);
		commit(s, t);
	}
	report("push of 10,000 records, one transaction",
	       (now_us() - start) * (double)batch / (double)records, 1);
	return branch;
}

static void measure_pages(struct store *s, int64_t branch, int64_t records, const char *what)
{
	const int rounds = 200;
	struct error err = {0};
	char line[80];
	long n = 0;

	for (int order = 1; order >= -1; order -= 2) {
		double start = now_us();
		for (int i = 0; i < rounds; i++) {
			struct store_txn *t = begin(s, STORE_READ);
			int64_t from = 100 + draw(records - 200);
			check(s->ops->record_list(t, branch, from, order * 100, ignore, &n, &err),
			      &err);
			s->ops->rollback(t);
		}
		snprintf(line, sizeof line, "%s: 100 records, %s first", what,
			 order > 0 ? "oldest" : "newest");
		report(line, now_us() - start, rounds);
	}
}

static void measure_lookups(struct store *s, int64_t database, int64_t branch, int64_t records,
			    const char *what)
{
	const int rounds = 2000;
	struct error err = {0};
	char line[80], id[32];
	double start = now_us();

	for (int i = 0; i < rounds; i++) {
		AUTO_VALUE(store_branch) b = {0};
		struct store_txn *t = begin(s, STORE_READ);
		check(s->ops->branch_get(&b, t, database, "main", &err), &err);
		s->ops->rollback(t);
	}
	snprintf(line, sizeof line, "%s: branch with its head", what);
	report(line, now_us() - start, rounds);
	start = now_us();
	for (int i = 0; i < rounds; i++) {
		AUTO_VALUE(store_record) r = {0};
		struct store_txn *t = begin(s, STORE_READ);
		snprintf(id, sizeof id, "mig_%020lld", (long long)draw(records) + 1);
		check(s->ops->record_get(&r, t, branch, id, &err), &err);
		s->ops->rollback(t);
	}
	snprintf(line, sizeof line, "%s: record by its id", what);
	report(line, now_us() - start, rounds);
}

static void measure_commits(struct store *s, int64_t branch, int64_t records)
{
	const int rounds = 100;
	double start = now_us();

	for (int i = 1; i <= rounds; i++) {
		struct store_txn *t = begin(s, STORE_WRITE);
		add_record(s, t, branch, records + i);
		commit(s, t);
	}
	report("push of 1 record, durable", now_us() - start, rounds);
}

/* A branch of a branch of a branch …, each with one record of its own. */
static void measure_forks(struct store *s, int64_t database, int64_t from, int64_t length,
			  int64_t generations)
{
	struct store_txn *t = begin(s, STORE_WRITE);
	double start = now_us();
	int64_t at = from;

	for (int64_t i = 1; i <= generations; i++) {
		AUTO_FREE char *name = xasprintf("fork-%lld", (long long)i);
		at = add_branch(s, t, database, name, at, length);
		add_record(s, t, at, ++length);
	}
	report("branch and one record", now_us() - start, generations);
	commit(s, t);
	measure_pages(s, at, length, "last of the forks");
	measure_lookups(s, database, at, length, "last of the forks");
}

int main(int argc, char **argv)
{
	struct error err = {0};
	struct store *s = NULL;
	long records = 100000, generations = 10000;
	int64_t database = 0;

	if (argc < 2 || argc > 4 || (argc > 2 && !parse_long(&records, argv[2], 1000, 100000000)) ||
	    (argc > 3 && !parse_long(&generations, argv[3], 1, 1000000))) {
		fputs("usage: bench_store DIRECTORY [RECORDS [GENERATIONS]]\n", stderr);
		return error_exit_status(E_USAGE);
	}
	if (mkdir(argv[1], 0700) < 0)
		check(fail(&err, E_EXISTS, "could not make \"%s\"", argv[1]), &err);
	AUTO_FREE char *path = xasprintf("%s/db", argv[1]);
	AUTO_FREE char *copy = xasprintf("%s/copy", argv[1]);
	check(store_sqlite_open(&s, path, STORE_SQLITE_CREATE, &err), &err);
	int64_t branch = make_history(s, &database, records);
	measure_commits(s, branch, records);
	measure_pages(s, branch, records, "long history");
	measure_lookups(s, database, branch, records, "long history");
	measure_forks(s, database, branch, records, generations);
	double start = now_us();
	check(s->ops->backup(s, copy, &err), &err);
	report("backup", now_us() - start, 1);
	s->ops->close(s);
	return 0;
}
