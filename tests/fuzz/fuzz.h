/*
 * What the fuzz targets share: a claim that must hold, an input cut into parts, a scratch folder.
 *
 * A target gives its parser any bytes and claims more than survival: MUST() stops the program, and
 * with it libFuzzer or "make check", when a claim does not hold.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(claim)                                                                                \
	do {                                                                                       \
		if (!(claim)) {                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static inline struct view fuzz_view(const uint8_t *data, size_t size)
{
	return view_make((const char *)data, size);
}

/* Whether text can go to a terminal as it is. */
static inline bool fuzz_is_safe(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return false;
	return utf8_valid(view_of(text));
}

/* A failure has one of our codes and a message, which the program's output makes safe. */
static inline void fuzz_check_error(int rc, const struct error *err)
{
	MUST(rc < 0 && (int)err->code == rc && rc != E_INTERNAL);
	MUST(err->msg[0]);
}

/*
 * Cuts the next part off an input of several: parts end at a line "=====", which is easily written
 * in a seed and easily found by libFuzzer. False when nothing is left.
 */
static inline bool fuzz_part(struct view *rest, struct view *part)
{
	static const char mark[] = "=====\n";
	const size_t len = sizeof mark - 1;

	if (!rest->len)
		return false;
	const char *at = memmem(rest->ptr, rest->len, mark, len);
	*part = view_make(rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len);
	size_t used = at ? part->len + len : rest->len;
	*rest = view_make(rest->ptr + used, rest->len - used);
	return true;
}

/* ---- a scratch folder, removed when the program ends */

static char fuzz_dir_path[PATH_MAX];

static inline int fuzz_remove(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void fuzz_empty(const char *path)
{
	nftw(path, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void fuzz_dir_remove(void)
{
	fuzz_empty(fuzz_dir_path);
}

static inline const char *fuzz_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (fuzz_dir_path[0])
		return fuzz_dir_path;
	snprintf(fuzz_dir_path, sizeof fuzz_dir_path, "%s/xata-fuzz-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	MUST(mkdtemp(fuzz_dir_path));
	atexit(fuzz_dir_remove);
	return fuzz_dir_path;
}

/* "dir/name"; valid until the fourth call after this one. */
static inline const char *fuzz_path(const char *name)
{
	static char paths[4][PATH_MAX + 300];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", fuzz_dir(), name);
	return path;
}

static inline void fuzz_write(const char *path, struct view text)
{
	FILE *f = fopen(path, "wb");

	MUST(f);
	MUST(text.len == 0 || fwrite(text.ptr, 1, text.len, f) == text.len);
	MUST(fclose(f) == 0);
}

#endif
