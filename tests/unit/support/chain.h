/* Histories for tests: chains of records made by our own means, and the local side over one. */
#ifndef TESTS_SUPPORT_CHAIN_H
#define TESTS_SUPPORT_CHAIN_H

#include "sync/sync.h"

/*
 * Appends n records behind those that are there. Their ids are made of prefix and position, so two
 * chains of one prefix are the same as far as they go.
 */
void chain_grow(struct records *chain, enum record_format format, const char *prefix, size_t n);
/* The same without chainChecksum; pgroll only. */
void chain_grow_unsealed(struct records *chain, const char *prefix, size_t n);
/* Copies of the first n records. */
void chain_copy(struct records *to, const struct records *from, size_t n);

/* The history is one of which only the newest record is known before history_load(). */
struct fake_local {
	struct records records;
	struct ledger ledger;
	struct history history;
	struct local_history view;
	size_t reads; /* how often a record was read */
	size_t loads; /* how often the ledger was */
	bool spoilt;  /* the ledger cannot be read */
};
/* Takes the records over. */
void fake_local_init(struct fake_local *l, struct records *records);
void fake_local_release(struct fake_local *l);
AUTO_VALUE_DEFINE(fake_local)

#endif
