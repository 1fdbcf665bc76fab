/* What libcurl's failures mean to a person: cause, place, remedy. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "adapt/http_curl_impl.h"

#include "base/banned.h"

/* Codes of X509_V_ERR_* (openssl-verify(1)), which libcurl passes on as numbers. */
enum {
	NOT_YET_VALID = 9,
	EXPIRED = 10,
	SELF_SIGNED = 18,
	SELF_SIGNED_IN_CHAIN = 19,
	NO_ISSUER_LOCALLY = 20,
	NO_ISSUER = 21,
};

/* libcurl's own words, where its codes do not tell causes apart. */
static bool told(const struct exchange *x, const char *words)
{
	return strstr(x->text, words) != NULL;
}

static int fail_certificate(const struct http_curl *h, const struct exchange *x, struct error *err)
{
	long why = 0;
	int rc = E_UNREACHABLE;

	curl_easy_getinfo(h->easy, CURLINFO_SSL_VERIFYRESULT, &why);
	switch (why) {
	case EXPIRED:
		rc = fail(err, E_UNREACHABLE, "the certificate of \"%s\" has expired", x->peer);
		hint(err, "Those who run the endpoint have to renew it; check this machine's clock "
			  "too.");
		break;
	case NOT_YET_VALID:
		rc = fail(err, E_UNREACHABLE, "the certificate of \"%s\" is not valid yet",
			  x->peer);
		hint(err, "Check this machine's clock.");
		break;
	case SELF_SIGNED:
	case SELF_SIGNED_IN_CHAIN:
	case NO_ISSUER_LOCALLY:
	case NO_ISSUER:
		rc = fail(err, E_UNREACHABLE,
			  "the certificate of \"%s\" is from an unknown authority%s", x->peer,
			  why == SELF_SIGNED ? " (it is self-signed)" : "");
		hint(err, "If you trust it, name its file with --cacert or SSL_CERT_FILE, or once "
			  "for all with \"xata auth login --cacert FILE\".");
		break;
	default:
		/* libcurl compares the name itself: only its text tells that from other causes. */
		if (told(x, "subject name")) {
			rc = fail(err, E_UNREACHABLE,
				  "the certificate of \"%s\" is for another name", x->peer);
			hint(err, "Use the host name that the certificate has.");
		} else {
			rc = fail(err, E_UNREACHABLE, "the certificate of \"%s\" is refused: %s",
				  x->peer, x->text);
		}
		break;
	}
	return rc;
}

static int fail_broken(const struct exchange *x, bool sent, struct error *err)
{
	int rc = fail(err, E_UNREACHABLE, "the connection to \"%s\" broke%s", x->peer,
		      sent ? " before the answer was complete" : "");

	hint(err, x->tls ? "Try again."
			 : "Try again; the endpoint may speak HTTPS: then its URL begins with "
			   "https://.");
	return rc;
}

static int fail_connect(const struct http_curl *h, const struct exchange *x, struct error *err)
{
	long number = 0;

	curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &number);
	if (number == ECONNRESET) /* somebody listens, and hung up at once */
		return fail_broken(x, false, err);
	int rc = fail(err, E_UNREACHABLE, "could not connect to \"%s\": %s", x->peer,
		      number ? strerror((int)number) : x->text);
	hint(err, "Check the address, and that the endpoint is running.");
	return rc;
}

/* Only the text of libcurl and OpenSSL tells one failure of the handshake from another. */
static int fail_handshake(const struct exchange *x, struct error *err)
{
	int rc;

	if (told(x, "wrong version number") || told(x, "packet length too long")) {
		x->res->permanent = true;
		rc = fail(err, E_UNREACHABLE, "\"%s\" does not speak TLS", x->peer);
		hint(err, x->loopback ? "The endpoint may speak plain HTTP: then its URL begins "
					"with http://."
				      : "Check the address and its port.");
	} else if (told(x, "protocol version") || told(x, "unsupported protocol")) {
		x->res->permanent = true;
		rc = fail(err, E_UNREACHABLE, "\"%s\" speaks only versions of TLS before 1.2",
			  x->peer);
		hint(err, "Those who run the endpoint have to allow TLS 1.2 or 1.3.");
	} else if (told(x, "reset by peer") || told(x, "SSL_ERROR_SYSCALL") ||
		   told(x, "unexpected eof")) {
		rc = fail(err, E_UNREACHABLE, "the connection to \"%s\" broke in the TLS handshake",
			  x->peer);
		hint(err, "Try again; if it stays so, check the address and its port.");
	} else {
		rc = fail(err, E_UNREACHABLE, "could not agree with \"%s\" on encryption: %s",
			  x->peer, x->text);
	}
	return rc;
}

