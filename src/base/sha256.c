/* SHA-256 through OpenSSL's libcrypto. */
#include "base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

/* Looked up once: finding an algorithm takes OpenSSL 3 longer than hashing a record with it. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

/* In a context of its own: the first use of the common one reads the system's settings for TLS. */
static void fetch(void)
{
	static OSSL_LIB_CTX *context;

	context = OSSL_LIB_CTX_new();
	sha256 = context ? EVP_MD_fetch(context, "SHA256", NULL) : NULL;
}

void sha256_hex(char out[SHA256_HEX + 1], struct view bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	pthread_once(&once, fetch);
	if (!sha256 || !EVP_Digest(bytes.ptr, bytes.len, md, &len, sha256, NULL) ||
	    len != SHA256_HEX / 2) {
		fputs("xata: error: SHA-256 is not available in this OpenSSL\n", stderr);
		abort(); /* an installation without SHA-256 cannot verify anything */
	}
	for (unsigned int i = 0; i < len; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[SHA256_HEX] = '\0';
}
