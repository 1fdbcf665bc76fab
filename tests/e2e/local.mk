# End-to-end tests, one "E2E_TESTS +=" per line: tests/e2e/tNNNN-what.t, POSIX sh over
# tests/lib/tap.sh.
E2E_TESTS =
#E2E_TESTS += tests/e2e/t0001-version.t
E2E_TESTS += tests/e2e/t0002-bootstrap.t
E2E_TESTS += tests/e2e/t0003-bootstrap-check.t

TESTS += $(E2E_TESTS)
EXTRA_DIST += $(E2E_TESTS) tests/e2e/t0001-version.t
