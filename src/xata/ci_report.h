/*
 * What the commands of xata ci print, in the form that is wanted: text, Markdown for a comment, the
 * workflow commands of GitHub Actions, a code quality report of GitLab; or, as everywhere, --json.
 *
 * A command tells what it found once. Names and messages may come from a stranger's pull request:
 * whatever is not a fixed text of ours goes through the escapes of base/markup.h.
 */
#ifndef XATA_CI_REPORT_H
#define XATA_CI_REPORT_H

#include "ledger/conflict.h"
#include "ledger/findings.h"
#include "ledger/record.h"
#include "project/ci.h"
#include "xata/output.h"

#define CI_FORMATS "text|markdown|github|gitlab" /* in the order of ci_format */

enum ci_format { CI_TEXT, CI_MARKDOWN, CI_COMMANDS, CI_QUALITY };

enum ci_level { CI_ERROR, CI_WARNING, CI_NOTICE };

/* Something with a place in a file of the repository. */
struct ci_issue {
	enum ci_level level;
	const char *kind; /* static */
	char *file;	  /* below the top of the repository; NULL: about no file */
	long line;	  /* 1-based */
	char *message;
	char *hint; /* a sentence, may be NULL */
};

struct ci_report {
	enum ci_format format;
	struct output *out;  /* of the command; has the --json document */
	struct output plain; /* the same, but silent where text is not what is wanted */
	char *folder;	     /* of .xata/migrations in the repository, with a "/" at its end */
	char token[33];	     /* ends what GitHub must not take for commands; "" outside of that */
	struct ci_issue *issues;
	size_t len, cap;
	struct str markdown; /* the lines of the comment so far */
	bool cut;	     /* more would be longer than a comment may be */
};
void ci_report_release(struct ci_report *r);
AUTO_VALUE_DEFINE(ci_report)

/*
 * What wanted (the value of --format) says, NULL: workflow commands in GitHub Actions, else text.
 * E_USAGE when it is unknown, or given with --json.
 */
int ci_report_start(struct ci_report *r, struct output *out, const char *wanted,
		    enum ci_system system, struct error *err) MUST_USE;

/* Where the project lies in the repository, "" at its top; without it no file is named. */
void ci_report_place(struct ci_report *r, const char *folder);

/*
 * A line of the result. Each "{}" of the text, which is ours, stands for the next name, which may
 * be anybody's and is put in quotes. "{text}" does so, too, for a whole sentence, without quotes.
 */
struct ci_names {
	const char *items[4];
};
#define CI_NAMES(...) (&(struct ci_names){{__VA_ARGS__}})
void ci_report_line(struct ci_report *r, enum color color, const char *text,
		    const struct ci_names *names);

/* The same as an item of the list that belongs to the line before. */
void ci_report_item(struct ci_report *r, enum color color, const char *text,
		    const struct ci_names *names);

/* A remark that a CI system marks, about no file; text is ours, and a whole sentence. */
void ci_report_note(struct ci_report *r, enum ci_level level, const char *kind, const char *text);
/* A mark alone, for what is told otherwise; about no file. Copies message and hint. */
void ci_report_mark(struct ci_report *r, enum ci_level level, const char *kind, const char *message,
		    const char *hint);

/*
 * Lists records with what they do, each operation that cannot be taken back with the reason, and
 * counts those. Records named in without (NULL: none) are left out. Sets the members "toApply" and
 * "destructive" of --json.
 */
size_t ci_report_records(struct ci_report *r, const struct records *records,
			 const struct strs *without);

/* As report_findings() and report_conflicts(), in every form. */
void ci_report_findings(struct ci_report *r, const struct findings *findings, bool strict);
void ci_report_conflicts(struct ci_report *r, const struct conflicts *conflicts);

/*
 * Ends the report with how the command ended; what fails without having been told is told here.
 * name: "check". Nothing is printed after it but the error of rc, on stderr.
 */
void ci_report_finish(struct ci_report *r, const char *name, int rc, const struct error *err);

/* The forms of ci_report_forms.c. */
void ci_print_markdown(const struct ci_report *r, const char *name, int rc,
		       const struct error *err);
void ci_print_commands(const struct ci_report *r, int rc, const struct error *err);
void ci_print_quality(const struct ci_report *r, int rc, const struct error *err);

#endif
