/* The transport and certificates: which are trusted, and how each refusal is worded. */
#include "lib/unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/wait.h>

#include "adapt/http_curl.h"
#include "base/alloc.h"

/* ---- certificates */

struct cert {
	const char *name;  /* subject alternative name, "DNS:localhost" */
	long from_s, to_s; /* validity, in seconds from now */
};

static void add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/* Writes cert.pem and key.pem, self-signed, into dir. */
static void make_cert(const char *dir, const struct cert *c)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), c->from_s);
	X509_gmtime_adj(X509_getm_notAfter(x), c->to_s);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"xata test", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	add_extension(x, NID_subject_alt_name, c->name);
	add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);

	FILE *f = fopen(unit_path(dir, "cert.pem"), "w");
	assert_non_null(f);
	PEM_write_X509(f, x);
	fclose(f);
	f = fopen(unit_path(dir, "key.pem"), "w");
	assert_non_null(f);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* ---- a TLS server: python3, which ends when its standard input does */

static const char server_text[] =
	"import socket, ssl, sys, threading\n"
	"c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
	"c.load_cert_chain(sys.argv[1], sys.argv[2])\n"
	"if sys.argv[3] == 'old':\n"
	"    c.set_ciphers('ALL:@SECLEVEL=0')\n"
	"    c.minimum_version = ssl.TLSVersion.TLSv1\n"
	"    c.maximum_version = ssl.TLSVersion.TLSv1_1\n"
	"l = socket.create_server(('127.0.0.1', 0))\n"
	"print(l.getsockname()[1], flush=True)\n"
	"def serve():\n"
	"    while True:\n"
	"        s, _ = l.accept()\n"
	"        try:\n"
	"            s.settimeout(10)\n"
	"            if sys.argv[3] in ('plain', 'drop', 'reset'):\n"
	"                s.recv(5 if sys.argv[3] == 'reset' else 65536)\n"
	"                if sys.argv[3] == 'plain':\n"
	"                    s.sendall(b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n')\n"
	"                s.close()\n"
	"                continue\n"
	"            t = c.wrap_socket(s, server_side=True)\n"
	"            t.recv(65536)\n"
	"            t.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n"
	"Connection: close\\r\\n\\r\\n{}')\n"
	"            t.close()\n"
	"        except Exception:\n"
	"            s.close()\n"
	"threading.Thread(target=serve, daemon=True).start()\n"
	"sys.stdin.read()\n";

struct tls_server {
	pid_t pid;
	int to_child;
	int port;
};

static void tls_server_start(struct tls_server *s, const char *dir, const char *mode)
{
	int in[2], out[2];
	char line[32] = "";

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	s->pid = fork();
	if (s->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execlp("python3", "python3", "-Wignore", "-c", server_text,
		       unit_path(dir, "cert.pem"), unit_path(dir, "key.pem"), mode, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	s->to_child = in[1];
	for (size_t len = 0; len < sizeof line - 1 && !strchr(line, '\n'); len++)
		if (read(out[0], line + len, 1) != 1)
			break;
	close(out[0]);
	s->port = (int)strtol(line, NULL, 10);
}

static void tls_server_release(struct tls_server *s)
{
	int status;

	close(s->to_child);
	waitpid(s->pid, &status, 0);
}
AUTO_VALUE_DEFINE(tls_server)

/* One request to `host` with the given CA file; NULL: as the environment says. */
static int ask(const struct tls_server *s, const char *host, const char *cacert,
	       struct http_response *res, struct error *err)
{
	const struct http_curl_options options = {.cacert = cacert, .timeout_ms = 10000};
	struct http *http = NULL;
	char url[100];
	bool lost;

	if (!s->port)
		skip_because("no python3 with ssl");
	snprintf(url, sizeof url, "https://%s:%d/", host, s->port);
	int rc = http_curl_open(&http, &options, err);
	if (rc < 0)
		return rc;
	const struct http_request req = {.method = "GET", .url = url, .key = "xata_secret"};
	rc = http->ops->send(http, &req, res, &lost, err);
	http->ops->close(http);
	return rc;
}

static const struct cert good = {"DNS:localhost,IP:127.0.0.1", -60, 3600};

static void a_certificate_that_is_named_is_trusted(void **state)
{
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &good);
	tls_server_start(&s, *state, "new");
	assert_ok(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err);
	assert_int_equal(res.status, 200);
}

static void ssl_cert_file_is_honoured(void **state)
{
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &good);
	tls_server_start(&s, *state, "new");
	setenv("SSL_CERT_FILE", unit_path(*state, "cert.pem"), 1);
	int rc = ask(&s, "127.0.0.1", NULL, &res, &err);
	unsetenv("SSL_CERT_FILE");
	assert_ok(rc, &err);
}

