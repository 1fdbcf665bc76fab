/*
 * The ledger as version control has it at one place (the index, a commit, the working tree), its
 * verification, and the rule that a version only appends to the one it builds on.
 *
 * Records are told by the ids of their objects: those that another version has in the same place
 * are not read again, so that a check costs what changed.
 */
#ifndef PROJECT_SNAPSHOT_H
#define PROJECT_SNAPSHOT_H

#include "project/vcs.h"
#include "project/workdir.h"

struct snapshot {
	struct vcs *vcs;    /* borrowed */
	bool staged;	    /* the index: what is missing may lie on disk */
	bool renamed_apart; /* likewise, in conflict: two sides gave the folder two names */
	/* Its folder, for one that is compared with a version that has the project elsewhere, else
	 * NULL: messages name it. Set by the caller, borrowed. */
	const char *former;
	struct vcs_entries entries; /* of .xata/migrations */
	struct str text;	    /* of .ledger, "" when there is none */
	bool parsed;		    /* whether the next two are set: see snapshot_parse() */
	struct ledger ledger;
	struct findings findings; /* of the text, and of what is in conflict */
	struct snapshot_source {
		struct record_source base;
		struct snapshot *of;
	} objects;
	struct record_source *source; /* of the records: objects, or the files on disk */
};
void snapshot_release(struct snapshot *s);
AUTO_VALUE_DEFINE(snapshot)

/* Sets up an empty one. */
void snapshot_start(struct snapshot *s, struct vcs *v);

/* Reads the list of entries and the ledger. The snapshot must stay where it is. */
int snapshot_open(struct snapshot *out, struct vcs *v, const struct vcs_place *place,
		  struct error *err) MUST_USE;
/*
 * The same of the version that another one comes after. Where that has only got records at the end
 * of its ledger, what the earlier one holds follows from it, and Git reads neither of its objects,
 * which are as long as the history. Names are borrowed from after, which must live as long. A
 * place that is no commit is simply read.
 */
int snapshot_open_before(struct snapshot *out, struct vcs *v, const struct vcs_place *place,
			 const struct snapshot *after, struct error *err) MUST_USE;
/* The same of the working tree, whose records are read from w, which must live as long. */
int snapshot_open_files(struct snapshot *out, struct vcs *v, struct workdir *w,
			struct error *err) MUST_USE;

/* Fills in ledger and findings, once; where the texts alone tell enough it is not needed. */
void snapshot_parse(struct snapshot *s);

/* Reads and parses one record by name. E_NOTFOUND, E_INVALID or E_LIMIT naming the file. */
int snapshot_record(struct record **out, struct snapshot *s, const char *name,
		    struct error *err) MUST_USE;

/* Whether the text of now's ledger is that of base with nothing or more lines behind it. */
bool snapshot_extends(const struct snapshot *now, const struct snapshot *base);

/* Two versions compared: what need not be read again. */
struct snapshot_common {
	size_t records;	 /* leading ones that are in both, in the same order, with the same objects
			  */
	bool whole_base; /* these are all of base's */
	bool *entries;	 /* for each entry of now: it holds one of those records */
};
void snapshot_common_release(struct snapshot_common *c);
AUTO_VALUE_DEFINE(snapshot_common)
void snapshot_compare(struct snapshot_common *out, struct snapshot *now, struct snapshot *base);

/*
 * Reports each record of base that now lacks, renamed, edited or put into another order, and each
 * new one that does not stand behind those of base. common leading records are known to be the
 * same; base_name is for messages ("origin/main").
 */
int snapshot_check_appends(struct findings *findings, struct snapshot *now, struct snapshot *base,
			   size_t common, const char *base_name, struct error *err) MUST_USE;

/* Whether the folder that a place is about has anything there that makes it a project. */
int snapshot_has_project(bool *out, struct vcs *v, const struct vcs_place *place,
			 struct error *err) MUST_USE;

/*
 * Reports that the index only lacks records that HEAD has at its end. Where others came in their
 * place, they were put on top of something else or folded, which is for the base to say. Of all
 * records being gone, neither lines nor files, only where the index still has the project, be it
 * one file of .xata: one that goes as a whole is left to go. head may be NULL: it is opened then.
 * Costs next to nothing while the ledger has what that of HEAD has. (Files without a line are found
 * by verification.)
 */
int snapshot_check_kept(struct findings *findings, struct snapshot *index, struct snapshot *head,
			struct error *err) MUST_USE;

struct snapshot_check {
	struct snapshot *base;	 /* what it has need not be read again; NULL: all is read */
	const char *append_only; /* name of base: it may only be appended to; NULL: may change */
	bool full;		 /* read all the same */
};

/*
 * Verifies the ledger of a snapshot; *unchanged is how many leading records were not read as base
 * has them. What is wrong is in findings; < 0 only when something could not be read.
 */
int snapshot_verify(struct verify_result *result, struct findings *findings, size_t *unchanged,
		    struct snapshot *now, const struct snapshot_check *check,
		    struct error *err) MUST_USE;

#endif
