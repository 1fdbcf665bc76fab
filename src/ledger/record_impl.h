/* The inside of struct record, for the files that build one; everybody else uses record.h. */
#ifndef LEDGER_RECORD_IMPL_H
#define LEDGER_RECORD_IMPL_H

#include "ledger/record.h"

/*
 * The document is never changed in place once a record is bound to it, because copies of the record
 * share it: a change makes a new top-level object. The texts are borrowed from the document.
 */
struct record {
	json_t *doc;
	enum record_format format;
	bool done;
	json_t *operations; /* borrowed from doc, as everything below but v1_name */
	const char *id;
	const char *parent;
	const char *checksum;
	const char *title, *message;
	const char *schema, *version_schema;
	const char *started_at, *migration_type;
	char *v1_name; /* owned; NULL for pgroll, whose name is its id */
};

/*
 * Takes doc, checks it whole and fills in the record's fields. On failure the record keeps doc, so
 * that record_free() disposes of it.
 */
int record_bind(struct record *r, json_t *doc, enum record_format format,
		struct error *err) MUST_USE;

/*
 * Sets a top-level member at its place in the format's order; takes value (NULL removes). Copies of
 * the record keep theirs. The value must fit the format: it aborts where it does not.
 */
void record_set_member(struct record *r, const char *key, json_t *value);

/* Whether member a stands before member b in the format's order; unknown ones of v1 go last. */
bool record_member_before(enum record_format format, const char *a, const char *b);

#endif
