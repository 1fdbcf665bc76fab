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
