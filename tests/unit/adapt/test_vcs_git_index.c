/* Tests of reading the file of Git's index: its versions, and what is wrong with one. */
#include "lib/unit.h"

#include "adapt/vcs_git_index.h"
#include "base/alloc.h"
#include "base/str.h"

enum { EXTENDED = 0x4000, STAGE_OURS = 2 << 12, ANNOUNCED = 0x2000 };
#define MODE 0100644

static void put_number(struct str *s, unsigned long n, int bytes)
{
	while (bytes-- > 0)
		str_putc(s, (char)(n >> (8 * bytes) & 0xFF));
}

static void put_header(struct str *s, unsigned int version, unsigned int entries)
{
	str_puts(s, "DIRC");
	put_number(s, version, 4);
	put_number(s, entries, 4);
}

static void put_sum(struct str *s)
{
	for (int i = 0; i < INDEX_ID_LEN; i++)
		str_putc(s, '\0'); /* as with index.skipHash */
}

/* All of an entry up to its path; more are the further flags, 0: none. */
static void put_fixed(struct str *s, char id, unsigned int flags, unsigned int more)
{
	for (int i = 0; i < 40; i++)
		str_putc(s, i == 26 ? (char)(MODE >> 8) : i == 27 ? (char)(MODE & 0xFF) : '\0');
	for (int i = 0; i < INDEX_ID_LEN; i++)
		str_putc(s, id);
	put_number(s, flags | (more ? EXTENDED : 0), 2);
	if (more)
		put_number(s, more, 2);
}

/* Versions 2 and 3. */
static void put_entry(struct str *s, const char *path, char id, unsigned int stage,
		      unsigned int more)
{
	size_t len = strlen(path), at = s->len;

	put_fixed(s, id, (unsigned int)(len < 0xFFF ? len : 0xFFF) | stage, more);
	str_puts(s, path);
	do
		str_putc(s, '\0');
	while ((s->len - at) % 8);
}

static void put_packed(struct str *s, const char *path, unsigned char dropped, const char *added)
{
	put_fixed(s, '4', (unsigned int)strlen(path), 0);
	str_putc(s, (char)dropped);
	str_puts(s, added);
	str_putc(s, '\0');
}

static void put_extension(struct str *s, const char *name, unsigned int size, const char *bytes)
{
	str_puts(s, name);
	put_number(s, size, 4);
	str_puts(s, bytes);
}

/* How many entries there are; < 0: what came instead of the next. */
static int count(struct view file, struct error *err)
{
	AUTO_VALUE(index_reader) r = {0};
	struct index_item item;
	int n = 0, rc = index_reader_open(&r, file, err);

	while (rc == 0) {
		rc = index_reader_next(&item, &r, err);
		if (rc <= 0)
			return rc < 0 ? rc : n;
		assert_int_equal(strlen(item.path), item.len);
		rc = 0;
		n++;
	}
	return rc;
}

static void refused(const struct str *s, const char *text, const char *advice)
{
	struct error err = {0};
	int rc = count(str_view(s), &err);

	if (advice)
		assert_fails_hinting(rc, &err, E_IO, text, advice);
	else
		assert_fails(rc, &err, E_IO, text);
}

static void next_is(struct index_reader *r, const char *path, char id, int stage, bool announced)
{
	struct error err = {0};
	struct index_item item;

	assert_int_equal(index_reader_next(&item, r, &err), 1);
	assert_string_equal(item.path, path);
	assert_int_equal(item.len, strlen(path));
	assert_int_equal(item.mode, MODE);
	assert_int_equal(item.stage, stage);
	assert_int_equal(item.announced, announced);
	for (int i = 0; i < INDEX_ID_LEN; i++)
		assert_int_equal(item.id[i], id);
}

static void entries_are_read_in_their_order(void **state)
{
	AUTO_STR s = {0};
	AUTO_VALUE(index_reader) r = {0};
	struct error err = {0};
	struct index_item item;

	(void)state;
	put_header(&s, 3, 4);
	put_entry(&s, "a", '1', 0, 0);
	put_entry(&s, "ab/cde", '2', STAGE_OURS, 0);
	put_entry(&s, "new", '3', 0, ANNOUNCED);
	put_entry(&s, "seven..", '4', 0, 0x4000); /* left out of the work tree */
	put_extension(&s, "TREE", 3, "abc");
	put_sum(&s);
	assert_ok(index_reader_open(&r, str_view(&s), &err), &err);
	next_is(&r, "a", '1', 0, false);
	next_is(&r, "ab/cde", '2', 2, false);
	next_is(&r, "new", '3', 0, true);
	next_is(&r, "seven..", '4', 0, false);
	assert_int_equal(index_reader_next(&item, &r, &err), 0);
	assert_int_equal(index_reader_next(&item, &r, &err), 0);
}

static void paths_of_version_4_build_on_the_one_before(void **state)
{
	AUTO_STR s = {0};
	AUTO_VALUE(index_reader) r = {0};
	struct error err = {0};
	struct index_item item;

	(void)state;
	put_header(&s, 4, 3);
	put_packed(&s, "dir/one", 0, "dir/one");
	put_packed(&s, "dir/two", 3, "two");
	put_packed(&s, "end", 7, "end");
	put_sum(&s);
	assert_ok(index_reader_open(&r, str_view(&s), &err), &err);
	next_is(&r, "dir/one", '4', 0, false);
	next_is(&r, "dir/two", '4', 0, false);
	next_is(&r, "end", '4', 0, false);
	assert_int_equal(index_reader_next(&item, &r, &err), 0);
}

