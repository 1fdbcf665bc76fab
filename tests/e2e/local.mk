# End-to-end tests, one per line: tests/e2e/tNNNN-what.t, POSIX sh over tests/lib/tap.sh.
E2E_TESTS =

TESTS += $(E2E_TESTS)
EXTRA_DIST += $(E2E_TESTS)
