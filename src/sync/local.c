/* Reads local records where a comparison needs more than their names. */
#include "sync/local.h"

#include <string.h>

#include "ledger/checksum.h"

#include "base/banned.h"

const char *chain_or_null(const char *chain)
{
	return chain[0] ? chain : NULL;
}

int local_record(struct record **out, const struct local_history *local, size_t at,
		 struct error *err)
{
	const struct history_entry *entry = history_at(local->history, at);
	AUTO(record) *r = NULL;

	*out = NULL;
	int rc = local->record(&r, local->ctx, entry->name, err);
	if (rc < 0)
		return rc;
	if (!str_eq(record_id(r), entry->id)) {
		rc = fail(err, E_INVALID, "the file of record \"%s\" holds record \"%s\"",
			  entry->name, record_id(r));
		hint(err, "Run \"xata verify\".");
		return rc;
	}
	*out = steal(&r);
	return 0;
}

/* How many of the first `count` records stand before the unsealed ones at their end. */
static int sealed_before(size_t *out, const struct local_history *local, size_t count,
			 struct error *err)
{
	for (; count; count--) {
		AUTO(record) *r = NULL;
		int rc = local_record(&r, local, count - 1, err);
		if (rc < 0)
			return rc;
		if (record_checksum(r))
			break;
	}
	*out = count;
	return 0;
}

/*
 * A sealed record that the chain is to go on from must be what its checksum says: nothing is built
 * on an edited one. Only a checksum before it is needed for that, not the whole history.
 */
static int check_sealed(const struct record *r, const struct local_history *local, size_t at,
			struct error *err)
{
	AUTO(record) *parent = NULL;
	char chain[CHECKSUM_LEN + 1];

	int rc = at ? local_record(&parent, local, at - 1, err) : 0;
	if (rc < 0 || (parent && !record_checksum(parent)))
		return rc;
	if (checksum_check(chain, r, parent ? record_checksum(parent) : NULL) != CHECKSUM_WRONG)
		return 0;
	rc = fail(err, E_INVALID, "record \"%s\" was edited after it was made", record_name(r));
	hint(err, "Restore the file from Git, or run \"xata verify\" to see what is wrong.");
	return rc;
}

int local_chain(char out[CHECKSUM_LEN + 1], const struct local_history *local, size_t count,
		struct error *err)
{
	char before[CHECKSUM_LEN + 1] = "";
	size_t at = 0;

	out[0] = '\0';
	int rc = count ? history_load(local->history, err) : 0;
	if (rc == 0)
		rc = sealed_before(&at, local, count, err);
	if (rc == 0 && at)
		at--; /* begin with the sealed one: its own checksum is the chain's */
	for (; rc == 0 && at < count; at++) {
		AUTO(record) *r = NULL;
		rc = local_record(&r, local, at, err);
		if (rc == 0 && record_checksum(r))
			rc = check_sealed(r, local, at, err);
		if (rc < 0)
			break;
		if (record_checksum(r))
			memcpy(out, record_checksum(r), CHECKSUM_LEN + 1);
		else
			checksum_compute(out, r, chain_or_null(before));
		memcpy(before, out, sizeof before);
	}
	return rc;
}
