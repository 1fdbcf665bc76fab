/* Texts and JSON members that several commands share: findings, records, comparisons. */
#ifndef XATA_REPORT_H
#define XATA_REPORT_H

#include "project/workdir.h"
#include "sync/sync.h"
#include "xata/output.h"

void verify_result_release(struct verify_result *r);
AUTO_VALUE_DEFINE(verify_result)

/* Verifies the ledger of w, the findings of the .ledger text and extra files included. */
int verify_workdir(struct verify_result *result, struct findings *findings, struct workdir *w,
		   struct error *err) MUST_USE;

enum findings_said {
	SAY_ERRORS,
	SAY_COSMETIC, /* and errors; unsealed records would drown all else */
	SAY_ALL,
};

/* Prints the findings of these levels, even with --quiet; the members "findings" and "counts" get
 * all of them. */
void report_findings(struct output *o, const struct findings *findings, enum findings_said said);

/*
 * What --json shows of a record: {"name", "id", "format", "parent": id or null, "checksum": text or
 * null, "summary": [a line for each operation]}, and "title" and "startedAt" where it has them.
 */
json_t *record_to_json(const struct record *r);

/* "name  title-or-first-operation", for lists. */
void report_record_line(struct output *o, const char *prefix, enum color color,
			const struct record *r);

/*
 * The same for records that news.h keeps: lines for the oldest, and how many more there are; and
 * what --json shows of all, which the caller owns.
 */
int report_news_lines(struct output *o, const char *prefix, enum color color,
		      const struct spool *news, struct error *err) MUST_USE;
int news_to_json(json_t **out, const struct spool *news, struct error *err) MUST_USE;

/* Sets the members "relation", "common", "onlyLocal" and "onlyRemote" of --json. */
int report_comparison(struct output *o, const struct comparison *c,
		      const struct local_history *local, struct error *err) MUST_USE;
/* Remarks on migrations that are not completed on the branch, so that they are not pulled yet. */
void note_unfinished(const struct output *o, const struct comparison *c);
/* The advice for a failure that histories diverged; that of another failure stays as it is. */
void hint_diverged(struct error *err, const char *branch);
/*
 * Lists for people what is only here ("<") and what is only there (">"); "+" and "-" are kept for
 * what a command does.
 */
int say_both_sides(struct output *o, const struct comparison *c, const struct local_history *local,
		   struct error *err) MUST_USE;

#endif
