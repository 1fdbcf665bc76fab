# Programs of proof: what breaks a promise if it can be broken. The tests in tests/e2e run them.
check_PROGRAMS += tests/proof/print_routes
tests_proof_print_routes_SOURCES = tests/proof/print_routes.c
tests_proof_print_routes_LDADD = $(LINK_SERVER)

EXTRA_DIST += tests/proof/answers.py
EXTRA_DIST += tests/proof/crash.py
EXTRA_DIST += tests/proof/crowd.py
EXTRA_DIST += tests/proof/crowds.py
EXTRA_DIST += tests/proof/keys.py
EXTRA_DIST += tests/proof/kill.py
EXTRA_DIST += tests/proof/mutants.py
EXTRA_DIST += tests/proof/race.py
EXTRA_DIST += tests/proof/replay.py
EXTRA_DIST += tests/proof/routes.py
EXTRA_DIST += tests/proof/strings.py
EXTRA_DIST += tests/proof/tricks.py
EXTRA_DIST += tests/proof/worktree.py
EXTRA_DIST += tests/proof/xatad.py
