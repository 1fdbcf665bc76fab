/*
 * Certificates by OpenSSL: makes a self-signed one for localhost, and looks at one that a user
 * brings before the server starts with it.
 */
#ifndef ADAPT_TLS_OPENSSL_H
#define ADAPT_TLS_OPENSSL_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* A certificate (chain) and its private key, both PEM text. */
struct tls_pair {
	struct str certificate;
	struct str key;
};
void tls_pair_release(struct tls_pair *p); /* wipes the key */
AUTO_VALUE_DEFINE(tls_pair)

#define TLS_SELF_SIGNED_DAYS 825 /* what clients accept at most from a certificate */

/*
 * Makes a P-256 key and a certificate for localhost, 127.0.0.1 and ::1 that is valid from
 * unix_seconds (less an hour, for clocks that differ) for TLS_SELF_SIGNED_DAYS. It is its own
 * authority, so a client trusts it when it stands in SSL_CERT_FILE.
 */
int tls_self_signed(struct tls_pair *out, int64_t unix_seconds, struct error *err) MUST_USE;

/*
 * Fails with E_INVALID unless both parts can be read and belong together. *not_after is when the
 * certificate ends, in Unix seconds; whether that is past is the caller's to judge.
 */
int tls_pair_check(int64_t *not_after, const struct tls_pair *p, struct error *err) MUST_USE;

#endif
