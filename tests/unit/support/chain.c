/* Chains of records and a local side that counts what is read. */
#include "unit/support/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"

static void must(int rc, const struct error *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "# chain: %s\n", err->msg);
	abort();
}

static json_t *operations_for(enum record_format format, size_t i)
{
	char name[40];

	snprintf(name, sizeof name, "table_%zu", i);
	if (format == RECORD_V1)
		return json_pack("[{s:{s:s}}]", "addTable", "table", name);
	return json_pack("[{s:{s:s,s:[{s:s,s:s}]}}]", "create_table", "name", name, "columns",
			 "name", "id", "type", "int");
}

static void make_id(char *out, size_t size, enum record_format format, const char *prefix, size_t i)
{
	if (format == RECORD_V1)
		snprintf(out, size, "mig_%s%0*zu", prefix, (int)(20 - strlen(prefix)), i);
	else
		snprintf(out, size, "%s_%04zu", prefix, i);
}

/* The checksum of the last record, or the one that its place gives it. */
static void chain_of(char out[CHECKSUM_LEN + 1], const struct records *chain)
{
	char before[CHECKSUM_LEN + 1] = "";

	for (size_t i = 0; i < chain->len; i++) {
		checksum_check(out, chain->items[i], i ? before : NULL);
		memcpy(before, out, sizeof before);
	}
}

void chain_grow(struct records *chain, enum record_format format, const char *prefix, size_t n)
{
	char checksum[CHECKSUM_LEN + 1] = "";

	chain_of(checksum, chain);
	for (size_t i = 0; i < n; i++) {
		const struct record *last = chain->len ? chain->items[chain->len - 1] : NULL;
		struct record *r = NULL;
		struct error err = {0};
		char id[64];
		make_id(id, sizeof id, format, prefix, chain->len);
		json_t *operations = operations_for(format, chain->len);
		struct record_draft draft = {
			.format = format,
			.id = id,
			.parent = last ? record_id(last) : NULL,
			.parent_checksum = last ? checksum : NULL,
			.operations = operations,
			.started_at = (int64_t)(1700000000 + chain->len) * 1000000,
		};
		must(record_make(&r, &draft, &err), &err);
		json_decref(operations);
		snprintf(checksum, sizeof checksum, "%s", record_checksum(r));
		records_take(chain, r);
	}
}

void chain_grow_unsealed(struct records *chain, const char *prefix, size_t n)
{
	struct records sealed = {0};

	chain_copy(&sealed, chain, chain->len);
	chain_grow(&sealed, RECORD_PGROLL, prefix, n);
	for (size_t i = chain->len; i < sealed.len; i++) {
		AUTO_STR text = {0};
		struct record *r = NULL;
		struct error err = {0};
		json_t *doc = json_deep_copy(record_doc(sealed.items[i]));
		json_object_del(doc, "chainChecksum");
		json_write(&text, doc, JSON_FORM_PRETTY);
		json_decref(doc);
		must(record_parse(&r, str_view(&text), &err), &err);
		records_take(chain, r);
	}
	records_release(&sealed);
}

void chain_copy(struct records *to, const struct records *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		records_take(to, record_copy(from->items[i]));
}

/* ---- the local side */

static int read_local(struct record **out, void *ctx, const char *name, struct error *err)
{
	struct fake_local *l = ctx;

	l->reads++;
	for (size_t i = 0; i < l->records.len; i++) {
		if (strcmp(record_name(l->records.items[i]), name) != 0)
			continue;
		*out = record_copy(l->records.items[i]);
		return 0;
	}
	return fail(err, E_NOTFOUND, "no record \"%s\"", name);
}

static int load_ledger(const struct ledger **out, void *ctx, struct error *err)
{
	struct fake_local *l = ctx;

	l->loads++;
	*out = &l->ledger;
	return l->spoilt ? fail(err, E_IO, "the ledger cannot be read") : 0;
}

void fake_local_init(struct fake_local *l, struct records *records)
{
	AUTO_STR text = {0};
	size_t len = records->len;

	*l = (struct fake_local){.records = *records};
	*records = (struct records){0};
	for (size_t i = 0; i < len; i++)
		ledger_append_line(&text, record_name(l->records.items[i]));
	ledger_parse(&l->ledger, str_view(&text), NULL);
	if (len)
		history_from_newest(&l->history, len, l->ledger.names.items[len - 1], load_ledger,
				    l);
	l->view = (struct local_history){
		.history = &l->history,
		.record = read_local,
		.ctx = l,
	};
}

void fake_local_release(struct fake_local *l)
{
	records_release(&l->records);
	history_release(&l->history);
	ledger_release(&l->ledger);
}
