/*
 * The sides of a merge: the histories of several versions of the project, read as far as bringing
 * them together needs (ledger/resolve.h), and the files that the result consists of.
 *
 * A leading part that all sides have alike (same names, same objects) is not read, so that a merge
 * costs what the sides changed, however long the history before is. Use: merge_sides_read(),
 * resolve() with merge_sides_input(), and without a conflict merge_sides_files().
 */
#ifndef PROJECT_MERGE_SIDES_H
#define PROJECT_MERGE_SIDES_H

#include "ledger/resolve.h"
#include "project/vcs.h"

struct merge_version {
	const char *name; /* for messages: "HEAD", "origin/main" */
	struct vcs_place place;
};

struct merge_request {
	const struct merge_version *sides; /* [0] is upstream's; their records go first */
	size_t side_count;		   /* at least 1; more than 2: an octopus */
	const struct merge_version *bases; /* the merge bases: all of them after a criss-cross */
	size_t base_count;		   /* 0: unknown, or the histories are unrelated */
	/*
	 * Where else a record is looked for that a ledger names and its own version lacks: the
	 * index of a conflict does not hold the files that one of the sides removed.
	 */
	const struct merge_version *spare;
	size_t spare_count;
	/*
	 * Of the sides behind the first, and of the bases, only the ledgers' texts are known, as
	 * "git am -3" reconstructs them: a record that they have in common with the first side is
	 * at hand as that has it, and is chained anew for its place in theirs. One that a base
	 * names, too, and the first side has not, is left out: its patch was skipped.
	 */
	bool texts_only;
	/* The last such place, may be NULL: a stash leaves out the files that are not tracked. */
	struct record_source *files;
	struct conflict_options options;
	/*
	 * Up to this many common records are read all the same, so that the schema they build up
	 * is known. With more of them it is open (schema.h): a conflict may then be seen where
	 * there is none. MERGE_READ_ALL: always read.
	 */
	size_t read_common;
};
#define MERGE_READ_ALL ((size_t)-1)
#define MERGE_READ_SOME ((size_t)1000) /* what commands do unless told otherwise: some 20 ms */

struct merge_sides;
/*
 * Reads what is needed. Nothing of request is kept but the names and files, which must live as
 * long. Naming the side and the file: E_INVALID when a side's ledger or a record of it is damaged
 * or has conflict markers, E_NOTFOUND when it lacks a file, E_LIMIT; E_IO when Git lacks an object.
 * E_CONFLICT when a side has another project in the folder, see merge_check_same() and
 * merge_check_related().
 */
int merge_sides_read(struct merge_sides **out, struct vcs *v, const struct merge_request *request,
		     struct error *err) MUST_USE;
void merge_sides_free(struct merge_sides *s);
AUTO_DEFINE(merge_sides)

/* What resolve() is to be given; borrowed. */
const struct resolve_input *merge_sides_input(const struct merge_sides *s);
/* How many leading records all sides have alike. */
size_t merge_sides_common(const struct merge_sides *s);
/* What a side has behind these; borrowed. */
const struct records *merge_sides_records(const struct merge_sides *s, size_t side);
/* Reads one record of a side, one of the common ones too; fails as merge_sides_read(). */
int merge_sides_record(struct record **out, const struct merge_sides *s, size_t side,
		       const char *name, struct error *err) MUST_USE;
/*
 * Names of records that were left out, as they are nowhere at hand. What was made behind one of
 * them cannot be checked: its checksum covers theirs. Borrowed.
 */
const struct strs *merge_sides_left_out(const struct merge_sides *s);
/* The ledger of a side; borrowed. */
const struct ledger *merge_sides_names(const struct merge_sides *s, size_t side);
/* The text of a side's .ledger; borrowed. */
struct view merge_sides_ledger(const struct merge_sides *s, size_t side);

/*
 * Whether just one side has a file of that name, and no base: what it added, with the id of its
 * object.
 */
bool merge_sides_added(struct vcs_id *out, const struct merge_sides *s, const char *file);

/* A file of the result. */
struct merge_file {
	char *name;	  /* below .xata/migrations: "<record>.json" or ".ledger" */
	struct vcs_id id; /* an object that a side has already, to be taken as it is; none: */
	struct str text;
};
struct merge_files {
	/*
	 * Those of common records that a base has not, or otherwise, as Git may have taken one for
	 * another file that was renamed, and those that the index has not so; those of all records
	 * behind them; then .ledger.
	 */
	struct merge_file *items;
	size_t len, cap;
	struct strs gone; /* names of files that a side or a base has, and the result has not */
};
void merge_files_release(struct merge_files *f);
AUTO_VALUE_DEFINE(merge_files)
/* Copies the name; the file is empty. Borrowed until the next is added. */
struct merge_file *merge_files_add(struct merge_files *f, const char *name);

/*
 * The files of a resolution without conflict. Upstream's ledger text stays as it is, with lines
 * appended; what did not change stays the object that it is, byte for byte. index is what Git made
 * of the migrations, NULL where it merged just these sides.
 */
int merge_sides_files(struct merge_files *out, const struct merge_sides *s,
		      const struct resolution *r, const struct vcs_entries *index,
		      struct error *err) MUST_USE;

#endif
