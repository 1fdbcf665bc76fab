/* What verification found: a list of findings, each with its place and its remedy. */
#ifndef LEDGER_FINDINGS_H
#define LEDGER_FINDINGS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

/* For line ends that a checkout has changed, in the ledger and in records alike. */
#define ADVICE_CRLF                                                                                \
	"Strip the CRs; once the template's .xata/.gitattributes is there, removing the file and " \
	"\"git checkout -- FILE\" does."

enum finding_level {
	FINDING_ERROR,	  /* the ledger is not what it should be */
	FINDING_UNSEALED, /* a pgroll record without chainChecksum; counts with --strict */
	FINDING_COSMETIC, /* accepted by every reader of ours; counts with --strict */
};

/* One row per kind: enum, stable name for --json, level. */
#define FINDING_KINDS(X)                                                  \
	X(FIND_MISSING_FILE, "missing_file", FINDING_ERROR)               \
	X(FIND_EXTRA_FILE, "extra_file", FINDING_ERROR)                   \
	X(FIND_DUPLICATE_LINE, "duplicate_line", FINDING_ERROR)           \
	X(FIND_DUPLICATE_ID, "duplicate_id", FINDING_ERROR)               \
	X(FIND_NO_FINAL_NEWLINE, "no_final_newline", FINDING_ERROR)       \
	X(FIND_BAD_NAME, "bad_name", FINDING_ERROR)                       \
	X(FIND_BAD_RECORD, "bad_record", FINDING_ERROR)                   \
	X(FIND_WRONG_NAME, "wrong_name", FINDING_ERROR)                   \
	X(FIND_WRONG_PARENT, "wrong_parent", FINDING_ERROR)               \
	X(FIND_WRONG_CHECKSUM, "wrong_checksum", FINDING_ERROR)           \
	X(FIND_MIXED_FORMATS, "mixed_formats", FINDING_ERROR)             \
	X(FIND_BAD_OPERATION, "bad_operation", FINDING_ERROR)             \
	X(FIND_UNCHECKED_OPERATION, "unchecked_operation", FINDING_ERROR) \
	X(FIND_UNREADABLE, "unreadable", FINDING_ERROR)                   \
	X(FIND_IN_CONFLICT, "in_conflict", FINDING_ERROR)                 \
	X(FIND_LEDGER_REMOVED, "ledger_removed", FINDING_ERROR)           \
	X(FIND_BASE_EDITED, "base_edited", FINDING_ERROR)                 \
	X(FIND_BASE_RENAMED, "base_renamed", FINDING_ERROR)               \
	X(FIND_BASE_REMOVED, "base_removed", FINDING_ERROR)               \
	X(FIND_BASE_ORDER, "base_order", FINDING_ERROR)                   \
	X(FIND_UNSEALED, "unsealed", FINDING_UNSEALED)                    \
	X(FIND_CRLF, "crlf", FINDING_COSMETIC)                            \
	X(FIND_BOM, "byte_order_mark", FINDING_COSMETIC)                  \
	X(FIND_BLANK_LINE, "blank_line", FINDING_COSMETIC)                \
	X(FIND_REFORMATTED, "reformatted", FINDING_COSMETIC)              \
	X(FIND_ESCAPED_CHECKSUM, "escaped_checksum", FINDING_COSMETIC)    \
	X(FIND_NOT_DONE, "not_done", FINDING_COSMETIC)                    \
	X(FIND_SAME_FILE, "same_file", FINDING_COSMETIC)                  \
	X(FIND_BASE_REWRITTEN, "base_rewritten", FINDING_COSMETIC)        \
	X(FIND_UNKNOWN_OPERATION, "unknown_operation", FINDING_COSMETIC)

#define FINDING_ENUM(id, name, level) id,
enum finding_kind { FINDING_KINDS(FINDING_ENUM) };
#undef FINDING_ENUM

struct finding {
	enum finding_kind kind;
	char *file; /* relative to .xata/migrations: ".ledger" or "<name>.json" */
	long line;  /* 1-based, 0 when the finding is about no line */
	char *message;
	char *hint; /* one sentence: what to do */
};

struct findings {
	struct finding *items;
	size_t len, cap;
	size_t errors, unsealed,
		cosmetic; /* how many of each level; len may be cut at FINDINGS_MAX */
};
#define FINDINGS_MAX 10000 /* kept in full; past that only counted */

/* advice is a full sentence; message is formatted. Both are made safe for a terminal. */
void findings_add(struct findings *f, enum finding_kind kind, const char *file, long line,
		  const char *advice, const char *fmt, ...) PRINTF_LIKE(6, 7);
const char *finding_name(enum finding_kind kind);
enum finding_level finding_level(enum finding_kind kind);
const char *finding_level_name(enum finding_level level); /* "error", "unsealed", "cosmetic" */
void findings_copy(struct findings *to, const struct findings *from); /* adds all of from */
void findings_release(struct findings *f);
AUTO_VALUE_DEFINE(findings)

#endif
