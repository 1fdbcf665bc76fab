# Self tests of the scripts in tools/lint: each is tried on good and on bad input.
LINT_TESTS =

TESTS += $(LINT_TESTS)
EXTRA_DIST += $(LINT_TESTS)
