/* JSON: what is read and written back is the same value, in each of the three forms. */
#include "fuzz/fuzz.h"

static json_t *read_back(const struct str *text)
{
	struct error err = {0};
	json_t *doc = NULL;

	MUST(str_ok(text));
	MUST(json_read(&doc, str_view(text), 0, &err) == 0);
	return doc;
}

static void write_form(struct str *out, const json_t *doc, enum json_form form)
{
	str_clear(out);
	json_write(out, doc, form);
}

/* Writing, reading and writing again gives the same text; so does the canonical form of both. */
static void check_form(const json_t *doc, enum json_form form, const struct str *canonical)
{
	AUTO_STR first = {0}, second = {0};

	write_form(&first, doc, form);
	AUTO_JSON *again = read_back(&first);
	write_form(&second, again, form);
	MUST(view_eq(str_view(&first), str_view(&second)));
	write_form(&second, again, JSON_FORM_CANONICAL);
	MUST(view_eq(str_view(canonical), str_view(&second)));
}

/* Escaping <, > and & hides them and changes nothing else. */
static void check_html(const json_t *doc, const struct str *canonical)
{
	AUTO_STR html = {0}, back = {0};

	json_write_canonical_html(&html, doc);
	MUST(!memchr(html.ptr, '<', html.len) && !memchr(html.ptr, '>', html.len) &&
	     !memchr(html.ptr, '&', html.len));
	AUTO_JSON *again = read_back(&html);
	write_form(&back, again, JSON_FORM_CANONICAL);
	MUST(view_eq(str_view(canonical), str_view(&back)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STR canonical = {0};
	AUTO_JSON *doc = NULL;
	struct error err = {0};

	int rc = json_read(&doc, fuzz_view(data, size), 0, &err);
	if (rc < 0) {
		fuzz_check_error(rc, &err);
		MUST(!doc);
		return 0;
	}
	MUST(utf8_valid(fuzz_view(data, size)));
	write_form(&canonical, doc, JSON_FORM_CANONICAL);
	check_form(doc, JSON_FORM_PRETTY, &canonical);
	check_form(doc, JSON_FORM_COMPACT, &canonical);
	check_form(doc, JSON_FORM_CANONICAL, &canonical);
	check_html(doc, &canonical);
	return 0;
}
