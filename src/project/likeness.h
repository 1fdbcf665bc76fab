/*
 * What two folders of records have in common, and whether they are one project's: the judgement
 * by which a renamed folder is followed.
 */
#ifndef PROJECT_LIKENESS_H
#define PROJECT_LIKENESS_H

#include "project/vcs.h"

/* What two folders have in common. */
struct likeness {
	size_t same;  /* records of the same content */
	size_t named; /* record files of the same name */
	size_t all;   /* record files of the earlier one */
};
struct likeness likeness_of(const struct vcs_entries *now, const struct vcs_entries *was);
/* Whether they may be one project: told from the names, see likeness_proves() for the rest. */
bool likeness_is_any(const struct likeness *l);
bool likeness_has_records(const struct vcs_entries *entries);
bool likeness_is_more(const struct likeness *a, const struct likeness *b);

/* The records of a folder, and the version that they are of. */
struct likeness_side {
	const struct vcs_place *place; /* NULL: that of a tree */
	const struct vcs_entries *entries;
};
/*
 * Whether they are one project: they have a record in common. A name alone makes no record the
 * same, as many projects begin with an "01_init": its file has the same bytes, or it is of v1,
 * whose names tell an id, or else both are read and have the same content, whatever they were
 * chained onto, or state one checksum, which is a record that was edited. Only when nothing else
 * tells are files read, the first few that have a name in common. Fails as vcs_ops.read does; a
 * file that is no record is not the same as another one, and what has no records is evidence of
 * nothing.
 */
int likeness_proves(bool *out, struct vcs *v, const struct likeness_side *now,
		    const struct likeness_side *was, struct error *err) MUST_USE;

#endif
