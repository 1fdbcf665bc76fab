/*
 * `.env.local` and `.env` of a project, read as the official CLI reads them (API notes, section
 * 2.1): the grammar of dotenv, then the expansion of dotenv-expand.
 *
 * NAME=value, NAME: value, `export NAME=value`; values bare up to "#", or in single, double or back
 * quotes, which may span lines; \n and \r mean line ends in double quotes. $NAME, ${NAME} and
 * ${NAME:-default} are replaced in every kind of value, \$ is a dollar sign. What is not an
 * assignment is passed over without a word, and the last of two assignments counts.
 */
#ifndef PROJECT_DOTENV_H
#define PROJECT_DOTENV_H

#include "base/error.h"
#include "base/map.h"
#include "base/str.h"

#define DOTENV_FILE_MAX ((size_t)1 << 20) /* bytes of one file */
/* The fuzz targets set these two lower: a small input then reaches them, and reaches them soon. */
#ifndef DOTENV_VALUE_MAX
#define DOTENV_VALUE_MAX ((size_t)64 << 10) /* bytes of one value, expanded */
#endif
#ifndef DOTENV_REFERENCES_MAX
#define DOTENV_REFERENCES_MAX 10000 /* references that are followed for one file */
#endif

struct dotenv_var {
	char *name;
	char *value;
	const char *file; /* where it came from: static text */
};

/* Variables of all files read so far; zero bytes are a valid empty list. */
struct dotenv {
	struct dotenv_var *items;
	size_t len, cap;
	struct map index;
};
void dotenv_release(struct dotenv *d);
AUTO_VALUE_DEFINE(dotenv)

/* NULL when not set. */
const struct dotenv_var *dotenv_get(const struct dotenv *d, const char *name);

/*
 * Adds the variables of text that neither the real environment nor an earlier file has. file must
 * be static. E_LIMIT naming file and variable when an expanded value is too long.
 */
int dotenv_parse(struct dotenv *d, struct view text, const char *file, struct error *err) MUST_USE;

/* Reads file below dir and adds it; one that is absent or not a regular file is empty. */
int dotenv_load(struct dotenv *d, int dir, const char *file, struct error *err) MUST_USE;

#endif
