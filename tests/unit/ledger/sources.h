/* Record sources for tests: a directory, and texts in memory. */
#ifndef TESTS_UNIT_LEDGER_SOURCES_H
#define TESTS_UNIT_LEDGER_SOURCES_H

#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "ledger/ledger.h"

struct dir_source {
	struct record_source base;
	int dir;
};

static inline int dir_source_read(struct record_source *src, const char *name, struct str *out,
				  struct error *err)
{
	struct dir_source *d = (struct dir_source *)src;

	return fs_read(out, d->dir, name, RECORD_TEXT_MAX, err);
}

static inline struct dir_source dir_source_open(const char *path)
{
	return (struct dir_source){.base = {dir_source_read},
				   .dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

#define MEMORY_FILES_MAX 16

struct memory_source {
	struct record_source base;
	struct {
		char name[RECORD_NAME_MAX + 1];
		char *text;
	} files[MEMORY_FILES_MAX];
	size_t len;
	int failure; /* what every read fails with, when not 0 */
};

static inline int memory_source_read(struct record_source *src, const char *name, struct str *out,
				     struct error *err)
{
	struct memory_source *m = (struct memory_source *)src;

	if (m->failure)
		return fail(err, m->failure, "the disk said no");
	for (size_t i = 0; i < m->len; i++)
		if (m->files[i].text && strcmp(m->files[i].name, name) == 0) {
			str_puts(out, m->files[i].text);
			return 0;
		}
	return fail(err, E_NOTFOUND, "\"%s\" does not exist", name);
}

#endif
