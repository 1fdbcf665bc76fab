/* The endpoint's entry: finds the command, parses its options, runs it, reports how it ended. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "xatad/command.h"
#include "xatad/output.h"

static int print_help(const struct command *c, const char *path, struct error *err)
{
	AUTO_STR text = {0};

	if (c)
		command_help(&text, c, path);
	else
		commands_help(&text);
	fputs(str_cstr(&text), stdout);
	return finish_output(err);
}

static int run_command(const struct command *c, const char *path, const struct args *args,
		       struct error *err)
{
	if (args_flag(args, "help"))
		return print_help(c, path, err);
	if (c->subcommands) {
		int rc = fail(err, E_USAGE, "\"xatad %s\" needs a subcommand", path);
		hint(err, "Run \"xatad %s --help\" to see them.", path);
		return rc;
	}
	int rc = c->run(args, err);
	return rc < 0 ? rc : finish_output(err);
}

static int run(int argc, char *const *argv, struct error *err)
{
	AUTO_VALUE(args) args = {0};
	char path[64], usage[72];
	int used;
	size_t n = 0;

	const struct command *c = command_resolve(&used, path, sizeof path, argc, argv, err);
	if (!c)
		return E_USAGE;
	if (c->options)
		args.tables[n++] = c->options;
	args.tables[n] = shared_options;
	snprintf(usage, sizeof usage, "xatad %s", path);
	args.command = usage;
	args.expects = c->args;
	int rc = args_parse(&args, argc - used, argv + used, err);
	return rc < 0 ? rc : run_command(c, path, &args, err);
}

int main(int argc, char **argv)
{
	struct error err = {0};
	char version[] = "version";
	char *version_words[] = {version, NULL};
	int rc;

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error we report */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow (ulimit -f) */
	umask(077);		  /* whatever is made here is for its owner, unless we say so */
	if (argc < 2) {
		rc = print_help(NULL, NULL, &err);
		return error_exit_status(rc < 0 ? rc : E_USAGE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		rc = print_help(NULL, NULL, &err);
	else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		rc = run(1, version_words, &err);
	else
		rc = run(argc - 1, argv + 1, &err);
	if (rc < 0)
		print_error(&err);
	return rc < 0 ? error_exit_status(rc) : 0;
}
