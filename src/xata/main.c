/* The client's entry: finds the command, parses its options, runs it, reports how it ended. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "config.h"
#include "xata/command.h"
#include "xata/output.h"
#include "xata/session.h"

/* A command, its full name, and how many words of argv that name took. */
struct found {
	const struct command *command;
	char usage[72];	  /* "xata branch create" */
	const char *path; /* that without "xata " */
	int used;
};

static int find(struct found *f, int argc, char *const *argv, struct error *err)
{
	const struct command *c = command_find(commands, argv[0], err);

	if (!c)
		return E_USAGE;
	snprintf(f->usage, sizeof f->usage, "xata %s", c->name);
	f->path = f->usage + strlen("xata ");
	f->used = 1;
	while (c->subcommands && f->used < argc && argv[f->used][0] != '-') {
		c = command_find(c->subcommands, argv[f->used], err);
		if (!c)
			return E_USAGE;
		size_t len = strlen(f->usage);
		snprintf(f->usage + len, sizeof f->usage - len, " %s", c->name);
		f->used++;
	}
	f->command = c;
	return 0;
}

static int print_help(const struct found *f)
{
	AUTO_STR text = {0};

	if (f)
		command_help(&text, f->command, f->path);
	else
		commands_help(&text);
	fputs(str_cstr(&text), stdout);
	return fflush(stdout) == 0 ? 0 : error_exit_status(E_IO);
}

/* How the user wants failures of the command line itself to be shown. */
static bool wants(int argc, char *const *argv, const char *option)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], option) == 0)
			return true;
	return false;
}

static int finish_usage(int argc, char *const *argv, const char *command, int rc,
			const struct error *err)
{
	struct output out;

	output_init(&out, wants(argc, argv, "--json"), false, false);
	return output_finish(&out, command, rc, err);
}

/* How many options stand before the command that every command takes. */
static int leading(int argc, char *const *argv)
{
	static const char *const known[] = {"--json", "--quiet", "-q", "--verbose", "-v"};
	int n = 0;

	for (size_t i = 0; n < argc && i < ARRAY_LEN(known);) {
		bool same = strcmp(argv[n], known[i]) == 0;
		n += same ? 1 : 0;
		i = same ? 0 : i + 1;
	}
	return n;
}

static int parse(struct args *a, const struct command *c, int argc, char *const *argv,
		 struct error *err)
{
	int rc = args_parse(a, argc, argv, err);

	if (rc < 0 && c->args && strstr(c->args, "<branch>") && strstr(err->msg, "--branch")) {
		err->hint[0] = '\0';
		hint(err, "The branch is an argument: \"xata %s main\".", c->name);
	}
	return rc;
}

static int run(int all, char *const *words)
{
	struct error err = {0};
	struct found f = {0};
	int before = leading(all, words), argc = all - before;
	char *const *argv = words + before;

	if (argc == 0)
		return print_help(NULL) ? error_exit_status(E_IO) : error_exit_status(E_USAGE);
	int rc = find(&f, argc, argv, &err);
	if (rc < 0)
		return finish_usage(all, words, argv[0], rc, &err);
	struct invocation inv = {.command = f.command, .path = f.path};
	command_tables(inv.args.tables, f.command);
	inv.args.command = f.usage;
	inv.args.expects = f.command->args;
	rc = args_parse(&inv.args, before, words, &err);
	if (rc == 0)
		rc = parse(&inv.args, f.command, argc - f.used, argv + f.used, &err);
	if (rc == 0 && args_flag(&inv.args, "help")) {
		session_close(&inv);
		return print_help(&f);
	}
	if (rc == 0 && f.command->subcommands) {
		rc = fail(&err, E_USAGE, "\"xata %s\" needs a subcommand", f.path);
		hint(&err, "Run \"xata %s --help\" to see them.", f.path);
	}
	if (rc == 0)
		rc = session_options(&inv, &err);
	if (rc < 0) {
		session_close(&inv);
		return finish_usage(all, words, f.path, rc, &err);
	}
	output_init(&inv.out, args_flag(&inv.args, "json"), args_flag(&inv.args, "quiet"),
		    args_flag(&inv.args, "verbose"));
	inv.out.answers = f.command->answers;
	rc = f.command->run(&inv, &err);
	session_close(&inv);
	return output_finish(&inv.out, f.path, rc, &err);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error we report */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow (ulimit -f) */

	if (argc < 2)
		return print_help(NULL) ? error_exit_status(E_IO) : error_exit_status(E_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return print_help(NULL);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		char version[] = "version";
		char *words[] = {version, NULL};
		return run(1, words);
	}
	return run(argc - 1, argv + 1);
}
