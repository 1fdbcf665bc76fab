/*
 * A store that fails its nth call, over another one: for trying each failure of every handler.
 * One at a time in a process.
 */
#ifndef TESTS_LIB_STORE_FAULTY_H
#define TESTS_LIB_STORE_FAULTY_H

#include "server/store.h"

/* Takes inner. Fails nothing until told. */
struct store *store_faulty(struct store *inner);

/* The nth call from now on (1 is the next) fails with code; 0: none. */
void store_faulty_set(long n, enum error_code code);
/* Whether that call happened. */
bool store_faulty_happened(void);
/* Transactions that were begun and not ended. */
long store_faulty_open(void);

#define STORE_FAULTY_MESSAGE "made up: INSERT INTO secrets, /var/lib/xatad.db"

#endif
