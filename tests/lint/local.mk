# Self tests of the scripts in tools/lint: each is tried on good and on bad input.
LINT_TESTS =
LINT_TESTS += tests/lint/help.t
LINT_TESTS += tests/lint/layers.t
LINT_TESTS += tests/lint/sizes.t
LINT_TESTS += tests/lint/unit-run.t

TESTS += $(LINT_TESTS)
EXTRA_DIST += $(LINT_TESTS)
