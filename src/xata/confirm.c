/* Asks for the name of what is to be deleted or renamed. */
#include "xata/confirm.h"

#include "base/alloc.h"
#include "xata/prompt.h"

const struct opt confirm_options[] = {
	{"yes", 'y', NULL, "do not ask"},
	{"force", 'f', NULL, "the same as --yes"},
	{0},
};

int confirm_by_name(struct invocation *inv, const char *what, const char *name, struct error *err)
{
	AUTO_FREE char *typed = NULL;

	if (args_flag(&inv->args, "yes") || args_flag(&inv->args, "force"))
		return 0;
	AUTO_FREE char *question = xasprintf("To %s \"%s\", type its name", what, name);
	int rc = prompt_line(&typed, question, NULL, "--yes", err);
	if (rc < 0)
		return rc;
	if (str_eq(typed, name))
		return 0;
	rc = fail(err, E_NO, "\"%s\" is not \"%s\": nothing was done", typed, name);
	hint(err, "Run the command again and type the name exactly, or give --yes.");
	return rc;
}
