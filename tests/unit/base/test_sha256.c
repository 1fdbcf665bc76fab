/* SHA-256 against the vectors of FIPS 180-2. */
#include "lib/unit.h"

#include "base/sha256.h"

static void digests_are_those_of_the_standard(void **state)
{
	(void)state;
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	char hex[SHA256_HEX + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sha256_hex(hex, view_of(rows[i].text));
		assert_string_equal(hex, rows[i].hex);
	}
}

static void empty_view_without_a_pointer_has_the_digest_of_nothing(void **state)
{
	(void)state;
	char hex[SHA256_HEX + 1];

	sha256_hex(hex, (struct view){0});
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void a_million_bytes_and_nul_bytes_count(void **state)
{
	(void)state;
	char hex[SHA256_HEX + 1], other[SHA256_HEX + 1];
	AUTO_STR s = {0};

	for (int i = 0; i < 1000000; i++)
		str_putc(&s, 'a');
	sha256_hex(hex, str_view(&s));
	assert_string_equal(hex,
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	sha256_hex(hex, view_make("a\0b", 3));
	sha256_hex(other, view_make("a\0c", 3));
	assert_string_not_equal(hex, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
		cmocka_unit_test(empty_view_without_a_pointer_has_the_digest_of_nothing),
		cmocka_unit_test(a_million_bytes_and_nul_bytes_count),
	};

	return unit_main(tests);
}
