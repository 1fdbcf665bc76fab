/*
 * The journal of an interrupted change: whatever it says, only files of the history move, nothing
 * outside .xata is touched, the ledger is the old one or the staged one, what is taken back leaves
 * every record that the ledger names, and what was opened once opens again without any recovery.
 *
 * The input is the journal. It finds a ledger with records "one" and "two", a stage "stage-1" with
 * a longer ledger and record "three", and files outside that must not change: with nothing moved
 * yet, with the record moved, and with the ledger, too.
 */
#include "fuzz/fuzz.h"
#include "ledger/ledger.h"
#include "project/project.h"
#include "project/workdir.h"

#define BEFORE "one\ntwo\n"
#define AFTER "one\ntwo\nthree\n"
#define M "p/.xata/migrations/"
#define B "p/.xata/backup/20260101T100000Z"
#define S "p/.xata/.state/"

static void put(const char *name, const char *text)
{
	fuzz_write(fuzz_path(name), view_of(text));
}

enum moved { MOVED_NOTHING, MOVED_RECORD, MOVED_LEDGER, MOVED_WAYS };

static void move(const char *from, const char *to)
{
	AUTO_FREE char *old = xstrdup(fuzz_path(from));

	MUST(rename(old, fuzz_path(to)) == 0);
}

static void prepare(struct view journal, enum moved moved)
{
	static const char *const folders[] = {"p",
					      "p/.xata",
					      "p/.xata/migrations",
					      "p/.xata/.state",
					      S "stage-1",
					      "p/.xata/backup",
					      B};

	fuzz_empty(fuzz_path("p"));
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		MUST(mkdir(fuzz_path(folders[i]), 0755) == 0);
	put("p/.xatarc", "{}\n");
	put("p/.xata/kept.json", "kept");
	put("kept.json", "kept");
	put(M ".ledger", BEFORE);
	put(M "one.json", "1");
	put(M "two.json", "2");
	put(S "stage-1/.ledger", AFTER);
	put(S "stage-1/three.json", "3");
	put(B "/one.json", "1");
	fuzz_write(fuzz_path(S "journal.json"), journal);
	if (moved >= MOVED_RECORD)
		move(S "stage-1/three.json", M "three.json");
	if (moved == MOVED_LEDGER)
		move(S "stage-1/.ledger", M ".ledger");
}

static bool file_is(const char *name, const char *text)
{
	char got[64] = "";
	FILE *f = fopen(fuzz_path(name), "rb");

	if (!f)
		return false;
	got[fread(got, 1, sizeof got - 1, f)] = '\0';
	fclose(f);
	return strcmp(got, text) == 0;
}

/* What the ledger names is there unless a journal dropped it, which only a finished change does. */
static void check_files(bool finished, enum moved moved)
{
	bool is_new = moved == MOVED_LEDGER;

	MUST(file_is("kept.json", "kept") && file_is("p/.xata/kept.json", "kept"));
	MUST(file_is("p/.xatarc", "{}\n"));
	MUST(file_is(M ".ledger", BEFORE) || file_is(M ".ledger", AFTER));
	if (finished)
		return;
	MUST(file_is(M "one.json", "1") && file_is(M "two.json", "2"));
	MUST(file_is(M ".ledger", is_new ? AFTER : BEFORE));
	MUST(!is_new || file_is(M "three.json", "3"));
}

static void check_again(const struct project *p)
{
	AUTO(workdir) *w = NULL;
	struct error err = {0};

	MUST(workdir_open(&w, p, WORKDIR_WRITE, 0, &err) == 0);
	MUST(workdir_recovered(w) == RECOVERY_NONE);
}

static void check(struct view journal, enum moved moved)
{
	AUTO(project) *p = NULL;
	struct workdir *w = NULL;
	struct error err = {0};

	prepare(journal, moved);
	MUST(project_open(&p, fuzz_path("p"), &err) == 0);
	int rc = workdir_open(&w, p, WORKDIR_WRITE, 0, &err);
	if (rc < 0) {
		fuzz_check_error(rc, &err);
		MUST(!w);
		/* A change that is begun is carried on with; one that cannot be is not begun. */
		MUST(rc == E_PROJECT || rc == E_CONFLICT || rc == E_IO || rc == E_INVALID ||
		     rc == E_LIMIT || rc == E_EXISTS);
		check_files(rc != E_CONFLICT, moved);
		return;
	}
	bool finished = workdir_recovered(w) == RECOVERY_FINISHED;
	MUST(finished || workdir_recovered(w) == RECOVERY_DISCARDED);
	MUST(access(fuzz_path(S "journal.json"), F_OK) < 0);
	MUST(access(fuzz_path(S "stage-1"), F_OK) < 0);
	workdir_free(w);
	check_files(finished, moved);
	check_again(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (enum moved moved = MOVED_NOTHING; moved < MOVED_WAYS; moved++)
		check(fuzz_view(data, size), moved);
	return 0;
}
