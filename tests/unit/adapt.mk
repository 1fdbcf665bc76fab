# Three lines per test, see tests/unit/local.mk.

UNIT_TESTS += tests/unit/adapt/test_store
tests_unit_adapt_test_store_SOURCES = \
	tests/lib/store_contract.c \
	tests/lib/store_contract.h \
	tests/lib/store_contract_branch.c \
	tests/lib/store_contract_history.c \
	tests/lib/store_contract_model.c \
	tests/lib/store_contract_txn.c \
	tests/unit/adapt/test_store.c
tests_unit_adapt_test_store_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_store_sqlite
tests_unit_adapt_test_store_sqlite_SOURCES = \
	tests/lib/faulty_vfs.c \
	tests/lib/faulty_vfs.h \
	tests/lib/store_contract.c \
	tests/lib/store_contract.h \
	tests/unit/adapt/test_store_sqlite.c
tests_unit_adapt_test_store_sqlite_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_store_sweep
tests_unit_adapt_test_store_sweep_SOURCES = \
	tests/lib/store_contract.c \
	tests/lib/store_contract.h \
	tests/lib/store_contract_branch.c \
	tests/lib/store_contract_history.c \
	tests/lib/store_contract_model.c \
	tests/lib/store_contract_txn.c \
	tests/unit/adapt/test_store_sweep.c
tests_unit_adapt_test_store_sweep_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_tls
tests_unit_adapt_test_tls_SOURCES = tests/unit/adapt/test_tls.c
tests_unit_adapt_test_tls_LDADD = $(UNIT_ADAPT_SERVER)

http_test_sources = \
	tests/lib/http_client.c \
	tests/lib/http_client.h \
	tests/lib/httpd_fake.c \
	tests/lib/httpd_fake.h

UNIT_TESTS += tests/unit/adapt/test_httpd
tests_unit_adapt_test_httpd_SOURCES = $(http_test_sources) tests/unit/adapt/test_httpd.c
tests_unit_adapt_test_httpd_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_httpd_limits
tests_unit_adapt_test_httpd_limits_SOURCES = $(http_test_sources) \
	tests/unit/adapt/test_httpd_limits.c
tests_unit_adapt_test_httpd_limits_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_httpd_workers
tests_unit_adapt_test_httpd_workers_SOURCES = tests/unit/adapt/test_httpd_workers.c
tests_unit_adapt_test_httpd_workers_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_httpd_room
tests_unit_adapt_test_httpd_room_SOURCES = tests/unit/adapt/test_httpd_room.c
tests_unit_adapt_test_httpd_room_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_http_curl
tests_unit_adapt_test_http_curl_SOURCES = tests/unit/adapt/test_http_curl.c \
	tests/unit/support/raw_server.c tests/unit/support/raw_server.h
tests_unit_adapt_test_http_curl_LDADD = $(UNIT_ADAPT_CLIENT)

UNIT_TESTS += tests/unit/adapt/test_http_curl_tls
tests_unit_adapt_test_http_curl_tls_SOURCES = tests/unit/adapt/test_http_curl_tls.c
tests_unit_adapt_test_http_curl_tls_LDADD = $(UNIT_ADAPT_CLIENT)
UNIT_TESTS += tests/unit/adapt/test_vcs_git
tests_unit_adapt_test_vcs_git_SOURCES = tests/unit/adapt/test_vcs_git.c \
	tests/unit/support/git_repo.c tests/unit/support/git_repo.h
tests_unit_adapt_test_vcs_git_LDADD = $(UNIT_ADAPT_CLIENT)
UNIT_TESTS += tests/unit/adapt/test_vcs_git_id
tests_unit_adapt_test_vcs_git_id_SOURCES = tests/unit/adapt/test_vcs_git_id.c \
	tests/unit/support/git_repo.c tests/unit/support/git_repo.h
tests_unit_adapt_test_vcs_git_id_LDADD = $(UNIT_ADAPT_CLIENT)
UNIT_TESTS += tests/unit/adapt/test_vcs_git_merge
tests_unit_adapt_test_vcs_git_merge_SOURCES = tests/unit/adapt/test_vcs_git_merge.c \
	tests/unit/support/git_repo.c tests/unit/support/git_repo.h
tests_unit_adapt_test_vcs_git_merge_LDADD = $(UNIT_ADAPT_CLIENT)

UNIT_TESTS += tests/unit/adapt/test_vcs_git_stage
tests_unit_adapt_test_vcs_git_stage_SOURCES = tests/unit/adapt/test_vcs_git_stage.c \
	tests/unit/support/git_repo.c tests/unit/support/git_repo.h
tests_unit_adapt_test_vcs_git_stage_LDADD = $(UNIT_ADAPT_CLIENT)
UNIT_TESTS += tests/unit/adapt/test_vcs_git_index
tests_unit_adapt_test_vcs_git_index_SOURCES = tests/unit/adapt/test_vcs_git_index.c
tests_unit_adapt_test_vcs_git_index_LDADD = $(UNIT_ADAPT_CLIENT)
UNIT_TESTS += tests/unit/adapt/test_commit_merge
tests_unit_adapt_test_commit_merge_SOURCES = tests/unit/adapt/test_commit_merge.c \
	tests/unit/support/git_repo.c tests/unit/support/git_repo.h \
	tests/unit/support/ledger_repo.c tests/unit/support/ledger_repo.h
tests_unit_adapt_test_commit_merge_LDADD = $(UNIT_ADAPT_CLIENT)
UNIT_TESTS += tests/unit/adapt/test_merge_folders
tests_unit_adapt_test_merge_folders_SOURCES = tests/unit/adapt/test_merge_folders.c \
	tests/unit/support/git_repo.c tests/unit/support/git_repo.h \
	tests/unit/support/ledger_repo.c tests/unit/support/ledger_repo.h
tests_unit_adapt_test_merge_folders_LDADD = $(UNIT_ADAPT_CLIENT)
