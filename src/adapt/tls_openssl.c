/* Makes and checks certificates with OpenSSL. */
#include "adapt/tls_openssl.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/xid.h"

#include "base/banned.h"

#define DAY 86400L

/* Cleanup of OpenSSL's own types, for locals only. */
static void free_key(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}
static void free_certificate(X509 **p)
{
	X509_free(*p);
}
static void free_bio(BIO **p)
{
	BIO_free_all(*p);
}
#define AUTO_KEY __attribute__((cleanup(free_key))) EVP_PKEY
#define AUTO_CERTIFICATE __attribute__((cleanup(free_certificate))) X509
#define AUTO_BIO __attribute__((cleanup(free_bio))) BIO

/* Takes the first error off OpenSSL's queue and empties it: it belongs to the thread, not to us. */
static int fail_ssl(struct error *err, enum error_code code, const char *what)
{
	unsigned long e = ERR_get_error();
	const char *reason = e ? ERR_reason_error_string(e) : NULL;
	int rc = fail(err, code, "%s: %s", what, reason ? reason : "unknown reason");

	ERR_clear_error();
	return rc;
}

void tls_pair_release(struct tls_pair *p)
{
	if (p->key.ptr)
		explicit_bzero(p->key.ptr, p->key.cap);
	str_release(&p->certificate);
	str_release(&p->key);
}

static bool add_extension(X509 *certificate, int kind, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, &ctx, kind, value);
	bool done = x && X509_add_ext(certificate, x, -1) == 1;
	X509_EXTENSION_free(x);
	return done;
}

/* 127 random bits: positive, and nobody can guess it. */
static bool set_serial(X509 *certificate)
{
	unsigned char bytes[16];

	random_bytes(bytes, sizeof bytes);
	bytes[0] = (unsigned char)((bytes[0] & 0x7F) | 0x40);
	BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
	bool done = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(certificate));
	BN_free(n);
	return done;
}

static bool set_names(X509 *certificate)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	static const unsigned char organisation[] = "xatad", common[] = "localhost";

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, organisation, -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1;
}

static bool set_extensions(X509 *certificate)
{
	static const struct {
		int kind;
		const char *value;
	} extensions[] = {
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
		{NID_key_usage, "critical,digitalSignature,keyCertSign"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_subject_alt_name, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
		if (!add_extension(certificate, extensions[i].kind, extensions[i].value))
			return false;
	return true;
}

static bool fill(X509 *certificate, EVP_PKEY *key, int64_t now)
{
	time_t begin = (time_t)now - 3600, end = (time_t)now + TLS_SELF_SIGNED_DAYS * DAY;

	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	       ASN1_TIME_set(X509_getm_notBefore(certificate), begin) &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), end) &&
	       X509_set_pubkey(certificate, key) == 1 && set_names(certificate) &&
	       set_extensions(certificate) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static void put_bio(struct str *out, BIO *bio)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	str_put(out, bytes, (size_t)len);
}

int tls_self_signed(struct tls_pair *out, int64_t unix_seconds, struct error *err)
{
	AUTO_KEY *key = EVP_EC_gen("P-256");
	AUTO_CERTIFICATE *certificate = X509_new();
	AUTO_BIO *text = BIO_new(BIO_s_mem());
	AUTO_BIO *secret = BIO_new(BIO_s_secmem());

	if (!key || !certificate || !text || !secret || !fill(certificate, key, unix_seconds) ||
	    PEM_write_bio_X509(text, certificate) != 1 ||
	    PEM_write_bio_PKCS8PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) != 1)
		return fail_ssl(err, E_INTERNAL, "cannot make a certificate");
	put_bio(&out->certificate, text);
	put_bio(&out->key, secret);
	return 0;
}

/* A key that asks for a password must not stop a server at a prompt. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf, (void)size, (void)writing, (void)ctx;
	return -1;
}

static int64_t seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

int tls_pair_check(int64_t *not_after, const struct tls_pair *p, struct error *err)
{
	*not_after = 0;
	if (p->certificate.len > INT32_MAX || p->key.len > INT32_MAX)
		return fail(err, E_LIMIT, "the certificate or its key is too large");
	ERR_clear_error();
	AUTO_BIO *text = BIO_new_mem_buf(str_cstr(&p->certificate), (int)p->certificate.len);
	AUTO_BIO *secret = BIO_new_mem_buf(str_cstr(&p->key), (int)p->key.len);
	AUTO_CERTIFICATE *certificate = text ? PEM_read_bio_X509(text, NULL, no_password, NULL)
					     : NULL;
	if (!certificate)
		return fail_ssl(err, E_INVALID, "the certificate is not PEM text of one");
	AUTO_KEY *key = secret ? PEM_read_bio_PrivateKey(secret, NULL, no_password, NULL) : NULL;
	if (!key) {
		int rc = fail_ssl(err, E_INVALID,
				  "the private key of the certificate is not "
				  "PEM text of one");
		hint(err, "A key with a password has to be written without it first: run "
			  "\"openssl pkey -in KEY -out PLAIN\".");
		return rc;
	}
	if (X509_check_private_key(certificate, key) != 1)
		return fail_ssl(err, E_INVALID,
				"the private key does not belong to the "
				"certificate");
	*not_after = seconds_of(X509_get0_notAfter(certificate));
	return 0;
}
