/*
 * A branch behind a fake transport: answers the requests of pull and push as the hosted service or
 * as xatad would, and misbehaves as told.
 */
#ifndef TESTS_SUPPORT_FAKE_BRANCH_H
#define TESTS_SUPPORT_FAKE_BRANCH_H

#include "sync/api.h"
#include "sync/sync.h"
#include "unit/support/chain.h"
#include "unit/support/fake_http.h"

enum dialect { DIALECT_HOSTED, DIALECT_XATAD };

struct fake_branch {
	enum dialect dialect;
	enum record_format format;
	struct records records; /* oldest first, done */
	/* Misbehaviour. */
	const struct fake_answer *head_answer; /* instead of the true one */
	const struct fake_answer *history_answer;
	const struct fake_answer *push_answers; /* first ones to push, apply and job requests */
	size_t push_answers_len, push_at;
	bool push_takes_effect; /* although push_answers says otherwise */
	bool push_ignored;	/* answers without doing anything */
	bool ignores_since, refuses_since;
	bool repeats_cursor;
	bool empty_pages;
	bool null_cursor;  /* pgroll: says cursor:null at the end */
	size_t page_max;   /* 0: as asked for */
	size_t page_limit; /* larger pages come out too large to be accepted; 0: none do */
	void (*mangle)(json_t *items, void *ctx); /* changes a page before it is sent */
	void *mangle_ctx;
	const char *active; /* a started migration: hosted ones list it first */
	/* How it is reached. */
	struct fake_http http;
	struct api_target target;
	struct api *api;
	struct endpoint *endpoint;
	size_t pushes; /* requests that changed something */
};

/* Takes the records over. */
void fake_branch_init(struct fake_branch *b, enum dialect dialect, enum record_format format,
		      struct records *records);
void fake_branch_release(struct fake_branch *b);
AUTO_VALUE_DEFINE(fake_branch)

#endif
