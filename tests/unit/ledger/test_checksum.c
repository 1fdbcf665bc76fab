/* The checksum chain: vectors, changed records, unsealed ones. */
#include "lib/unit.h"

#include <fcntl.h>

#include "base/fs.h"
#include "base/json.h"
#include "ledger/checksum.h"

static json_t *load_vectors(const char *path)
{
	AUTO_STR text = {0};
	struct error err = {0};
	json_t *vectors;

	assert_ok(fs_read(&text, AT_FDCWD, path, STR_MAX, &err), &err);
	assert_ok(json_read(&vectors, str_view(&text), 0, &err), &err);
	return vectors;
}

/* Checks one vector and puts the checksum that the next one builds on into chain. */
static void check_vector(json_t *vector, char chain[CHECKSUM_LEN + 1], bool first)
{
	AUTO_STR file = {0};
	AUTO_STR printed = {0};
	AUTO_STR hashed = {0};
	AUTO(record) *r = NULL;
	char name[RECORD_NAME_MAX + 1], sum[CHECKSUM_LEN + 1], next[CHECKSUM_LEN + 1];
	const char *parent = first ? NULL : chain;
	bool escaped = json_is_true(json_object_get(vector, "escaped"));
	struct error err = {0};

	json_write(&file, json_object_get(vector, "file"), JSON_FORM_PRETTY);
	str_putc(&file, '\n');
	assert_ok(record_parse(&r, str_view(&file), &err), &err);
	record_print(&printed, r);
	assert_string_equal(str_cstr(&printed), str_cstr(&file));
	assert_ok(record_file_name(name, record_name(r), &err), &err);
	assert_string_equal(name, json_string_value(json_object_get(vector, "name")));

	checksum_text(&hashed, r, parent);
	checksum_compute(sum, r, parent);
	if (!escaped) {
		assert_string_equal(str_cstr(&hashed),
				    json_string_value(json_object_get(vector, "hashed")));
		assert_string_equal(sum, record_checksum(r));
	}
	assert_int_equal(checksum_check(next, r, parent),
			 escaped ? CHECKSUM_VALID_ESCAPED : CHECKSUM_VALID);
	assert_string_equal(next, record_checksum(r));
	memcpy(chain, next, sizeof next);
}

static void check_vectors(const char *path, bool pgroll_follows_v1)
{
	AUTO_JSON *vectors = load_vectors(path);
	char chain[CHECKSUM_LEN + 1] = "";
	json_t *vector;
	size_t i;

	json_array_foreach(json_object_get(vectors, "v1"), i, vector)
		check_vector(vector, chain, i == 0);
	assert_true(i > 9);
	json_array_foreach(json_object_get(vectors, "pgroll"), i, vector)
		check_vector(vector, chain, i == 0 && !pgroll_follows_v1);
	assert_true(i > 3);
}

static void our_vectors_give_their_texts_and_checksums(void **state)
{
	(void)state;
	check_vectors(unit_source_path("tests/data/vectors/checksum-vectors.json"), true);
}

static void the_vectors_of_the_format_page_do_too(void **state)
{
	const char *path = unit_source_path("../shared/spec/checksum-vectors.json");

	(void)state;
	if (access(path, R_OK) < 0)
		skip_because("no format page at %s", path);
	check_vectors(path, false);
}

#define ZERO_SUM "1:0000000000000000000000000000000000000000000000000000000000000000"

/* A chained v1 record with one operation, given as JSON text. */
static struct record *v1_record(const char *operations)
{
	struct record *r;
	struct error err = {0};
	json_t *ops;

	assert_ok(json_read(&ops, view_of(operations), 0, &err), &err);
	const struct record_draft draft = {.format = RECORD_V1,
					   .id = "mig_00000000000000000002",
					   .parent = "mig_00000000000000000001",
					   .parent_checksum = ZERO_SUM,
					   .operations = ops};
	assert_ok(record_make(&r, &draft, &err), &err);
	json_decref(ops);
	return r;
}

static void a_checksum_covers_its_parent(void **state)
{
	AUTO(record) *r = v1_record("[{\"addTable\":{\"table\":\"a\"}}]");
	char chain[CHECKSUM_LEN + 1], other[CHECKSUM_LEN + 1] = ZERO_SUM;

	(void)state;
	assert_int_equal(checksum_check(chain, r, ZERO_SUM), CHECKSUM_VALID);
	other[10] = '1';
	assert_int_equal(checksum_check(chain, r, other), CHECKSUM_WRONG);
	assert_string_equal(chain, record_checksum(r));
	assert_int_equal(checksum_check(chain, r, NULL), CHECKSUM_WRONG);
}

static void a_changed_operation_makes_the_checksum_wrong(void **state)
{
	AUTO(record) *r = v1_record("[{\"addTable\":{\"table\":\"a\"}}]");
	AUTO(record) *changed = NULL;
	AUTO_STR text = {0};
	char chain[CHECKSUM_LEN + 1];
	struct error err = {0};

	(void)state;
	record_print(&text, r);
	strstr(text.ptr, "\"a\"")[1] = 'b';
	assert_ok(record_parse(&changed, str_view(&text), &err), &err);
	assert_int_equal(checksum_check(chain, changed, ZERO_SUM), CHECKSUM_WRONG);
	assert_false(record_same(r, changed));
}

static void an_unsealed_record_passes_its_computed_checksum_on(void **state)
{
	AUTO(record) *r = NULL;
	AUTO(record) *sealed = NULL;
	char chain[CHECKSUM_LEN + 1];
	struct error err = {0};

	(void)state;
	assert_ok(
		record_parse(&r,
			     view_of("{\"done\":true,\"migration\":{\"name\":\"a\",\"operations\":"
				     "[]},\"migrationType\":\"pgroll\",\"name\":\"a\"}"),
			     &err),
		&err);
	assert_null(record_checksum(r));
	assert_int_equal(checksum_check(chain, r, NULL), CHECKSUM_UNSEALED);
	sealed = record_copy(r);
	record_chain(sealed, NULL, NULL);
	assert_string_equal(record_checksum(sealed), chain);
	assert_null(record_checksum(r)); /* the copy has its own document */
	assert_true(record_same(r, sealed));
}

static void content_hash_does_not_depend_on_the_place_or_the_layout(void **state)
{
	AUTO(record) *a = v1_record("[{\"addColumn\":{\"table\":\"t\",\"column\":{\"name\":\"c\","
				    "\"type\":\"int\"}}}]");
	AUTO(record) *b = v1_record("[{\"addColumn\":{\"column\":{\"type\":\"int\",\"name\":\"c\"},"
				    "\"table\":\"t\"}}]");
	AUTO(record) *c = v1_record("[{\"addTable\":{\"table\":\"t\"}}]");
	char x[SHA256_HEX + 1], y[SHA256_HEX + 1], z[SHA256_HEX + 1];

	(void)state;
	record_chain(b, "mig_00000000000000000009", ZERO_SUM);
	record_content_hash(x, a);
	record_content_hash(y, b);
	record_content_hash(z, c);
	assert_string_equal(x, y);
	assert_string_not_equal(x, z);
	assert_false(record_same(a, b)); /* another parent */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_vectors_give_their_texts_and_checksums),
		cmocka_unit_test(the_vectors_of_the_format_page_do_too),
		cmocka_unit_test(a_checksum_covers_its_parent),
		cmocka_unit_test(a_changed_operation_makes_the_checksum_wrong),
		cmocka_unit_test(an_unsealed_record_passes_its_computed_checksum_on),
		cmocka_unit_test(content_hash_does_not_depend_on_the_place_or_the_layout),
	};
	return unit_main(tests);
}
