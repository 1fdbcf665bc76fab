/* Finds names of records that are one file on macOS and Windows. */
#include <strings.h>

#include "base/alloc.h"
#include "ledger/verify_impl.h"

#include "base/banned.h"

/* In small letters; NULL when it has no capital ones, as most names have none. */
static char *in_small_letters(const char *name)
{
	const char *c = name;

	while (*c && (*c < 'A' || *c > 'Z'))
		c++;
	if (!*c)
		return NULL;
	char *small = xstrdup(name);
	ascii_lower(small);
	return small;
}

struct names {
	const struct ledger *ledger;
	struct findings *findings;
};

static void report_case(const struct names *n, size_t at, size_t earlier)
{
	char *const *names = n->ledger->names.items;
	AUTO_FREE char *file = xasprintf("%s.json", names[at]);
	AUTO_FREE char *advice = xasprintf(
		"On macOS and Windows both are one file. While no branch has it, \"xata "
		"squash --since %s --name NAME\" gives it another name.",
		names[at - 1]);

	findings_add(
		n->findings, FIND_SAME_FILE, file, 0, advice,
		"the name differs from that of record \"%s\" in small and capital letters only",
		names[earlier]);
}

/* Where so few are new, the names are not looked through for capital letters. */
#define FEW_NEW ((size_t)4)

static void check_case_of(const struct names *n, size_t at)
{
	char *const *names = n->ledger->names.items;

	for (size_t i = 0; i < at; i++)
		if (strcasecmp(names[i], names[at]) == 0)
			report_case(n, at, i);
}

/* Of two such names, one at least has capital letters; reported at the later, from first on. */
void verify_same_files(struct findings *findings, const struct ledger *l, size_t first)
{
	const struct names n = {l, findings};
	const struct strs *names = &l->names;
	AUTO_VALUE(strs) keys = {0};
	AUTO_VALUE(map) by_key = {0};

	if (names->len - first <= FEW_NEW) {
		for (size_t i = first; i < names->len; i++)
			check_case_of(&n, i);
		return;
	}
	for (size_t i = 0; i < names->len; i++) {
		char *small = in_small_letters(names->items[i]);
		size_t other;
		if (!small)
			continue;
		strs_take(&keys, small);
		/* The index may have more than the names, of which a caller has cut off the end. */
		if ((!map_get(&l->index, small, &other) || other >= names->len) &&
		    !map_get(&by_key, small, &other)) {
			map_add(&by_key, small, i);
			continue;
		}
		if (i >= first || other >= first)
			report_case(&n, i > other ? i : other, i > other ? other : i);
	}
}
