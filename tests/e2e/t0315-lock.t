#!/bin/sh
# Two processes at once, a read-only tree, somebody else's files: one waits or is told, readers read,
# nothing is lost.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need flock

start_xatad
database shop
project shop
add_table users
push_all
clone shop behind
cd ../shop || exit 1
add_table teams
push_all

# hold KIND: another process holds the lock of this project until release.
hold() {
	rm -f "$T/held"
	(
		exec 9<>.xata/.state/lock
		flock "$1" 9
		: >"$T/held"
		exec sleep 60
	) &
	holder=$!
	wait_for "the lock is held" test -f "$T/held"
}

release() {
	kill "$holder"
	wait "$holder" 2>/dev/null
}

cd ../behind || exit 1
cp -r .xata/migrations "$T/before"
printf '[{"addTable":{"table":"new"}}]\n' >"$T/operations"

hold -x
for command in "pull main" "push main --yes" "new $T/operations" "seal" "verify" "log" "status main" \
	"show head" "schema dump"; do
	# shellcheck disable=SC2086 # words
	run xata $command --lock-wait 0
	exits 8 "a writer is at work: $command is told"
	err_has "another command is at work in this project" "and says so"
done
same_tree .xata/migrations "$T/before" "nothing changed"
run xata pull main --lock-wait 1
exits 8 "waiting is not for ever"
(sleep 1 && kill "$holder") &
waiter=$!
run xata pull main --lock-wait 30
exits 0 "when the other is done, the one that waits goes on"
wait "$waiter" "$holder" 2>/dev/null
is "$(names | wc -l)" 2 "and has what it wanted"

hold -s
run xata verify --lock-wait 0
exits 0 "readers do not disturb each other"
run xata new "$T/operations" --lock-wait 0
exits 8 "but a writer waits for them"
release
run xata new "$T/operations" --lock-wait 0
exits 0 "a dead process leaves no lock"

# ---- many at once: each record goes in, one after the other

cd "$T/shop" || exit 1
before=$(names | wc -l)
pids=
for i in 1 2 3 4 5 6; do
	printf '[{"addTable":{"table":"many%s"}}]\n' "$i" >"$T/many$i"
	xata new "$T/many$i" --quiet --lock-wait 60 &
	pids="$pids $!"
done
for pid in $pids; do
	ok "one of six at once works" wait "$pid"
done
is "$(names | wc -l)" $((before + 6)) "all six records are there"
clean_ledger "in a chain that verifies"
intact "and nothing else is left"

# ---- a tree that belongs to somebody else

cd "$T/behind" || exit 1
rm -rf "$T/before"
cp -r .xata/migrations "$T/before"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	set -- setpriv --reuid 65534 --regid 65534 --clear-groups
	chmod 755 "$T/.."
	cp "$SSL_CERT_FILE" "$T/certificate.pem"
	SSL_CERT_FILE=$T/certificate.pem
elif [ "$(id -u)" -ne 0 ]; then
	set -- env
	chmod -R a-w .
else
	set --
fi
if [ $# -eq 0 ] || ! "$@" xata version >/dev/null 2>&1; then
	skip "a tree that cannot be written" "needs setpriv, or not to be root"
else
	for command in "verify" "log" "show head" "status main" "schema dump" "pull main --dry-run"; do
		# shellcheck disable=SC2086 # words
		run "$@" xata $command
		exits 0 "$command only reads"
	done
	for command in "pull main" "new $T/operations" "push main --yes"; do
		# shellcheck disable=SC2086 # words
		run "$@" xata $command
		exits 3 "$command cannot write"
		err_has "Permission denied" "and says why"
		err_has ".xata/.state" "and where"
		err_has "xata: hint: " "and what to do"
	done
	same_tree .xata/migrations "$T/before" "nothing changed"
	chmod -R u+w .
fi
done_testing
