/*
 * Verification: a history without findings is one where each record names the one before it and
 * has the checksum of its place, checked here a second time by hand; and a history that was sealed
 * and then changed in one record is never without findings.
 *
 * The input is a line of flags, then record files, each part one record. With flag "s" the records
 * are chained and sealed first; with "0".."9" that record's operations are changed afterwards.
 */
#include <ctype.h>

#include "fuzz/fuzz.h"
#include "ledger/checksum.h"
#include "ledger/ledger.h"

struct shelf {
	struct record_source base;
	struct records records;
	struct str text; /* of .ledger */
};

static int shelf_read(struct record_source *src, const char *file_name, struct str *out,
		      struct error *err)
{
	const struct shelf *s = (const struct shelf *)src;

	for (size_t i = 0; i < s->records.len; i++) {
		char file[RECORD_NAME_MAX + 1];
		if (record_file_name(file, record_name(s->records.items[i]), NULL) < 0 ||
		    !str_eq(file, file_name))
			continue;
		record_print(out, s->records.items[i]);
		return 0;
	}
	return fail(err, E_NOTFOUND, "no such file");
}

static void shelf_release(struct shelf *s)
{
	records_release(&s->records);
	str_release(&s->text);
}
AUTO_VALUE_DEFINE(shelf)

/* Chains the records of one format behind each other; false when ids stand in the way. */
static bool seal(struct records *l)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct record *before = i ? l->items[i - 1] : NULL;
		if (record_format(l->items[i]) != record_format(l->items[0]))
			return false;
		for (size_t k = 0; k < i; k++)
			if (str_eq(record_id(l->items[k]), record_id(l->items[i])))
				return false;
		record_chain(l->items[i], before ? record_id(before) : NULL,
			     before ? record_checksum(before) : NULL);
	}
	return l->len > 0;
}

/* One more operation than was sealed. */
static bool tamper(struct records *l, size_t at)
{
	if (at >= l->len)
		return false;
	AUTO_JSON *doc = json_deep_copy(record_doc(l->items[at]));
	json_t *holder = record_format(l->items[at]) == RECORD_V1
				 ? doc
				 : json_object_get(doc, "migration");
	json_array_append_new(json_object_get(holder, "operations"),
			      json_pack("{s:{s:s}}", "fuzz", "tampered", "yes"));
	AUTO_STR text = {0};
	struct record *changed = NULL;
	json_write(&text, doc, JSON_FORM_PRETTY);
	if (record_parse(&changed, str_view(&text), NULL) < 0)
		return false;
	record_free(l->items[at]);
	l->items[at] = changed;
	return true;
}

static size_t verify(struct shelf *s, struct verify_result *result)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(ledger) l = {0};
	struct verify_options options = {0};
	struct error err = {0};

	s->base.read = shelf_read;
	for (size_t i = 0; i < s->records.len; i++)
		ledger_append_line(&s->text, record_name(s->records.items[i]));
	ledger_parse(&l, str_view(&s->text), &findings);
	int rc = ledger_verify(result, &findings, &l, &s->base, &options, &err);
	MUST(rc == 0);
	schema_free(steal(&result->schema));
	for (size_t i = 0; i < findings.len; i++)
		MUST(fuzz_is_safe(findings.items[i].message));
	return findings.errors;
}

static void check_believed(const struct shelf *s, const struct verify_result *result)
{
	const struct records *l = &s->records;
	char chain[CHECKSUM_LEN + 1] = "", next[CHECKSUM_LEN + 1];

	MUST(result->records == l->len);
	for (size_t i = 0; i < l->len; i++) {
		const struct record *r = l->items[i];
		MUST(str_eq(record_parent(r), i ? record_id(l->items[i - 1]) : NULL));
		MUST(checksum_check(next, r, i ? chain : NULL) != CHECKSUM_WRONG);
		memcpy(chain, next, sizeof chain);
	}
	MUST(str_eq(result->chain, chain));
	MUST(str_eq(result->head, l->len ? record_name(l->items[l->len - 1]) : ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = fuzz_view(data, size), flags, part;
	AUTO_VALUE(shelf) s = {0};
	struct verify_result result = {0};
	bool sealed, tampered = false;

	if (!view_line(&rest, &flags))
		return 0;
	while (s.records.len < 10 && fuzz_part(&rest, &part)) {
		struct record *r = NULL;
		char file[RECORD_NAME_MAX + 1];
		if (record_parse(&r, part, NULL) == 0 &&
		    record_file_name(file, record_name(r), NULL) == 0)
			records_take(&s.records, steal(&r));
		record_free(r);
	}
	sealed = flags.len && flags.ptr[0] == 's' && seal(&s.records);
	if (sealed && flags.len > 1 && isdigit((unsigned char)flags.ptr[1]))
		tampered = tamper(&s.records, (size_t)(flags.ptr[1] - '0'));
	size_t errors = verify(&s, &result);
	MUST(!tampered || errors);
	if (!errors)
		check_believed(&s, &result);
	return 0;
}
