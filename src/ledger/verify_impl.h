/* The parts of verification that look at the ledger as a whole. */
#ifndef LEDGER_VERIFY_IMPL_H
#define LEDGER_VERIFY_IMPL_H

#include "ledger/ledger.h"

/*
 * Of two names that differ in small and capital letters only, one at least has capital ones;
 * reported at the later, where that is the record at `first` or one behind it.
 */
void verify_same_files(struct findings *findings, const struct ledger *l, size_t first);

#endif