/* 128 is written as two bytes, 0x80 0x00: one is added where a number goes on. */
static void more_than_a_hundred_bytes_can_go_in_version_4(void **state)
{
	AUTO_STR s = {0};
	AUTO_VALUE(index_reader) r = {0};
	struct error err = {0};
	char path[131];

	(void)state;
	memset(path, 'x', 130);
	path[130] = '\0';
	put_header(&s, 4, 2);
	put_packed(&s, path, 0, path);
	put_fixed(&s, '4', 3, 0);
	str_put(&s, "\x80\0y\0", 4);
	put_sum(&s);
	assert_ok(index_reader_open(&r, str_view(&s), &err), &err);
	next_is(&r, path, '4', 0, false);
	next_is(&r, "xxy", '4', 0, false);
}

static void paths_over_what_the_flags_can_tell_are_whole(void **state)
{
	AUTO_STR s = {0};
	AUTO_VALUE(index_reader) r = {0};
	struct error err = {0};
	AUTO_FREE char *path = xcalloc(1, 5001);

	(void)state;
	memset(path, 'p', 5000);
	put_header(&s, 2, 2);
	put_entry(&s, path, '1', 0, 0);
	put_entry(&s, "q", '2', 0, 0);
	put_sum(&s);
	assert_ok(index_reader_open(&r, str_view(&s), &err), &err);
	next_is(&r, path, '1', 0, false);
	next_is(&r, "q", '2', 0, false);
}

static void what_is_no_index_is_said_to_be_none(void **state)
{
	AUTO_STR s = {0};

	(void)state;
	refused(&s, "the file is none", NULL);
	str_puts(&s, "garbage, and enough of it to be an index");
	refused(&s, "the file is none", NULL);
	str_clear(&s);
	put_header(&s, 5, 0);
	put_sum(&s);
	refused(&s, "of a version that is not known", NULL);
}

static void an_index_that_has_not_all_entries_is_refused_with_the_remedy(void **state)
{
	static const struct {
		const char *name, *text, *advice;
	} rows[] = {
		{"link", "split index", "--no-split-index"},
		{"sdir", "sparse index", "--no-sparse-index"},
		{"abcd", "an extension that is not known", NULL},
		{"TREE", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR s = {0};
		struct error err = {0};
		put_header(&s, 2, 1);
		put_entry(&s, "a", '1', 0, 0);
		put_extension(&s, rows[i].name, 0, "");
		put_sum(&s);
		if (rows[i].text)
			refused(&s, rows[i].text, rows[i].advice);
		else
			assert_int_equal(count(str_view(&s), &err), 1);
	}
}

/* Whatever is missing from the end, none is read that is not there: ASan looks on. */
static void a_part_of_an_index_is_damaged(void **state)
{
	(void)state;
	for (unsigned int version = 2; version <= 4; version++) {
		AUTO_STR s = {0};
		put_header(&s, version, 2);
		if (version < 4)
			put_entry(&s, "some/path", '1', 0, 0);
		else
			put_packed(&s, "some/path", 0, "some/path");
		size_t one = s.len;
		if (version < 4)
			put_entry(&s, "some/paths", '1', 0, 0);
		else
			put_packed(&s, "some/paths", 0, "s");
		size_t entries = s.len;
		put_extension(&s, "TREE", 4, "1234");
		put_sum(&s);
		for (size_t len = 0; len < s.len; len++) {
			/* A block of its own of just that size. */
			AUTO_FREE char *part = xcalloc(len ? len : 1, 1);
			struct error err = {0};
			memcpy(part, s.ptr, len);
			int rc = count(view_make(part, len), &err);
			/* Without its extension it is a whole index. */
			if (len == entries + INDEX_ID_LEN)
				assert_int_equal(rc, 2);
			else
				assert_int_equal(rc, E_IO);
			if (len >= one + INDEX_ID_LEN && rc < 0)
				assert_non_null(strstr(err.hint, "git reset"));
		}
	}
}

static void entries_that_contradict_themselves_are_damage(void **state)
{
	AUTO_STR s = {0};

	(void)state;
	put_header(&s, 2, 1); /* the length is another */
	put_fixed(&s, '1', 4, 0);
	str_put(&s, "abc\0\0\0\0\0\0\0", 10);
	put_sum(&s);
	refused(&s, "damaged", "git reset");
	str_clear(&s);
	put_header(&s, 2, 1); /* further flags are not of this version */
	put_entry(&s, "abc", '1', 0, ANNOUNCED);
	put_sum(&s);
	refused(&s, "damaged", "git reset");
	str_clear(&s);
	put_header(&s, 4, 1); /* nothing was before */
	put_packed(&s, "abc", 1, "abc");
	put_sum(&s);
	refused(&s, "damaged", "git reset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read_in_their_order),
		cmocka_unit_test(paths_of_version_4_build_on_the_one_before),
		cmocka_unit_test(more_than_a_hundred_bytes_can_go_in_version_4),
		cmocka_unit_test(paths_over_what_the_flags_can_tell_are_whole),
		cmocka_unit_test(what_is_no_index_is_said_to_be_none),
		cmocka_unit_test(an_index_that_has_not_all_entries_is_refused_with_the_remedy),
		cmocka_unit_test(a_part_of_an_index_is_damaged),
		cmocka_unit_test(entries_that_contradict_themselves_are_damage),
	};
	return unit_main(tests);
}
