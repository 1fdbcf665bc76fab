/* Puts records that Git applied by itself into the chain of the records before them. */
#include "xata/rechain.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/former.h"
#include "project/snapshot.h"
#include "xata/report.h"

#include "base/banned.h"

#define BEFORE_MAX ((size_t)1000) /* records that are looked through before the first wrong one */

struct rechaining {
	const struct resolving *r;
	struct snapshot now;
	size_t at;		/* place in the ledger of the first record that is wrong */
	size_t start;		/* the first that is read */
	struct chain_end end;	/* what that stands on */
	struct records records; /* from start to the end of the ledger */
	struct former former;	/* places in records */
	struct verify_result verified;
	struct history history;
	struct records theirs, ours;
	struct rebase_plan plan;
	const struct finding *second; /* another wrong checksum; NULL: there is none */
	struct error wrong;	      /* what is, when the first can be explained */
};

static void rechaining_release(struct rechaining *c)
{
	snapshot_release(&c->now);
	records_release(&c->records);
	verify_result_release(&c->verified);
	history_release(&c->history);
	records_release(&c->theirs);
	records_release(&c->ours);
	rebase_plan_release(&c->plan);
}
AUTO_VALUE_DEFINE(rechaining)

/* ---- what is wrong */

/*
 * The first error must be a checksum. Behind it only what operations do may be wrong: whether they
 * go together is decided anew; or a second one's checksum, which is then what to tell.
 */
static bool find_wrong(struct rechaining *c)
{
	const struct findings *found = &c->r->found;
	const struct finding *first = NULL;

	for (size_t i = 0; i < found->len; i++) {
		const struct finding *f = &found->items[i];
		bool checksum = f->kind == FIND_WRONG_CHECKSUM;
		if (finding_level(f->kind) != FINDING_ERROR)
			continue;
		if (!checksum && (!first || f->kind != FIND_BAD_OPERATION))
			return false;
		if (checksum && first && !c->second)
			c->second = f;
		first = first ? first : f;
	}
	if (!first || !ends_with(first->file, RECORD_SUFFIX))
		return false;
	AUTO_FREE char *name = xstrndup(first->file,
					strlen(first->file) - (sizeof RECORD_SUFFIX - 1));
	return map_get(&c->now.ledger.index, name, &c->at);
}

static int read_records(struct rechaining *c, struct error *err)
{
	const struct strs *names = &c->now.ledger.names;

	c->start = c->at > BEFORE_MAX ? c->at - BEFORE_MAX : 0;
	int rc = ledger_end(&c->end, &c->now.ledger, c->start, c->now.source, err);
	for (size_t i = c->start; rc == 0 && i < names->len; i++) {
		struct record *r = NULL;
		rc = snapshot_record(&r, &c->now, names->items[i], err);
		if (rc == 0)
			records_take(&c->records, r);
	}
	return rc;
}

/* ---- deciding */

static void part_ways(struct rechaining *c, const struct chain_base *start)
{
	for (size_t i = c->former.since; i < c->former.moved; i++)
		records_take(&c->theirs, record_copy(c->records.items[i]));
	former_chain(&c->ours, &c->records, &c->former, c->at - c->start, start);
}

/* Verifies what stands before the records that came in between, for the schema it builds up. */
static int read_base(struct chain_base *out, struct rechaining *c, struct error *err)
{
	AUTO_VALUE(findings) none = {0};
	struct ledger part = c->now.ledger;

	part.names.len = c->start + c->former.since;
	int rc = ledger_verify(&c->verified, &none, &part, c->now.source, NULL, err);
	history_from_ledger(&c->history, &part);
	*out = (struct chain_base){.id = c->verified.head_id,
				   .checksum = c->verified.chain,
				   .format = c->verified.format,
				   .schema = c->verified.schema,
				   .history = &c->history};
	return rc;
}

/*
 * Those before the wrong record were put where they are already: they come out as they are, but for
 * the checksum that an unsealed one does not have.
 */
static bool stays(const struct rechaining *c)
{
	size_t before = c->at - c->start - c->former.moved;
	const struct records *l = &c->plan.records;
	bool same = l->len == c->records.len - c->former.moved && before <= l->len;

	for (size_t i = 0; same && i < before; i++) {
		const char *now = record_checksum(c->records.items[c->former.moved + i]);
		same = !now || str_eq(record_checksum(l->items[i]), now);
	}
	return same;
}

