/*
 * Records: what is read prints as itself, what is hashed is canonical, a record sealed in its place
 * is valid there and nowhere else, and an endpoint's item is checked like a file.
 */
#include "fuzz/fuzz.h"
#include "ledger/checksum.h"
#include "ledger/operation.h"
#include "ledger/schema.h"

#define SOME_SUM(prefix) prefix ":00000000000000000000000000000000000000000000000000000000000000ff"

static struct record *print_and_parse(struct str *text, const struct record *r)
{
	struct error err = {0};
	struct record *again = NULL;

	record_print(text, r);
	MUST(str_ok(text));
	/* Printing may indent what was dense before: that alone can take it over the limit. */
	int rc = record_parse(&again, str_view(text), &err);
	MUST(rc == 0 || (rc == E_LIMIT && text->len > RECORD_TEXT_MAX));
	return again;
}

static void check_print(const struct record *r)
{
	AUTO_STR first = {0}, second = {0};
	AUTO(record) *again = print_and_parse(&first, r);

	if (!again)
		return;
	MUST(record_same(r, again));
	MUST(str_eq(record_name(r), record_name(again)));
	record_print(&second, again);
	MUST(view_eq(str_view(&first), str_view(&second)));
}

static void check_hashed_text(const struct record *r)
{
	AUTO_STR text = {0}, canonical = {0};
	AUTO_JSON *doc = NULL;
	struct error err = {0};

	checksum_text(&text, r, SOME_SUM("1"));
	MUST(str_ok(&text));
	MUST(json_read(&doc, str_view(&text), 80, &err) == 0);
	json_write(&canonical, doc, JSON_FORM_CANONICAL);
	MUST(view_eq(str_view(&text), str_view(&canonical)));
}

/* Sealing a copy leaves the original alone, and binds the copy to its place. */
static void check_chain(const struct record *r)
{
	const char *sum = record_format(r) == RECORD_V1 ? SOME_SUM("1") : SOME_SUM("2");
	char chain[CHECKSUM_LEN + 1];
	AUTO_STR before = {0}, after = {0};
	AUTO(record) *copy = record_copy(r);

	if (str_eq(record_id(r), "parent_of_it"))
		return;
	record_print(&before, r);
	record_chain(copy, "parent_of_it", sum);
	record_print(&after, r);
	MUST(view_eq(str_view(&before), str_view(&after)));
	MUST(str_eq(record_parent(copy), "parent_of_it"));
	MUST(checksum_check(chain, copy, sum) == CHECKSUM_VALID);
	MUST(str_eq(chain, record_checksum(copy)));
	chain[CHECKSUM_LEN - 1] ^= 1;
	MUST(checksum_check(chain, copy, NULL) == CHECKSUM_WRONG);
	check_print(copy);
	MUST(record_name_valid(view_of(record_name(copy))));
}

/* The record as the other side would send it; what v1 leaves out on the wire is not of the record.
 */
static void check_item(const struct record *r)
{
	AUTO(record) *item = NULL;
	struct error err = {0};

	int rc = record_from_item(&item, record_format(r), record_doc(r), &err);
	if (rc < 0)
		fuzz_check_error(rc, &err);
	MUST(rc == 0 || rc == E_LIMIT);
	MUST(!item || record_same(r, item));
}

/* What is applied can be saved, loaded and shown; a refused operation is named. */
static void check_schema(const struct record *r)
{
	AUTO_STR saved = {0}, again = {0}, shown = {0}, made = {0};
	AUTO(schema) *s = schema_new(record_format(r)), *loaded = NULL;
	struct error err = {0};

	int rc = schema_apply(s, r, &err);
	if (rc < 0)
		fuzz_check_error(rc, &err);
	schema_save(&saved, s);
	error_clear(&err);
	MUST(schema_load(&loaded, str_view(&saved), &err) == 0);
	schema_save(&again, loaded);
	MUST(view_eq(str_view(&saved), str_view(&again)));
	AUTO_JSON *api = schema_to_api(loaded);
	json_write(&made, api, JSON_FORM_COMPACT);
	schema_write_api(&shown, loaded);
	MUST(shown.len <= schema_api_bytes(loaded));
	MUST(view_eq(str_view(&made), str_view(&shown)));
}

static void check_operations(const struct record *r)
{
	size_t i;
	json_t *op;

	json_array_foreach(record_operations(r), i, op)
	{
		AUTO_STR summary = {0};
		struct error err = {0};
		operation_summary(&summary, record_format(r), op);
		MUST(str_ok(&summary) && fuzz_is_safe(str_cstr(&summary)));
		int rc = operation_check(record_format(r), op, OPERATION_STRICT, &err);
		if (rc < 0)
			fuzz_check_error(rc, &err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(record) *r = NULL;
	struct error err = {0};
	char file[RECORD_NAME_MAX + 1];

	int rc = record_parse(&r, fuzz_view(data, size), &err);
	if (rc < 0) {
		fuzz_check_error(rc, &err);
		MUST(!r);
		return 0;
	}
	MUST(record_name_valid(view_of(record_name(r))) && !strchr(record_name(r), '/'));
	rc = record_file_name(file, record_name(r), &err);
	MUST(rc == 0 || rc == E_LIMIT);
	check_print(r);
	check_hashed_text(r);
	check_chain(r);
	check_item(r);
	check_schema(r);
	check_operations(r);
	return 0;
}
