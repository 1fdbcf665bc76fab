/* Version control for tests: versions are lists of files in memory; reads are counted. */
#ifndef TESTS_SUPPORT_FAKE_VCS_H
#define TESTS_SUPPORT_FAKE_VCS_H

#include "ledger/record.h"
#include "project/vcs.h"

#define FAKE_VERSIONS 4
#define FAKE_FILES 64

/* .xata/migrations of one version; commit N is number N, the index is number 0. */
struct fake_version {
	struct strs names, texts;
	const char *conflicted; /* name of a file that is, NULL: none */
	const char *link;	/* name of a file that is a symbolic link */
	const char *executable; /* name of a file that is executable */
};

struct fake_vcs {
	struct vcs base;
	struct fake_version versions[FAKE_VERSIONS];
	size_t reads;	/* of files */
	size_t lists;	/* of folders */
	bool broken;	/* no commit can be read */
	size_t fail_at; /* the read that fails, counted from 1; 0: none */
};
void fake_vcs_init(struct fake_vcs *f);
void fake_vcs_release(struct fake_vcs *f);
AUTO_VALUE_DEFINE(fake_vcs)

/* Sets a file of a version; text NULL takes it out. */
void fake_vcs_put(struct fake_vcs *f, size_t version, const char *name, const char *text);
/* The first n records with their .ledger. */
void fake_vcs_put_records(struct fake_vcs *f, size_t version, const struct records *l, size_t n);
struct vcs_place fake_vcs_place(size_t version);

#endif
