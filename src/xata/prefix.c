/* Verifies the part of the ledger that stays, and reads the part that is to move. */
#include "xata/prefix.h"

void prefix_release(struct prefix *p)
{
	schema_free(p->verified.schema);
	history_release(&p->history);
	*p = (struct prefix){0};
}

static int fail_damaged(const struct findings *findings, const struct workdir *w, struct error *err)
{
	const struct finding *f = findings->items;

	while (f + 1 < findings->items + findings->len && finding_level(f->kind) != FINDING_ERROR)
		f++;
	int rc = fail(err, E_INVALID, "the local ledger is damaged: %s: %s", f->file, f->message);
	workdir_hint_left_out(w, err);
	hint(err, "Run \"xata verify\" to see every finding and its remedy, and mend them first.");
	return rc;
}

int prefix_read(struct prefix *out, struct workdir *w, size_t len, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};
	struct verify_result *v = &out->verified;
	int rc = workdir_load(w, err);

	if (rc == 0)
		rc = workdir_check_ledger(w, err);
	if (rc < 0)
		return rc;
	/* Its names and index are those of the whole ledger, of which it is the beginning. */
	struct ledger part = *workdir_ledger(w);
	part.names.len = len;
	rc = ledger_verify(v, &findings, &part, workdir_source(w), NULL, err);
	if (rc == 0 && findings.errors)
		rc = fail_damaged(&findings, w, err);
	if (rc < 0)
		return rc;
	history_from_ledger(&out->history, &part);
	out->base = (struct chain_base){
		.id = v->head_id,
		.checksum = v->chain,
		.format = v->format,
		.schema = v->schema,
		.history = &out->history,
	};
	return 0;
}

int local_only_read(struct records *out, struct workdir *w, size_t from, struct error *err)
{
	int rc = workdir_load(w, err);

	for (size_t i = from; rc == 0 && i < workdir_ledger(w)->names.len; i++) {
		struct record *r = NULL;
		rc = workdir_record(&r, w, workdir_ledger(w)->names.items[i], err);
		if (rc == 0)
			records_take(out, r);
	}
	return rc;
}
