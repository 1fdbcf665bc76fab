/* Tests of certificates: what is made can be checked, what is wrong is named. */
#include "lib/unit.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "adapt/tls_openssl.h"
#include "base/clock.h"

#define NOW INT64_C(1767348000) /* 2026-01-02T10:00:00Z */
#define DAY INT64_C(86400)

static X509 *parse(const struct tls_pair *p)
{
	BIO *bio = BIO_new_mem_buf(p->certificate.ptr, (int)p->certificate.len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(x);
	return x;
}

static void a_certificate_of_ours_is_for_localhost_and_its_own_authority(void **state)
{
	AUTO_VALUE(tls_pair) pair = {0};
	struct error err = {0};

	(void)state;
	assert_ok(tls_self_signed(&pair, NOW, &err), &err);
	X509 *x = parse(&pair);
	assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x, "example.com", 0, 0, NULL), 0);
	assert_int_equal(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(x, "::1", 0), 1);
	assert_int_equal(X509_check_ip_asc(x, "192.0.2.1", 0), 0);
	assert_int_equal(X509_check_ca(x), 1);
	assert_int_equal(X509_verify(x, X509_get0_pubkey(x)), 1);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(x)), 256);
	X509_free(x);
}

static void a_certificate_of_ours_ends_when_it_says(void **state)
{
	AUTO_VALUE(tls_pair) pair = {0};
	struct error err = {0};
	int64_t end;

	(void)state;
	assert_ok(tls_self_signed(&pair, NOW, &err), &err);
	assert_ok(tls_pair_check(&end, &pair, &err), &err);
	assert_int_equal(end, NOW + TLS_SELF_SIGNED_DAYS * DAY);
	X509 *x = parse(&pair);
	time_t early = (time_t)NOW - 60;
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(x), &early), -1);
	X509_free(x);
}

static void two_certificates_have_different_keys_and_serials(void **state)
{
	AUTO_VALUE(tls_pair) one = {0};
	AUTO_VALUE(tls_pair) two = {0};
	struct error err = {0};

	(void)state;
	assert_ok(tls_self_signed(&one, NOW, &err), &err);
	assert_ok(tls_self_signed(&two, NOW, &err), &err);
	assert_string_not_equal(str_cstr(&one.key), str_cstr(&two.key));
	X509 *a = parse(&one), *b = parse(&two);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)),
			     0);
	assert_true(ASN1_STRING_length(X509_get0_serialNumber(a)) == 16);
	X509_free(a);
	X509_free(b);
}

static void a_key_of_another_certificate_is_refused(void **state)
{
	AUTO_VALUE(tls_pair) one = {0};
	AUTO_VALUE(tls_pair) two = {0};
	struct error err = {0};
	int64_t end;

	(void)state;
	assert_ok(tls_self_signed(&one, NOW, &err), &err);
	assert_ok(tls_self_signed(&two, NOW, &err), &err);
	struct tls_pair mixed = {.certificate = one.certificate, .key = two.key};
	assert_fails(tls_pair_check(&end, &mixed, &err), &err, E_INVALID, "does not belong");
}

static void what_is_no_certificate_or_no_key_is_refused(void **state)
{
	AUTO_VALUE(tls_pair) good = {0};
	AUTO_VALUE(tls_pair) none = {0};
	struct error err = {0};
	int64_t end;

	(void)state;
	assert_ok(tls_self_signed(&good, NOW, &err), &err);
	assert_fails(tls_pair_check(&end, &none, &err), &err, E_INVALID, "not PEM text");
	struct tls_pair keyless = {.certificate = good.certificate, .key = none.key};
	assert_fails(tls_pair_check(&end, &keyless, &err), &err, E_INVALID, "private key");
	struct tls_pair swapped = {.certificate = good.key, .key = good.certificate};
	assert_fails(tls_pair_check(&end, &swapped, &err), &err, E_INVALID, "certificate");
}

/* Without an own callback OpenSSL would ask at the terminal, and a server would hang there. */
static void a_key_with_a_password_is_refused_and_says_how_to_go_on(void **state)
{
	AUTO_VALUE(tls_pair) pair = {0};
	struct error err = {0};
	int64_t end;
	char word[] = "secret";

	(void)state;
	assert_ok(tls_self_signed(&pair, NOW, &err), &err);
	BIO *in = BIO_new_mem_buf(pair.key.ptr, (int)pair.key.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	BIO *out = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), word,
						       (int)strlen(word), NULL, NULL),
			 1);
	char *bytes;
	long len = BIO_get_mem_data(out, &bytes);
	str_clear(&pair.key);
	str_put(&pair.key, bytes, (size_t)len);
	BIO_free(in);
	BIO_free(out);
	EVP_PKEY_free(key);
	assert_fails_hinting(tls_pair_check(&end, &pair, &err), &err, E_INVALID, "private key",
			     "openssl pkey");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_of_ours_is_for_localhost_and_its_own_authority),
		cmocka_unit_test(a_certificate_of_ours_ends_when_it_says),
		cmocka_unit_test(two_certificates_have_different_keys_and_serials),
		cmocka_unit_test(a_key_of_another_certificate_is_refused),
		cmocka_unit_test(what_is_no_certificate_or_no_key_is_refused),
		cmocka_unit_test(a_key_with_a_password_is_refused_and_says_how_to_go_on),
	};
	return unit_main(tests);
}
