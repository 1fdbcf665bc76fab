/*
 * The ledger's text: only valid names, each once, in order; what was written reads back; and the
 * quick look finds exactly what the thorough one does, wherever the pieces are cut.
 */
#include "fuzz/fuzz.h"
#include "ledger/ledger.h"

static void check_findings(const struct findings *f)
{
	MUST(f->errors + f->unsealed + f->cosmetic >= f->len);
	for (size_t i = 0; i < f->len; i++)
		MUST(fuzz_is_safe(f->items[i].message) && fuzz_is_safe(f->items[i].hint));
}

static void check_names(const struct ledger *l)
{
	for (size_t i = 0; i < l->names.len; i++) {
		size_t at = SIZE_MAX;
		MUST(record_name_valid(view_of(l->names.items[i])));
		MUST(map_get(&l->index, l->names.items[i], &at) && at == i);
	}
}

static void same_names(const struct ledger *a, const struct ledger *b)
{
	MUST(a->names.len <= b->names.len);
	for (size_t i = 0; i < a->names.len; i++)
		MUST(str_eq(a->names.items[i], b->names.items[i]));
}

/* Written line by line, the names read back without a finding. */
static void check_written(const struct ledger *l)
{
	AUTO_STR text = {0};
	AUTO_VALUE(ledger) again = {0};
	AUTO_VALUE(findings) findings = {0};

	for (size_t i = 0; i < l->names.len; i++)
		ledger_append_line(&text, l->names.items[i]);
	ledger_parse(&again, str_view(&text), &findings);
	MUST(findings.len == 0 && again.names.len == l->names.len);
	same_names(l, &again);
}

/* A name appended to any text comes last, and the text before it is kept but for its last newline.
 */
static void check_appended(struct view text, const struct ledger *l)
{
	static const char name[] = "zz_appended_by_the_fuzz_target";
	AUTO_STR longer = {0};
	AUTO_VALUE(ledger) again = {0};

	if (map_get(&l->index, name, &(size_t){0}))
		return;
	str_putv(&longer, text);
	ledger_append_line(&longer, name);
	MUST(memcmp(longer.ptr, text.len ? text.ptr : "", text.len) == 0);
	ledger_parse(&again, str_view(&longer), NULL);
	same_names(l, &again);
	MUST(again.names.len == l->names.len + 1 && str_eq(again.names.items[l->names.len], name));
}

/* The piece's length depends on the text, so that libFuzzer finds cuts that matter. */
static void check_scan(struct view text, const struct ledger *l, const struct findings *findings)
{
	struct ledger_scan whole = {0}, cut = {0};
	size_t step = 1 + text.len % 13;

	ledger_scan_add(&whole, text);
	for (size_t at = 0; at < text.len; at += step)
		ledger_scan_add(&cut, view_make(text.ptr + at,
						text.len - at < step ? text.len - at : step));
	MUST(ledger_scan_plain(&whole) == ledger_scan_plain(&cut));
	if (!ledger_scan_plain(&whole))
		return;
	MUST(findings->len == 0 && whole.count == l->names.len && cut.count == whole.count);
	MUST(str_eq(whole.newest, l->names.len ? l->names.items[l->names.len - 1] : ""));
	MUST(str_eq(whole.newest, cut.newest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);
	AUTO_VALUE(ledger) l = {0};
	AUTO_VALUE(findings) findings = {0};

	ledger_parse(&l, text, &findings);
	check_findings(&findings);
	check_names(&l);
	check_written(&l);
	check_appended(text, &l);
	check_scan(text, &l, &findings);
	return 0;
}
