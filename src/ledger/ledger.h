/*
 * The ledger: the text of `.ledger`, which gives the order of the records, and the verification of
 * a whole history against it.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/map.h"
#include "ledger/findings.h"
#include "ledger/record.h"
#include "ledger/schema.h"

#define LEDGER_FILE ".ledger"		   /* its name, in the folder of the records */
#define LEDGER_TEXT_MAX ((size_t)64 << 20) /* bytes of .ledger */

/* The names in order, oldest first. */
struct ledger {
	struct strs names; /* every one matches the format's pattern; they lie in text */
	struct map index;  /* name -> position in names */
	char *text;	   /* its own, as there may be 100,000 names */
};

/*
 * Reads the text of .ledger. What is wrong with it goes to findings (which may be NULL) and the
 * line is left out; cosmetic things (CRLF, byte order mark, blank lines) are accepted. Never fails.
 */
void ledger_parse(struct ledger *l, struct view text, struct findings *findings);

/*
 * Looks through the text piece by piece without remembering a name, which is what a command needs
 * that will find nothing to do. As long as it is plain, ledger_parse() would have no finding, and
 * the ids in the lines ascend, so that none is there twice; count and newest say what there is. Not
 * being plain proves nothing: ids need not ascend.
 */
struct ledger_scan {
	bool odd; /* not plain */
	size_t count;
	char newest[RECORD_NAME_MAX + 1]; /* the last name, "" when there is none */
	char part[RECORD_NAME_MAX + 1];	  /* the line that the next piece goes on with */
	size_t newest_len, part_len;
};
void ledger_scan_add(struct ledger_scan *s, struct view piece);
bool ledger_scan_plain(const struct ledger_scan *s); /* after the last piece */

void ledger_release(struct ledger *l);
AUTO_VALUE_DEFINE(ledger)

/*
 * Appends to text (the present .ledger, kept as it is but for a missing final newline) one line per
 * name.
 */
void ledger_append_line(struct str *text, const char *name);

/* Where records are read from: a directory, the index of Git, a commit. */
struct record_source {
	/* Appends the file's text; E_NOTFOUND when there is none, with a hint where more is known
	 * of that than anybody could say. */
	int (*read)(struct record_source *src, const char *file_name, struct str *out,
		    struct error *err);
};

/*
 * Where the chain stands behind the first records of a ledger, which are taken as right: reads the
 * last one that has a checksum, and those behind it. All empty when count is 0.
 */
struct chain_end {
	char id[RECORD_ID_MAX + 1];
	char checksum[CHECKSUM_LEN + 1]; /* what the next record builds on */
	enum record_format format;
};
int ledger_end(struct chain_end *out, const struct ledger *l, size_t count,
	       struct record_source *src, struct error *err) MUST_USE;

struct verify_options {
	/*
	 * All file names beside .ledger, NULL when unknown (then extra files are not looked for).
	 * Names that start with "." or do not end in ".json" are not records and are ignored.
	 */
	const struct strs *files;
	bool skip_operations; /* do not replay the operations on the logical schema */
	/*
	 * How many leading records are taken as right without being read, because a version that
	 * has the same files was verified. The chain is still checked from the last of them on; of
	 * the operations behind them only what is wrong among themselves is seen, as what the
	 * leading ones built up is not known.
	 */
	size_t trusted;
	size_t schema_work; /* for schema_limit_work(); 0: SCHEMA_WORK_MAX */
};

/* What verification learned besides the findings. */
struct verify_result {
	enum record_format format;    /* of the last record; RECORD_NONE when there is none */
	size_t records;		      /* that were read and checked */
	char chain[CHECKSUM_LEN + 1]; /* the checksum the next record builds on, "" at the start */
	char head[RECORD_NAME_MAX + 1]; /* name of the last record, "" at the start */
	char head_id[RECORD_ID_MAX + 1];
	struct schema *schema; /* what the operations build up; the caller frees it; may be NULL */
};

/*
 * Verifies everything of the ledger format: names, files, parents, order, checksum chain, format,
 * and that each record's operations apply to the logical schema of those before it. One record is
 * in memory at a time. < 0 only when the source fails in another way than E_NOTFOUND or bad
 * content; what is wrong with the history is in findings.
 */
int ledger_verify(struct verify_result *result, struct findings *findings, const struct ledger *l,
		  struct record_source *src, const struct verify_options *options,
		  struct error *err) MUST_USE;

#endif
