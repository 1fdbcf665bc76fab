/* xatad init: makes the data directory of a new endpoint. */
#include <string.h>

#include "adapt/store_sqlite.h"
#include "adapt/tls_openssl.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "server/server.h"
#include "xatad/command.h"
#include "xatad/datadir.h"
#include "xatad/key.h"
#include "xatad/output.h"

static int write_certificate(const struct datadir *d, struct error *err)
{
	AUTO_VALUE(tls_pair) pair = {0};

	int rc = tls_self_signed(&pair, clock_unix_us() / 1000000, err);
	if (rc == 0)
		rc = fs_write_new(d->fd, DATADIR_KEY, str_view(&pair.key), 0600, FS_DURABLE, err);
	if (rc == 0)
		rc = fs_write_new(d->fd, DATADIR_CERTIFICATE, str_view(&pair.certificate), 0644,
				  FS_DURABLE, err);
	return rc;
}

static int fill_store(char key[KEY_LEN + 1], const struct datadir *d, struct error *err)
{
	AUTO_FREE char *path = datadir_file(d, DATADIR_STORE);
	AUTO_VALUE(store_key) k = {.name = xstrdup("admin"), .scope = KEY_ADMIN};
	AUTO_STORE *s = NULL;

	int rc = store_sqlite_open(&s, path, STORE_SQLITE_CREATE, err);
	if (rc == 0)
		rc = server_prepare(s, clock_unix_us(), err);
	return rc == 0 ? key_make(key, &k, s, err) : rc;
}

static void print_result(const struct args *args, const struct datadir *d, const char *key)
{
	AUTO_FREE char *certificate = datadir_file(d, DATADIR_CERTIFICATE);

	if (args_flag(args, "json")) {
		print_json(json_pack("{s:s,s:s,s:s}", "key", key, "certificate", certificate,
				     "directory", d->path));
		return;
	}
	print_line("directory    %s", d->path);
	print_line("certificate  %s", certificate);
	print_line("admin key    %s", key);
	if (args_flag(args, "quiet"))
		return;
	print_line("%s", "");
	print_line("Keep the key: it is shown only now, and only its hash is stored.");
	print_line("Start the endpoint with \"xatad serve %s\".", d->path);
}

static int run(const struct args *args, struct error *err)
{
	AUTO_VALUE(datadir) d = DATADIR_NONE;
	char key[KEY_LEN + 1];

	int rc = args_count(args, 1, 1, err);
	if (rc == 0)
		rc = datadir_begin(&d, args_word(args, 0), err);
	if (rc == 0)
		rc = write_certificate(&d, err);
	if (rc == 0)
		rc = fill_store(key, &d, err);
	if (rc == 0)
		rc = datadir_finish(&d, err);
	if (rc == 0)
		print_result(args, &d, key);
	explicit_bzero(key, sizeof key);
	return rc;
}

const struct command cmd_init = {
	.name = "init",
	.args = "<dir>",
	.summary = "make the data directory of a new endpoint",
	.description = "Makes a directory with an empty database, a self-signed certificate for\n"
		       "localhost, and a first key, which is printed once. The directory must be\n"
		       "new, empty, or left by an init that was interrupted.",
	.run = run,
};
