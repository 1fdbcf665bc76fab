/*
 * The one place that decides what may become the next record of a branch, for both formats, and
 * that applies a push.
 *
 * A record follows the branch's head when its parent and its checksum say so, its operations fit
 * the logical schema, and its id is not known in the database with other operations. All of it
 * happens inside one write transaction, in which no other writer moves the head: of several pushes
 * from one parent the first wins, and the others find a head that is not theirs.
 */
#ifndef SERVER_PUSH_H
#define SERVER_PUSH_H

#include "server/branch.h"

/* Checks and adds records behind the head of a branch. */
struct push {
	struct call *c;
	struct store_branch *branch;
	struct schema *schema; /* of the records so far; owned */
};

int push_open(struct push *p, struct call *c, struct store_branch *b, struct error *err) MUST_USE;
void push_release(struct push *p);
AUTO_VALUE_DEFINE(push)

/*
 * Checks that r may follow the head, and takes its operations into p->schema. An unsealed pgroll
 * record is chained. E_INVALID or E_CONFLICT naming the record.
 */
int push_check(struct push *p, struct record *r, struct error *err) MUST_USE;

/* The failure of requests that cannot go on while a started migration is not completed. */
int push_fail_active(struct call *c, const struct branch_head *head, struct error *err);

/* What a client asks for. */
struct push_request {
	struct records *records; /* oldest first; their checksums may be added */
	/* Compare and swap: the head the client knows; unused unless has_expected. */
	bool has_expected;
	const char *expected_id;       /* NULL: an empty branch */
	const char *expected_checksum; /* NULL: not known */
};

/*
 * Pushes to the branch of the request, in a write transaction of its own: the records that the
 * branch lacks are checked and added, those it has must be identical, and the head must be the
 * parent of the first or one of them. *b becomes the branch with its new head, *applied how many
 * were added; the outcome is counted.
 */
int push_run(size_t *applied, struct store_branch *b, struct call *c, enum record_format format,
	     const struct push_request *request, struct error *err) MUST_USE;

/* Reads the documents of a push; at most limits->push_records. E_INVALID names the position. */
int push_read_records(struct records *out, const struct call *c, const json_t *list,
		      enum record_format format, struct error *err) MUST_USE;

#endif
