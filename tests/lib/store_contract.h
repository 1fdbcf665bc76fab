/*
 * The contract test of server/store.h: the same cases over any store.
 *
 * A test program names the store in store_under_test and lists STORE_CONTRACT_TESTS among its
 * tests; each case gets a fresh directory.
 */
#ifndef TESTS_LIB_STORE_CONTRACT_H
#define TESTS_LIB_STORE_CONTRACT_H

#include "lib/unit.h"
#include "server/store.h"

struct store_maker {
	/* Makes a store in the directory, or opens the one that was made there before. */
	int (*make)(struct store **out, const char *dir, struct error *err);
	int (*open)(struct store **out, const char *dir, struct error *err);
	/* Opens what backup() wrote. */
	int (*open_file)(struct store **out, const char *path, struct error *err);
	/* How long begin() waits for a writer. */
	void (*set_wait)(struct store *s, int ms);
};
extern const struct store_maker store_under_test;

#define STORE_CONTRACT_CASES(X)                                             \
	/* store_contract.c: what is kept */                                \
	X(store_keeps_keys_and_finds_them_by_hash)                          \
	X(store_refuses_a_key_whose_id_or_hash_is_taken)                    \
	X(store_revokes_a_key_once)                                         \
	X(store_keeps_workspaces_in_the_order_they_were_made)               \
	X(store_removes_only_an_empty_workspace)                            \
	X(store_keeps_databases_apart_by_workspace)                         \
	X(store_renames_a_database_and_the_keys_for_it)                     \
	X(store_removes_a_database_with_everything_in_it)                   \
	/* store_contract_branch.c */                                       \
	X(store_keeps_branches_with_all_their_members)                      \
	X(store_lists_branches_without_their_schema)                        \
	X(store_refuses_a_branch_whose_name_or_id_is_taken)                 \
	X(store_leaves_nothing_behind_of_a_refused_branch)                  \
	X(store_never_gives_a_rowid_twice)                                  \
	X(store_keeps_jobs_and_pages_through_them)                          \
	X(store_maps_git_branches)                                          \
	X(store_keeps_text_with_quotes_and_statements_as_it_is)             \
	X(store_says_what_does_not_exist)                                   \
	X(store_stops_a_list_when_asked_to)                                 \
	/* store_contract_history.c: records and how branches share them */ \
	X(store_lists_records_from_both_ends)                               \
	X(store_pages_without_gap_or_overlap)                               \
	X(store_refuses_a_record_out_of_order_or_twice)                     \
	X(store_finds_records_in_the_branch_and_in_the_database)            \
	X(store_shares_history_up_to_the_fork_only)                         \
	X(store_forks_inside_a_history)                                     \
	X(store_keeps_shared_history_when_its_first_branch_is_removed)      \
	X(store_forgets_what_no_branch_reaches)                             \
	X(store_reads_through_a_long_line_of_forks)                         \
	X(store_completes_the_newest_record)                                \
	X(store_completes_a_shared_record_for_one_branch_only)              \
	X(store_removes_the_newest_record_unless_it_is_shared)              \
	X(store_removes_an_inherited_record_when_its_branch_is_gone)        \
	X(store_answers_other_questions_inside_a_list)                      \
	/* store_contract_model.c */                                        \
	X(store_agrees_with_a_simple_model_after_random_changes)            \
	/* store_contract_txn.c: transactions */                            \
	X(store_hides_what_is_not_committed)                                \
	X(store_shows_a_reader_one_state)                                   \
	X(store_forgets_what_is_rolled_back)                                \
	X(store_refuses_to_write_in_a_read_transaction)                     \
	X(store_serialises_writers_of_many_threads)                         \
	X(store_reads_while_others_write)                                   \
	X(store_says_busy_when_a_writer_takes_too_long)                     \
	X(store_keeps_everything_when_it_is_reopened)                       \
	X(store_survives_kill_after_commit_and_forgets_what_was_before)     \
	X(store_backs_up_one_state_while_others_write)                      \
	X(store_refuses_to_back_up_over_a_file)

#define STORE_CONTRACT_DECLARE(name) void name(void **state);
STORE_CONTRACT_CASES(STORE_CONTRACT_DECLARE)
#undef STORE_CONTRACT_DECLARE

#define STORE_CONTRACT_TEST(name) unit_test_in_dir(name),
#define STORE_CONTRACT_TESTS STORE_CONTRACT_CASES(STORE_CONTRACT_TEST)

/* ---- what the cases share; each fails the test when the store does */

struct store *sc_make(void **state);
struct store_txn *sc_begin(struct store *s, enum store_mode mode);
void sc_commit(struct store *s, struct store_txn *t);

/* Adds workspace "ws" and database "shop"; its rowid. */
int64_t sc_shop(struct store *s, struct store_txn *t);
int64_t sc_database(struct store *s, struct store_txn *t, const char *workspace, const char *name);
/* Adds a pending job. */
int sc_job(struct store *s, struct store_txn *t, int64_t branch, const char *id, int64_t *number,
	   struct error *err);
/* Adds an empty branch. */
int64_t sc_branch(struct store *s, struct store_txn *t, int64_t database, const char *name);
/* Adds a branch that shares the first `length` records of another. */
int64_t sc_fork(struct store *s, struct store_txn *t, int64_t database, const char *name,
		int64_t from, int64_t length);
/* Appends the record "id" at depth to the branch. */
int sc_try_record(struct store *s, struct store_txn *t, int64_t branch, int64_t depth,
		  const char *id, struct error *err);
void sc_record(struct store *s, struct store_txn *t, int64_t branch, int64_t depth, const char *id);
/* The ids that record_list gives, separated by blanks; valid until the next call. */
const char *sc_history(struct store *s, struct store_txn *t, int64_t branch, int64_t from,
		       int64_t limit);
/* The names of the branches, separated by blanks; valid until the next call. */
const char *sc_branches(struct store *s, struct store_txn *t, int64_t database);

#endif