static void an_unknown_authority_is_refused_with_the_remedy(void **state)
{
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &good);
	tls_server_start(&s, *state, "new");
	assert_fails_hinting(ask(&s, "localhost", NULL, &res, &err), &err, E_UNREACHABLE,
			     "unknown authority (it is self-signed)", "--cacert");
	assert_true(res.permanent);
}

static void an_expired_certificate_is_refused(void **state)
{
	static const struct cert old = {"DNS:localhost", -7200, -3600};
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &old);
	tls_server_start(&s, *state, "new");
	assert_fails_hinting(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err,
			     E_UNREACHABLE, "has expired", "clock");
	assert_true(res.permanent);
}

static void a_certificate_of_the_future_is_refused(void **state)
{
	static const struct cert early = {"DNS:localhost", 3600, 7200};
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &early);
	tls_server_start(&s, *state, "new");
	assert_fails(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err,
		     E_UNREACHABLE, "not valid yet");
}

static void a_certificate_for_another_name_is_refused(void **state)
{
	static const struct cert other = {"DNS:shop.example.invalid", -60, 3600};
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &other);
	tls_server_start(&s, *state, "new");
	assert_fails_hinting(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err,
			     E_UNREACHABLE, "is for another name", "host name");
	assert_true(res.permanent);
}

static void old_versions_of_tls_are_refused(void **state)
{
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &good);
	tls_server_start(&s, *state, "old");
	assert_fails_hinting(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err,
			     E_UNREACHABLE, "speaks only versions of TLS before 1.2",
			     "allow TLS 1.2");
	assert_true(res.permanent);
}

static void plain_http_in_place_of_tls_is_named(void **state)
{
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &good);
	tls_server_start(&s, *state, "plain");
	assert_fails_hinting(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err,
			     E_UNREACHABLE, "does not speak TLS", "http://");
	assert_true(res.permanent);
}

static void a_handshake_that_breaks_is_named(void **state)
{
	static const char *const modes[] = {"drop", "reset"};

	make_cert(*state, &good);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		AUTO_VALUE(tls_server) s;
		AUTO_VALUE(http_response) res = {0};
		struct error err = {0};
		tls_server_start(&s, *state, modes[i]);
		assert_fails(ask(&s, "localhost", unit_path(*state, "cert.pem"), &res, &err), &err,
			     E_UNREACHABLE, "broke in the TLS handshake");
		assert_false(res.permanent);
	}
}

static void a_ca_file_that_is_missing_or_none_is_named(void **state)
{
	AUTO_VALUE(tls_server) s;
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	make_cert(*state, &good);
	tls_server_start(&s, *state, "new");
	assert_fails_hinting(ask(&s, "localhost", unit_path(*state, "absent.pem"), &res, &err),
			     &err, E_NOTFOUND, "absent.pem", "--cacert");
	unit_write(unit_path(*state, "junk.pem"), "this is no certificate\n");
	assert_fails(ask(&s, "localhost", unit_path(*state, "junk.pem"), &res, &err), &err,
		     E_UNREACHABLE, "junk.pem");
}

static void a_closed_port_is_named_as_that(void **state)
{
	(void)state;
	struct tls_server s = {.port = 1};
	AUTO_VALUE(http_response) res = {0};
	struct error err = {0};

	/* Port 1 of loopback: nobody listens there. */
	assert_fails(ask(&s, "localhost", NULL, &res, &err), &err, E_UNREACHABLE,
		     "could not connect");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_certificate_that_is_named_is_trusted),
		unit_test_in_dir(ssl_cert_file_is_honoured),
		unit_test_in_dir(an_unknown_authority_is_refused_with_the_remedy),
		unit_test_in_dir(an_expired_certificate_is_refused),
		unit_test_in_dir(a_certificate_of_the_future_is_refused),
		unit_test_in_dir(a_certificate_for_another_name_is_refused),
		unit_test_in_dir(old_versions_of_tls_are_refused),
		unit_test_in_dir(plain_http_in_place_of_tls_is_named),
		unit_test_in_dir(a_handshake_that_breaks_is_named),
		unit_test_in_dir(a_ca_file_that_is_missing_or_none_is_named),
		cmocka_unit_test(a_closed_port_is_named_as_that),
	};
	return unit_main(tests);
}
