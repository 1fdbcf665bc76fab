# Three lines per test, see tests/unit/local.mk.
UNIT_TESTS += tests/unit/project/test_workdir
tests_unit_project_test_workdir_SOURCES = tests/unit/project/test_workdir.c tests/unit/project/world.h
tests_unit_project_test_workdir_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_workdir_faults
tests_unit_project_test_workdir_faults_SOURCES = tests/unit/project/test_workdir_faults.c tests/unit/project/world.h
tests_unit_project_test_workdir_faults_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_url
tests_unit_project_test_url_SOURCES = tests/unit/project/test_url.c tests/unit/project/world.h
tests_unit_project_test_url_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_target
tests_unit_project_test_target_SOURCES = tests/unit/project/test_target.c tests/unit/project/world.h
tests_unit_project_test_target_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_dotenv
tests_unit_project_test_dotenv_SOURCES = tests/unit/project/test_dotenv.c tests/unit/project/world.h
tests_unit_project_test_dotenv_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_project
tests_unit_project_test_project_SOURCES = tests/unit/project/test_project.c tests/unit/project/world.h
tests_unit_project_test_project_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_credentials
tests_unit_project_test_credentials_SOURCES = tests/unit/project/test_credentials.c tests/unit/project/world.h
tests_unit_project_test_credentials_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_snapshot
tests_unit_project_test_snapshot_SOURCES = tests/unit/project/test_snapshot.c \
	tests/unit/project/world.h tests/unit/support/fake_vcs.c tests/unit/support/fake_vcs.h
tests_unit_project_test_snapshot_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_snapshot_before
tests_unit_project_test_snapshot_before_SOURCES = tests/unit/project/test_snapshot_before.c \
	tests/unit/project/world.h tests/unit/support/fake_vcs.c tests/unit/support/fake_vcs.h
tests_unit_project_test_snapshot_before_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_merge_sides
tests_unit_project_test_merge_sides_SOURCES = tests/unit/project/test_merge_sides.c \
	tests/unit/project/world.h tests/unit/ledger/histories.h tests/unit/support/fake_vcs.c \
	tests/unit/support/fake_vcs.h
tests_unit_project_test_merge_sides_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_preview
tests_unit_project_test_preview_SOURCES = tests/unit/project/test_preview.c
tests_unit_project_test_preview_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_ci
tests_unit_project_test_ci_SOURCES = tests/unit/project/test_ci.c
tests_unit_project_test_ci_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_rewrite
tests_unit_project_test_rewrite_SOURCES = tests/unit/project/test_rewrite.c tests/unit/project/world.h
tests_unit_project_test_rewrite_LDADD = $(UNIT_PROJECT)
UNIT_TESTS += tests/unit/project/test_patch
tests_unit_project_test_patch_SOURCES = tests/unit/project/test_patch.c
tests_unit_project_test_patch_LDADD = $(UNIT_PROJECT)
