/* Names a record by as much as tells it from the others. */
#include "xata/lookup.h"

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
