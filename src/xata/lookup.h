/* Finds the record that a word on the command line means. */
#ifndef XATA_LOOKUP_H
#define XATA_LOOKUP_H

#include "ledger/ledger.h"

/*
 * The position in the ledger of the record that word means: its name, "head" for the last one, an
 * id, or what only one name begins with. E_NOTFOUND when there is none, or more than one.
 */
int ledger_lookup(size_t *at, const struct ledger *l, const char *word, struct error *err) MUST_USE;

/*
 * Refuses a name for a new record that a record of the ledger has in other letters, small for
 * capital: where the file system sees no difference, one file would take the other's place.
 */
int ledger_check_case(const struct ledger *l, const char *name, struct error *err) MUST_USE;

#endif
