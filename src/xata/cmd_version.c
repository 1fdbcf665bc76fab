/* xata version: what this program is and which libraries it runs on. */
#include "config.h"
#include "xata/commands.h"
#include "xata/session.h"

static int run(struct invocation *inv, struct error *err)
{
	int rc = args_count(&inv->args, 0, 0, err);

	if (rc < 0)
		return rc;
	say(&inv->out, "%s %s", PACKAGE_NAME, PACKAGE_VERSION);
	json_put_string(inv->out.doc, "version", PACKAGE_VERSION);
	return 0;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "show the program's version",
	.answers = true,
	.run = run,
};
