/* Records that are in the ledger on disk alone: no side of the conflict has them to bring along. */
#include <string.h>

#include "base/alloc.h"
#include "xata/resolving.h"

#include "base/banned.h"

#define NAMED_MAX ((size_t)5) /* in the message */

static bool is_on_side(const struct resolving *r, const char *name)
{
	bool found = false;

	for (size_t i = 0; !found && i < r->sides.len; i++)
		found = map_get(&merge_sides_names(r->read, i)->index, name, NULL);
	return found;
}

/* A record that is chained anew keeps its id, and under v1 gets another name. */
static bool same_id(const char *a, const char *b)
{
	size_t len = record_name_v1_id(a);

	return len && record_name_v1_id(b) == len && strncmp(a, b, len) == 0;
}

static bool is_on_side_renamed(const struct resolving *r, const char *name)
{
	for (size_t i = 0; i < r->sides.len; i++) {
		const struct strs *names = &merge_sides_names(r->read, i)->names;
		for (size_t j = names->len; j-- > 0;)
			if (same_id(names->items[j], name))
				return true;
	}
	return false;
}

/* A line without its file holds nothing that could get lost. */
static bool has_file(const struct resolving *r, const char *name)
{
	struct record_source *files = workdir_source(r->inv->workdir);
	AUTO_STR text = {.max = RECORD_TEXT_MAX};
	char file[RECORD_NAME_MAX + 1];
	struct error ignored = {0};

	return record_file_name(file, name, &ignored) == 0 &&
	       files->read(files, file, &text, &ignored) != E_NOTFOUND;
}

static int fail_uncommitted(const struct strs *names, struct error *err)
{
	const char *first = names->items[0];
	AUTO_STR list = {0};

	for (size_t i = 0; i < names->len && i < NAMED_MAX; i++)
		str_printf(&list, "%s\"%s\"", i ? ", " : "", names->items[i]);
	if (names->len > NAMED_MAX)
		str_printf(&list, " and %zu more", names->len - NAMED_MAX);
	int rc = fail(err, E_CONFLICT,
		      "the ledger on disk has what is not committed, and no side has: %s",
		      str_cstr(&list));
	hint(err,
	     "Move %s out of the project, \"mv " MIGRATIONS_DIR
	     "/%s.json ..\", and run it again; when Git is done, \"xata new ../%s.json\" puts it "
	     "behind the others.",
	     names->len == 1 ? "its file" : "their files", first, first);
	return rc;
}

int resolving_check_uncommitted(struct strs *renamed, const struct resolving *r, struct error *err)
{
	const struct strs *here = &workdir_ledger(r->inv->workdir)->names;
	AUTO_VALUE(strs) lost = {0};

	for (size_t i = 0; i < here->len; i++) {
		const char *name = here->items[i];
		if (is_on_side(r, name) || !has_file(r, name))
			continue;
		strs_add(is_on_side_renamed(r, name) ? renamed : &lost, name);
	}
	return lost.len ? fail_uncommitted(&lost, err) : 0;
}
