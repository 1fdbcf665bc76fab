/* xatad backup: copies the database to a file while the endpoint runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "xatad/command.h"
#include "xatad/datadir.h"
#include "xatad/output.h"

static int report(const struct args *args, const char *file, struct error *err)
{
	AUTO_FREE char *path = realpath(file, NULL);
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return fail_sys(err, errno, "could not look at \"%s\"", file);
	if (args_flag(args, "json"))
		print_json(json_pack("{s:s,s:I}", "file", path, "bytes", (json_int_t)st.st_size));
	else if (!args_flag(args, "quiet"))
		print_line("wrote %s, %lld bytes", path, (long long)st.st_size);
	return 0;
}

static int run(const struct args *args, struct error *err)
{
	AUTO_VALUE(datadir) d = DATADIR_NONE;
	AUTO_STORE *s = NULL;

	int rc = args_count(args, 2, 2, err);
	if (rc == 0 && !utf8_valid(view_of(args_word(args, 1))))
		rc = fail(err, E_USAGE, "\"%s\" is not UTF-8 text", args_word(args, 1));
	if (rc == 0)
		rc = datadir_open(&d, args_word(args, 0), err);
	if (rc == 0)
		rc = datadir_store(&s, &d, err);
	if (rc == 0)
		rc = s->ops->backup(s, args_word(args, 1), err);
	return rc == 0 ? report(args, args_word(args, 1), err) : rc;
}

const struct command cmd_backup = {
	.name = "backup",
	.args = "<dir> <file>",
	.summary = "copy the database to a new file while the endpoint runs",
	.description =
		"Copies the whole database, keys included, to a file that does not exist yet.\n"
		"The endpoint may go on serving: the copy is of one moment. It restores with the\n"
		"endpoint stopped, by putting the file in the place of \"xatad.db\".",
	.run = run,
};
