/* SHA-256 through OpenSSL's libcrypto. */
#include "base/sha256.h"

/*
 * The functions of one algorithm need no provider, no context and none of OpenSSL's settings, which
 * take longer to set up than many records to hash; the ones that replace them need all of that.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/banned.h"

void sha256(unsigned char out[SHA256_LEN], struct view bytes)
{
	SHA256_CTX hash;

	SHA256_Init(&hash);
	SHA256_Update(&hash, bytes.ptr, bytes.len);
	SHA256_Final(out, &hash);
}

void sha256_hex(char out[SHA256_HEX + 1], struct view bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[SHA256_LEN];

	sha256(md, bytes);
	for (size_t i = 0; i < sizeof md; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[SHA256_HEX] = '\0';
}
