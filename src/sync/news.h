/*
 * What a branch has and the project lacks, checked: in a spool, oldest first, each record as the
 * text of its file under its name. There may be more of it than memory should hold.
 */
#ifndef SYNC_NEWS_H
#define SYNC_NEWS_H

#include "base/spool.h"
#include "sync/sync.h"

/* Appends a record. Fails as spool_add(). */
int news_add(struct spool *news, const struct record *r, struct error *err) MUST_USE;
int news_record(struct record **out, const struct spool *news, size_t at,
		struct error *err) MUST_USE;
/* The id alone, in place of what out has. */
int news_id(struct str *out, const struct spool *news, size_t at, struct error *err) MUST_USE;
/* All of them, appended to out: for what needs them in memory. */
int news_records(struct records *out, const struct spool *news, struct error *err) MUST_USE;
/* Whether a record of this id is among them, and where. */
int news_find(bool *found, size_t *at, const struct spool *news, const char *id,
	      struct error *err) MUST_USE;

/*
 * Appends to news what was received, newest first, behind the `common` leading local records, when
 * all of it is right: each record has the one before it as its parent, does not stand further back,
 * has a name that a ledger can take in, matches its checksum in the chain (an unsealed one gets its
 * own) and has operations of a known shape. E_PEER naming the first record that is not.
 */
int news_check(struct spool *news, const struct spool *received, const struct local_history *local,
	       size_t common, struct error *err) MUST_USE;

#endif