static int fail_encoding(const struct exchange *x, struct error *err)
{
	const char *what = "whose compression is broken";

	if (told(x, "Unrecognized content encoding"))
		what = "in a compression that was not asked for";
	else if (told(x, "content encodings"))
		what = "that is compressed over and over";
	return fail(err, E_PEER, "\"%s\" sent an answer %s", x->peer, what);
}

static int fail_write(const struct exchange *x, struct error *err)
{
	if (x->headers_too_large)
		return fail(err, E_PEER, "\"%s\" sent an answer with too large headers", x->peer);
	return fail(err, E_LIMIT, "\"%s\" sent an answer of more than %zu MB", x->peer,
		    x->max_body >> 20);
}

/* Failures before anything was sent that another attempt will not mend. */
static int fail_setup(struct exchange *x, const struct http_curl *h, CURLcode code,
		      struct error *err)
{
	int rc;

	x->res->permanent = true;
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return fail_certificate(h, x, err);
	case CURLE_SSL_CACERT_BADFILE:
		rc = fail(err, E_UNREACHABLE, "could not read trusted certificates from \"%s\"",
			  h->cacert ? h->cacert : "the system's file");
		hint(err, "Check --cacert, the profile and SSL_CERT_FILE.");
		return rc;
	case CURLE_COULDNT_RESOLVE_PROXY:
		rc = fail(err, E_UNREACHABLE, "could not find the address of the proxy");
		hint(err, "Check HTTPS_PROXY and ALL_PROXY.");
		return rc;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		if (told(x, "Content-Length"))
			return fail(err, E_PEER,
				    "\"%s\" sent an answer whose length makes no sense", x->peer);
		return fail(err, E_PEER, "\"%s\" does not speak HTTP", x->peer);
	default:
		return fail(err, E_UNREACHABLE, "could not talk to \"%s\": %s", x->peer,
			    x->text[0] ? x->text : curl_easy_strerror(code));
	}
}

static int fail_timeout(const struct exchange *x, bool sent, struct error *err)
{
	long tenths = (x->timeout_ms + 50) / 100;
	double seconds = (double)tenths / 10;
	int rc = sent ? fail(err, E_TIMEOUT, "\"%s\" did not answer within %g seconds", x->peer,
			     seconds)
		      : fail(err, E_TIMEOUT, "could not connect to \"%s\" in time", x->peer);
	hint(err, "Try again; if it stays so, check network and endpoint.");
	return rc;
}

/* A proxy that answers, but does not let us through: nothing reached the endpoint. */
static int fail_proxy(struct exchange *x, long status, struct error *err)
{
	x->res->permanent = status != 429 && status < 500;
	int rc = fail(err, E_UNREACHABLE, "the proxy does not let us through to \"%s\" (HTTP %ld)",
		      x->peer, status);
	hint(err, "Check HTTPS_PROXY and ALL_PROXY; NO_PROXY names hosts to reach without one.");
	return rc;
}

int http_curl_failure(const struct http_curl *h, struct exchange *x, CURLcode code, bool *lost,
		      struct error *err)
{
	long sent = 0, connected = 0;
	int rc;

	*lost = false;
	curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &connected);
	if (connected >= 300)
		return fail_proxy(x, connected, err);
	curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent);
	*lost = sent > 0;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		rc = fail(err, E_UNREACHABLE, "could not find the address of \"%s\"", x->peer);
		hint(err, "Check the host name and the network.");
		return rc;
	case CURLE_COULDNT_CONNECT:
		return fail_connect(h, x, err);
	case CURLE_OPERATION_TIMEDOUT:
		return fail_timeout(x, sent > 0, err);
	case CURLE_OUT_OF_MEMORY: /* what libcurl calls a header line that is too long for it */
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE:
#endif
		return fail(err, E_PEER, "\"%s\" sent an answer with too large headers", x->peer);
	case CURLE_WRITE_ERROR:
	case CURLE_FILESIZE_EXCEEDED:
		return fail_write(x, err);
	case CURLE_BAD_CONTENT_ENCODING:
		return fail_encoding(x, err);
	case CURLE_SSL_CONNECT_ERROR:
		return fail_handshake(x, err);
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		if (told(x, "chunk"))
			return fail(err, E_PEER, "\"%s\" sent an answer in broken chunks", x->peer);
		return fail_broken(x, sent > 0, err);
	default:
		return fail_setup(x, h, code, err);
	}
}
