/* Asks a person on the terminal. */
#include "xata/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/banned.h"
#include "base/str.h"

#define ANSWER_MAX 4096 /* bytes of one line */

bool prompt_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static int fail_no_terminal(const char *question, const char *option, struct error *err)
{
	int rc = fail(err, E_USAGE, "cannot ask \"%s\" without a terminal", question);

	hint(err, "Give the answer with %s.", option);
	return rc;
}

static int read_line(char **out, struct error *err)
{
	char line[ANSWER_MAX];

	errno = 0;
	if (!fgets(line, sizeof line, stdin)) {
		int rc = fail(err, E_NO, "no answer was given");
		hint(err, "Nothing was done; run the command again.");
		return rc;
	}
	*out = view_dup(view_trim(view_of(line)));
	explicit_bzero(line, sizeof line);
	return 0;
}

int prompt_line(char **out, const char *question, const char *fallback, const char *option,
		struct error *err)
{
	*out = NULL;
	if (!prompt_possible())
		return fail_no_terminal(question, option, err);
	if (fallback)
		fprintf(stderr, "%s [%s]: ", question, fallback);
	else
		fprintf(stderr, "%s: ", question);
	int rc = read_line(out, err);
	if (rc < 0)
		return rc;
	if (!**out && fallback) {
		free(*out);
		*out = xstrdup(fallback);
	}
	return 0;
}

int prompt_confirm(bool *yes, const char *question, const char *option, struct error *err)
{
	AUTO_FREE char *answer = NULL;

	*yes = false;
	if (!prompt_possible())
		return fail_no_terminal(question, option, err);
	for (;;) {
		fprintf(stderr, "%s [y/N] ", question);
		int rc = read_line(&answer, err);
		if (rc < 0)
			return rc;
		*yes = strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
		if (*yes || !*answer || strcasecmp(answer, "n") == 0 ||
		    strcasecmp(answer, "no") == 0)
			return 0;
		fputs("Answer y or n.\n", stderr);
		free(answer);
		answer = NULL;
	}
}

/* The terminal's state while echo is off, for the signal handler. */
static struct termios saved_termios;
static volatile sig_atomic_t echo_is_off;

static void restore_and_die(int sig)
{
	if (echo_is_off)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved_termios);
	signal(sig, SIG_DFL);
	raise(sig);
}

int prompt_secret(char **out, const char *question, const char *option, struct error *err)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction die = {.sa_handler = restore_and_die}, before[ARRAY_LEN(signals)];
	struct termios silent;

	*out = NULL;
	if (!prompt_possible() || tcgetattr(STDIN_FILENO, &saved_termios) < 0)
		return fail_no_terminal(question, option, err);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &die, &before[i]);
	silent = saved_termios;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	echo_is_off = 1;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);

	fprintf(stderr, "%s: ", question);
	int rc = read_line(out, err);
	fputc('\n', stderr);

	tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_termios);
	echo_is_off = 0;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &before[i], NULL);
	return rc;
}
