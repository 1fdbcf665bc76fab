# End-to-end tests, one "E2E_TESTS +=" per line: tests/e2e/tNNNN-what.t, POSIX sh over
# tests/lib/tap.sh. One with a long form stands in TESTS_LONG too.
E2E_TESTS =
E2E_TESTS += tests/e2e/t0001-version.t
E2E_TESTS += tests/e2e/t0002-bootstrap.t
E2E_TESTS += tests/e2e/t0003-bootstrap-check.t
E2E_TESTS += tests/e2e/t0300-new.t
E2E_TESTS += tests/e2e/t0301-verify.t
E2E_TESTS += tests/e2e/t0302-log-show.t
E2E_TESTS += tests/e2e/t0303-seal.t
E2E_TESTS += tests/e2e/t0310-push-pull-v1.t
E2E_TESTS += tests/e2e/t0311-push-pull-pgroll.t
E2E_TESTS += tests/e2e/t0312-diverged.t
E2E_TESTS += tests/e2e/t0201-xatad-init.t
E2E_TESTS += tests/e2e/t0202-xatad-serve.t
E2E_TESTS += tests/e2e/t0203-xatad-tls.t
E2E_TESTS += tests/e2e/t0204-xatad-key.t
E2E_TESTS += tests/e2e/t0205-xatad-backup.t
E2E_TESTS += tests/e2e/t0206-xatad-init-faults.t
E2E_TESTS += tests/e2e/t0900-demo.t

TESTS += $(E2E_TESTS)
EXTRA_DIST += $(E2E_TESTS) tests/lib/project.sh
