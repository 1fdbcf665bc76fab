/*
 * The file in which Git keeps its index, entry by entry: gitformat-index(5), versions 2 to 4 with
 * ids of 20 bytes.
 *
 * libgit2 sums the whole file up and makes an object of every entry: for a long history that takes
 * longer than all the rest of a check. As in git itself, the sum at the file's end is not checked.
 */
#ifndef ADAPT_VCS_GIT_INDEX_H
#define ADAPT_VCS_GIT_INDEX_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

#define INDEX_ID_LEN 20

struct index_reader {
	struct view rest; /* of the file, borrowed */
	unsigned int version;
	uint32_t left;	 /* entries to come */
	struct str path; /* of the entry before, in version 4 */
};
void index_reader_release(struct index_reader *r);
AUTO_VALUE_DEFINE(index_reader)

struct index_item {
	const char *path;	 /* from the top of the work tree; borrowed until the next */
	size_t len;		 /* bytes of path; a NUL follows */
	const unsigned char *id; /* INDEX_ID_LEN bytes, borrowed from the file */
	uint32_t mode;
	int stage;	/* 0, or the side of a conflict: 1 ancestor, 2 ours, 3 theirs */
	bool announced; /* "git add -N": the next commit will not have it */
	bool skipped;	/* left out of the working tree by a sparse checkout */
};

/* E_IO when the bytes are not those of an index that this can read. */
int index_reader_open(struct index_reader *r, struct view file, struct error *err) MUST_USE;

/*
 * 1: the next entry, in the order of the file (by path, bytewise, then by stage); 0: there are no
 * more. E_IO when the file is damaged, or, at its end, when it turns out to be a split or a sparse
 * index, whose entries are not all.
 */
int index_reader_next(struct index_item *out, struct index_reader *r, struct error *err) MUST_USE;

#endif
