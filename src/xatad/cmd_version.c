/* xatad version: what this program is. */
#include "config.h"
#include "xatad/command.h"
#include "xatad/output.h"

static int run(const struct args *args, struct error *err)
{
	int rc = args_count(args, 0, 0, err);

	if (rc < 0)
		return rc;
	if (args_flag(args, "json"))
		print_json(json_pack("{s:s}", "version", PACKAGE_VERSION));
	else
		print_line("xatad %s", PACKAGE_VERSION);
	return 0;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "show the program's version",
	.run = run,
};
