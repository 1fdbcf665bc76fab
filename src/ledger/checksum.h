/*
 * The checksum chain (ledger format, section 3): a record's checksum covers its parent's, so it
 * fixes the whole history before it.
 */
#ifndef LEDGER_CHECKSUM_H
#define LEDGER_CHECKSUM_H

#include "base/sha256.h"
#include "ledger/record.h"

/* Appends the exact text that is hashed; both parent arguments are NULL on the first record. */
void checksum_text(struct str *out, const struct record *r, const char *parent_checksum);

/* "1:…" or "2:…" for the record behind a parent with parent_checksum (NULL on the first). */
void checksum_compute(char out[CHECKSUM_LEN + 1], const struct record *r,
		      const char *parent_checksum);

/* The same behind any parent, whatever the record names as its own; text is a buffer, as below. */
void checksum_compute_behind(struct str *text, char out[CHECKSUM_LEN + 1], const struct record *r,
			     const char *parent, const char *parent_checksum);

enum checksum_state {
	CHECKSUM_VALID,
	CHECKSUM_VALID_ESCAPED, /* valid with <, > and & escaped, as the hosted service may do */
	CHECKSUM_UNSEALED,	/* a pgroll record without chainChecksum */
	CHECKSUM_WRONG,
};

/*
 * Compares the record's own checksum with the one its place gives it. chain receives the checksum
 * that the next record must build on: the record's own when it has one, else the computed one.
 */
enum checksum_state checksum_check(char chain[CHECKSUM_LEN + 1], const struct record *r,
				   const char *parent_checksum);

/*
 * As checksum_check, for many records in a row: text is a buffer that is reused, and computed gets
 * the checksum that the place gives the record, whatever the record says.
 */
enum checksum_state checksum_check_with(struct str *text, char computed[CHECKSUM_LEN + 1],
					const struct record *r, const char *parent_checksum);

/*
 * Whether two records are the same step: same id, parent, schema and operations in canonical form,
 * and the same checksum where both have one.
 */
bool record_same(const struct record *a, const struct record *b);

/* SHA-256 of the canonical operations (plus version_schema and schema): same content, any parent.
 */
void record_content_hash(char out[SHA256_HEX + 1], const struct record *r);

#endif
