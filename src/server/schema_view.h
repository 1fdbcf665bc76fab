/* The logical schema of a pgroll branch in the shape that branch details have for every branch. */
#ifndef SERVER_SCHEMA_VIEW_H
#define SERVER_SCHEMA_VIEW_H

#include "base/json.h"

/*
 * Turns a BranchSchema, whose tables are an object (API notes, section 1.4), into a Schema, whose
 * tables are a list (section 1.2); a new reference. PostgreSQL's types become the nearest of the
 * hosted service's, and a column comment with a "xata.type" says which. A Schema stays as it is.
 */
json_t *schema_view(json_t *api);

#endif
