/* The logical schema of a pgroll branch in the shape that branch details have for every branch. */
#ifndef SERVER_SCHEMA_VIEW_H
#define SERVER_SCHEMA_VIEW_H

#include "ledger/schema.h"

/*
 * Appends a Schema, whose tables are a list (API notes, section 1.2), also for a pgroll branch,
 * whose BranchSchema has an object of them (section 1.4). PostgreSQL's types become the nearest of
 * the hosted service's, and a column comment with a "xata.type" says which.
 */
void schema_view(struct str *out, const struct schema *s);

#endif