/* 1: the plan is made, and may be a conflict; 0: something else is wrong with the ledger. */
static int plan(struct rechaining *c, struct error *err)
{
	struct chain_base start = {.id = c->end.id, .checksum = c->end.checksum};
	struct rebase_input in = {.theirs = &c->theirs, .ours = &c->ours};

	if (!former_find(&c->former, &c->records, c->at - c->start, &start))
		return 0;
	if (c->second) {
		AUTO_STR text = {0};
		resolving_say_wrong(&text, c->second);
		fail(&c->wrong, E_INVALID, "%s", str_cstr(&text));
		return 0;
	}
	part_ways(c, &start);
	int rc = read_base(&in.base, c, err);
	if (rc < 0)
		return rc;
	in.options.accept_sql = args_flag(&c->r->inv->args, "accept-sql");
	rc = rebase_plan(&c->plan, &in, &c->wrong);
	if (rc < 0 && rc != E_INVALID) {
		*err = c->wrong;
		return rc;
	}
	return rc == 0 && (c->plan.conflicts.blocking || stays(c));
}

/* ---- the result */

/* The name that the record at a place of the ledger will have. */
static const char *name_at(const struct rechaining *c, size_t at)
{
	size_t first = c->start + c->former.moved;

	return at < first ? c->now.ledger.names.items[at]
			  : record_name(c->plan.records.items[at - first]);
}

/*
 * Records and ledger are written as they follow from the index: nothing else may get lost. A run
 * that was interrupted has written what this one would.
 */
static int check_files(const struct rechaining *c, struct error *err)
{
	const struct strs *here = &workdir_ledger(c->r->inv->workdir)->names;
	const struct strs *staged = &c->now.ledger.names;
	const struct vcs_entry *e = vcs_entries_find(&c->r->was, LEDGER_FILE);
	bool known = here->len == staged->len;

	for (size_t i = 0; known && i < here->len; i++)
		known = strcmp(here->items[i], staged->items[i]) == 0 ||
			strcmp(here->items[i], name_at(c, i)) == 0;
	if (known || (e && e->skipped))
		return 0;
	int rc = fail(err, E_NO,
		      "the working tree has another ledger than the Git index, and the "
		      "chain of that one is broken");
	hint(err, "Stage what shall stay with \"git add .xata/migrations\", or go back to what is "
		  "staged with \"git restore .xata/migrations\", then run it again.");
	return rc;
}

static int add_record(struct merge_files *files, const struct record *r, struct error *err)
{
	char name[RECORD_NAME_MAX + 1];

	int rc = record_file_name(name, record_name(r), err);
	if (rc < 0)
		return rc;
	struct merge_file *f = merge_files_add(files, name);
	f->text.max = RECORD_TEXT_MAX;
	record_print(&f->text, r);
	return str_check(&f->text, name, err);
}

/* The text stays as it is, with its line ends, while no name changes: those of pgroll do not. */
static int add_ledger(struct merge_files *files, const struct rechaining *c, struct error *err)
{
	const struct strs *names = &c->now.ledger.names;
	struct merge_file *f = merge_files_add(files, LEDGER_FILE);
	bool same = true;

	f->text.max = LEDGER_TEXT_MAX;
	for (size_t i = 0; i < names->len; i++) {
		same = same && strcmp(name_at(c, i), names->items[i]) == 0;
		ledger_append_line(&f->text, name_at(c, i));
	}
	if (same) {
		str_clear(&f->text);
		str_putv(&f->text, str_view(&c->now.text));
	}
	return str_check(&f->text, LEDGER_FILE, err);
}

static int give(struct resolution *out, struct merge_files *files, struct rechaining *c,
		struct error *err)
{
	size_t first = c->at - c->start - c->former.moved;
	char file[RECORD_NAME_MAX + 1];
	int rc = check_files(c, err);

	for (size_t i = first; rc == 0 && i < c->plan.records.len; i++) {
		const struct record *r = c->plan.records.items[i];
		const char *was = c->plan.old_names.items[i];
		records_take(&out->records, record_copy(r));
		strs_add(&out->old_names, was);
		rc = add_record(files, r, err);
		if (rc < 0 || strcmp(was, record_name(r)) == 0)
			continue;
		rc = record_file_name(file, was, err);
		strs_add(&files->gone, file);
	}
	return rc < 0 ? rc : add_ledger(files, c, err);
}

int rechain(struct resolution *out, struct merge_files *files, const struct resolving *r,
	    struct error *err)
{
	AUTO_VALUE(rechaining) c = {.r = r};
	struct vcs_place index = {.where = VCS_INDEX};

	int rc = snapshot_open(&c.now, r->git, &index, err);
	if (rc < 0)
		return rc;
	snapshot_parse(&c.now);
	if (!find_wrong(&c))
		return resolving_fail_wrong(r, NULL, err);
	rc = read_records(&c, err);
	if (rc == 0)
		rc = plan(&c, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return resolving_fail_wrong(r, c.wrong.code ? &c.wrong : NULL, err);
	out->conflicts = c.plan.conflicts; /* taken over */
	c.plan.conflicts = (struct conflicts){0};
	return out->conflicts.blocking ? 0 : give(out, files, &c, err);
}
