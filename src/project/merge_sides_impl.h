/* What the files behind merge_sides.h share: the versions that were opened. */
#ifndef PROJECT_MERGE_SIDES_IMPL_H
#define PROJECT_MERGE_SIDES_IMPL_H

#include "project/merge_sides.h"
#include "project/snapshot.h"
#include "project/workdir_internal.h"

struct version {
	const char *name; /* borrowed */
	enum vcs_where where;
	struct snapshot snapshot;
	struct version_source {
		struct record_source base;
		struct merge_sides *sides;
		size_t version;
	} * source;
	struct records records; /* of a side: behind the common ones */
};

struct merge_sides {
	struct vcs *vcs;
	struct record_source *files; /* borrowed; NULL: none */
	bool texts_only;
	/* The sides, from base_from on the merge bases, from spare_from on the spare ones. */
	struct version *versions;
	size_t count, base_from, spare_from;
	size_t common;	      /* leading records that all sides have alike */
	struct strs left_out; /* see merge_sides_left_out() */
	struct records ancestor;
	struct chain_end end;	/* of the common ones */
	struct history history; /* likewise */
	struct schema *schema;	/* likewise */
	const struct records **inputs;
	struct resolve_input input;
};

/* The object that holds a record's file for a version, its own or a spare one; NULL: none. */
const struct vcs_entry *merge_sides_entry(const struct merge_sides *s, size_t version,
					  const char *file);

#endif
