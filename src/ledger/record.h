/*
 * A migration record: one step of a schema's history, immutable once published.
 *
 * Two formats share this type (ledger format, section 2): v1 records of schema branches, whose
 * `checksum` is part of the format, and pgroll records of PostgreSQL branches, where our
 * `chainChecksum` may be absent ("unsealed"). A record keeps every member and operation it came
 * with, known or not, in its order.
 */
#ifndef LEDGER_RECORD_H
#define LEDGER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

#define RECORD_SUFFIX ".json"		  /* of the name of a record's file */
#define RECORD_NAME_MAX 255		  /* bytes, by the format */
#define RECORD_TEXT_MAX ((size_t)4 << 20) /* bytes of one record file */
#define RECORD_ID_MAX 255		  /* bytes */
#define CHECKSUM_LEN 66			  /* "1:" or "2:" and 64 hexadecimal digits */
#define RECORD_OPERATIONS_MAX 10000	  /* operations of one record */
/* Values of one record, as json_read() counts them: an answer with one such record can be read. */
#define RECORD_VALUES_MAX ((size_t)140000)

enum record_format { RECORD_NONE = 0, RECORD_V1 = 1, RECORD_PGROLL = 2 };
const char *record_format_name(enum record_format format); /* "v1", "pgroll", "none" */

struct record;
void record_free(struct record *r);
AUTO_DEFINE(record)
struct record *record_copy(const struct record *r);

/*
 * The one place that decides whether text from outside may be a record's name: it must match
 * [A-Za-z0-9_][A-Za-z0-9_.~-]{0,254} (ledger format, section 1).
 */
bool record_name_valid(struct view name);
bool record_name_continues(struct view rest); /* whether a name may go on with these bytes */

/*
 * The length of the id in a name of v1's shape ("mig_…_" and eight hexadecimal digits), or 0 for a
 * name of another shape, which is a pgroll record's. For when the record itself is not at hand.
 */
size_t record_name_v1_id(const char *name);

/*
 * The one place where a name becomes a file name: writes "<name>.json". E_INVALID for a name that
 * does not match, E_LIMIT for one that no file system here could hold (over 250 bytes).
 */
int record_file_name(char out[RECORD_NAME_MAX + 1], const char *name, struct error *err) MUST_USE;
/* And back: false for a file that has another suffix, or more name than a record can have. */
bool record_name_of_file(char out[RECORD_NAME_MAX + 1], const char *file);

/*
 * Whether a ledger can take the record in under its name, which is all that a ledger says of it:
 * E_LIMIT when it is too long for a file name, E_INVALID when it does not tell format and id as
 * record_name_v1_id() reads them. For records that come from elsewhere or are made new.
 */
int record_check_name(const struct record *r, struct error *err) MUST_USE;

/*
 * Parses the text of a record file. Checks its shape: members and their types, names and limits,
 * that each operation is an object with exactly one member; not the checksum, and not whether the
 * operations are known (operation.h). E_INVALID or E_LIMIT.
 */
int record_parse(struct record **out, struct view text, struct error *err) MUST_USE;

/*
 * Whether the file that is written for the document can be read back: E_LIMIT when it nests too
 * deep, holds too many values or prints too long. For what did not come from a file, and again once
 * it got a parent or a checksum.
 */
int record_check_size(const json_t *doc, struct error *err) MUST_USE;

/* As json_read() will count them in the record's text, or more. */
size_t record_values(const json_t *value);

/*
 * Parses an item of an endpoint's history, which is checked like a file: for v1 a Commit or
 * MigrationObject (API notes, section 1.3; `mergeParentID` and `createdAt` are of the wire and are
 * left out, as are an empty `title` and `message`), for pgroll a MigrationHistoryItem
 * (section 1.4), whose `migration` may be JSON text or already an object.
 */
int record_from_item(struct record **out, enum record_format format, const json_t *item,
		     struct error *err) MUST_USE;

/* What a new record is made of; borrowed, operations is copied. */
struct record_draft {
	enum record_format format;
	const char *id;		     /* v1: id; pgroll: name */
	const char *parent;	     /* the parent's id, NULL on the first */
	const char *parent_checksum; /* the parent's checksum, NULL on the first */
	const json_t *operations;
	const char *title, *message; /* v1, optional */
	const char *version_schema;  /* pgroll, optional */
	const char *schema;	     /* pgroll; NULL: "public" */
	int64_t started_at;	     /* pgroll, Unix microseconds */
	bool not_done;		     /* pgroll: started, not completed */
};

/* Makes a chained, checksummed record; E_INVALID when a member does not fit the format. */
int record_make(struct record **out, const struct record_draft *draft, struct error *err) MUST_USE;

/* Appends the text of the record's file: members in the format's order, unknown ones kept. */
void record_print(struct str *out, const struct record *r);

/* Borrowed until the record is freed or changed. */
enum record_format record_format(const struct record *r);
const char *record_name(const struct record *r);     /* file name without ".json" */
const char *record_id(const struct record *r);	     /* v1: id; pgroll: name */
const char *record_parent(const struct record *r);   /* the parent's id; NULL on the first */
const char *record_checksum(const struct record *r); /* with its prefix; NULL: unsealed */
const char *record_title(const struct record *r);    /* NULL: none */
const char *record_message(const struct record *r);  /* NULL: none */
const char *record_schema(const struct record *r);   /* pgroll: "public" when absent; v1: NULL */
const char *record_version_schema(const struct record *r); /* pgroll; NULL: none */
const char *record_started_at(const struct record *r);	   /* pgroll; NULL: none */
const char *
record_migration_type(const struct record *r); /* pgroll: "pgroll", "inferred"; v1: NULL */
bool record_done(const struct record *r);      /* v1: true */
const json_t *record_operations(const struct record *r); /* an array */
const json_t *record_doc(const struct record *r);	 /* the whole object, in file order */

/*
 * Gives the record a checksum (of either format) for its place behind parent, and with it, for v1,
 * its name. Used for new, re-parented and unsealed records. parent and parent_checksum are both
 * NULL for the first.
 */
void record_chain(struct record *r, const char *parent, const char *parent_checksum);

/* Sets pgroll `done`; no effect on v1. The checksum does not cover it. */
void record_set_done(struct record *r, bool done);

/* A growing list of owned records; zero bytes are a valid empty one. */
struct records {
	struct record **items;
	size_t len;
	size_t cap;
};
void records_take(struct records *l, struct record *r); /* takes r */
void records_reverse(struct records *l);
void records_release(struct records *l);
AUTO_VALUE_DEFINE(records)

#endif
