/* Names a record by as much as tells it from the others. */
#include "xata/lookup.h"

#include <strings.h>

int ledger_lookup(size_t *at, const struct ledger *l, const char *word, struct error *err)
{
	size_t matches = 0;

	if (map_get(&l->index, word, at))
		return 0;
	if (str_eq(word, "head") && l->names.len) {
		*at = l->names.len - 1;
		return 0;
	}
	for (size_t i = 0; i < l->names.len; i++) {
		if (starts_with(l->names.items[i], word)) {
			matches++;
			*at = i;
		}
	}
	if (matches == 1)
		return 0;
	int rc = matches ? fail(err, E_NOTFOUND, "\"%s\" fits %zu records", word, matches)
			 : fail(err, E_NOTFOUND, "no record \"%s\" is in the ledger", word);
	hint(err, "Run \"xata log --oneline\" to see the names.");
	return rc;
}

int ledger_check_case(const struct ledger *l, const char *name, struct error *err)
{
	for (size_t i = 0; i < l->names.len; i++) {
		const char *other = l->names.items[i];
		if (strcasecmp(other, name) != 0 || str_eq(other, name))
			continue;
		int rc = fail(err, E_INVALID,
			      "the name \"%s\" differs from that of record \"%s\" in small and "
			      "capital letters only",
			      name, other);
		hint(err, "Choose another name: on macOS and Windows both would be one file.");
		return rc;
	}
	return 0;
}
