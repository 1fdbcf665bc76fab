/* Finds where the ledger of a Git revision and the local one went apart. */
#include "xata/revision.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "sync/local.h"
#include "sync/news.h"

/* Names the revision in a failure that is its own, not one of the local side. */
static int of_revision(int rc, const char *rev, struct error *err)
{
	if (rc < 0)
		error_prefix(err, "%s", rev);
	return rc;
}

static int check_text(struct snapshot *s, const char *rev, struct error *err)
{
	const struct findings *found = &s->findings;

	snapshot_parse(s);
	for (size_t i = 0; i < found->len; i++) {
		const struct finding *f = &found->items[i];
		if (finding_level(f->kind) != FINDING_ERROR)
			continue;
		int rc = fail(err, E_INVALID, "the ledger of %s is damaged: %s: %s", rev, f->file,
			      f->message);
		AUTO_FREE char *word = shell_word(rev);
		hint(err, "\"xata verify --rev %s\" lists all findings.", word);
		return rc;
	}
	return 0;
}

/* How many leading names are the same. */
static size_t same_names(const struct history *mine, const struct strs *theirs)
{
	size_t n = 0;

	while (n < mine->len && n < theirs->len &&
	       str_eq(history_at(mine, n)->name, theirs->items[n]))
		n++;
	return n;
}

/*
 * A checksum fixes everything before it, so that the newest record of the same name that both have
 * sealed decides for those before; unsealed ones are compared one by one.
 */
static int count_common(size_t *out, const struct local_history *local, struct snapshot *revision,
			const char *rev, struct error *err)
{
	size_t at = same_names(local->history, &revision->ledger.names);

	*out = at;
	while (at-- > 0) {
		AUTO(record) *mine = NULL;
		AUTO(record) *theirs = NULL;
		int rc = local_record(&mine, local, at, err);
		if (rc < 0)
			return rc;
		rc = snapshot_record(&theirs, revision, revision->ledger.names.items[at], err);
		if (rc < 0)
			return of_revision(rc, rev, err);
		if (!record_same(mine, theirs))
			*out = at;
		else if (record_checksum(mine) && record_checksum(theirs))
			break;
	}
	return 0;
}

static int read_new(struct spool *out, struct snapshot *revision, const char *name,
		    struct error *err)
{
	AUTO(record) *r = NULL;
	int rc = snapshot_record(&r, revision, name, err);

	if (rc < 0)
		return rc;
	if (!str_eq(record_name(r), name)) {
		rc = fail(err, E_INVALID, "the file \"%s.json\" holds record \"%s\"", name,
			  record_name(r));
		hint(err, "Mend the ledger there first.");
		return rc;
	}
	return news_add(out, r, err);
}

static enum relation relation_of(size_t common, size_t here, size_t there)
{
	if (here > common)
		return there > common ? RELATION_DIVERGED : RELATION_AHEAD;
	return there > common ? RELATION_BEHIND : RELATION_EQUAL;
}

int compare_revision(struct comparison *out, const struct local_history *local,
		     struct snapshot *revision, const char *rev, struct error *err)
{
	const struct strs *names = &revision->ledger.names;

	*out = (struct comparison){0};
	int rc = of_revision(check_text(revision, rev, err), rev, err);
	if (rc == 0)
		rc = history_load(local->history, err);
	if (rc == 0)
		rc = count_common(&out->common, local, revision, rev, err);
	for (size_t i = out->common; rc == 0 && i < names->len; i++)
		rc = of_revision(read_new(&out->news, revision, names->items[i], err), rev, err);
	if (rc < 0)
		return rc;
	out->relation = relation_of(out->common, local->history->len, names->len);
	if (names->len)
		out->format = record_name_v1_id(names->items[names->len - 1]) ? RECORD_V1
									      : RECORD_PGROLL;
	return 0;
}
