# End-to-end tests, one "E2E_TESTS +=" per line: tests/e2e/tNNNN-what.t, POSIX sh over
# tests/lib/tap.sh. One with a long form stands in TESTS_LONG too.
E2E_TESTS =
E2E_TESTS += tests/e2e/t0001-version.t
E2E_TESTS += tests/e2e/t0002-bootstrap.t
E2E_TESTS += tests/e2e/t0003-bootstrap-check.t
E2E_TESTS += tests/e2e/t0100-auth-login.t
E2E_TESTS += tests/e2e/t0101-auth-terminal.t
E2E_TESTS += tests/e2e/t0102-auth-status.t
E2E_TESTS += tests/e2e/t0103-auth-trust.t
E2E_TESTS += tests/e2e/t0110-init.t
E2E_TESTS += tests/e2e/t0111-init-terminal.t
E2E_TESTS += tests/e2e/t0120-config.t
E2E_TESTS += tests/e2e/t0130-completion.t
E2E_TESTS += tests/e2e/t0140-json-manual.t
E2E_TESTS += tests/e2e/t0300-new.t
E2E_TESTS += tests/e2e/t0301-verify.t
E2E_TESTS += tests/e2e/t0302-log-show.t
E2E_TESTS += tests/e2e/t0303-seal.t
E2E_TESTS += tests/e2e/t0310-push-pull-v1.t
E2E_TESTS += tests/e2e/t0311-push-pull-pgroll.t
E2E_TESTS += tests/e2e/t0312-diverged.t
E2E_TESTS += tests/e2e/t0313-status.t
E2E_TESTS += tests/e2e/t0314-exit-status.t
E2E_TESTS += tests/e2e/t0315-lock.t
E2E_TESTS += tests/e2e/t0316-kill.t
E2E_TESTS += tests/e2e/t0317-full-disk.t
E2E_TESTS += tests/e2e/t0318-network.t
E2E_TESTS += tests/e2e/t0201-xatad-init.t
E2E_TESTS += tests/e2e/t0202-xatad-serve.t
E2E_TESTS += tests/e2e/t0203-xatad-tls.t
E2E_TESTS += tests/e2e/t0204-xatad-key.t
E2E_TESTS += tests/e2e/t0205-xatad-backup.t
E2E_TESTS += tests/e2e/t0206-xatad-init-faults.t
E2E_TESTS += tests/e2e/t0900-demo.t
E2E_TESTS += tests/e2e/t0730-xatad-killed.t

TESTS_LONG += tests/e2e/t0730-xatad-killed.t

TESTS += $(E2E_TESTS)
EXTRA_DIST += $(E2E_TESTS) tests/lib/bad_endpoint.py tests/lib/faults.sh tests/lib/project.sh
EXTRA_DIST += $(E2E_TESTS) tests/lib/project.sh tests/lib/auth.sh tests/lib/pty_run.py \
	tests/lib/listener.py
EXTRA_DIST += $(E2E_TESTS) tests/lib/project.sh
EXTRA_DIST += tests/lib/proof.sh
EXTRA_DIST += tests/proof/kill.py
EXTRA_DIST += tests/proof/xatad.py
