#!/bin/sh
# xata resolve killed before each of its changes of a file, and each of them failing: nothing is
# lost, and running it again makes what it would have made. Where the merge is given up instead, so
# is the resolution.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

history origin
quietly git checkout -q -b topic
add_column users t1
add_column users t2
commit topic
quietly git checkout -q main
add_column users m1
commit main
if git merge topic >"$TAP_DIR/git" 2>&1; then bail_out "no conflict"; fi
printf '# a line of mine\n' >>"$dir/.ledger"
cp "$dir/.ledger" "$T/mine"

# fresh: the repository in conflict, in $T/work.
fresh() {
	rm -rf "$T/work"
	{ cp -a "$T/origin" "$T/work" && cd "$T/work"; } || bail_out "no copy"
}

# state: what the index holds, and the files with what is in them.
state() {
	git ls-files -s "$dir"
	find "$dir" -type f | sort | xargs cksum
}

fresh
XATA_FAULT_COUNT=$T/count run xata resolve --upstream ours
exits 0 "resolve works"
if [ ! -s "$T/count" ]; then
	skip "faults" "needs a build with --enable-faults"
	done_testing
	exit
fi
count=$(cat "$T/count")
ok "it changes files some times" test "$count" -ge 20
state >"$T/wanted"
clean_ledger "what it makes verifies"

# kept: every file that was there, and the ledger as it was, are somewhere still.
kept() {
	cmp -s "$dir/.ledger" "$T/mine" || find .xata/backup .xata/.state -name .ledger \
		-exec cmp -s {} "$T/mine" \; -print 2>/dev/null | grep -q . || return 1
	for tap_file in "$T/origin/$dir"/*.json; do
		tap_file=${tap_file##*/}
		[ -f "$dir/$tap_file" ] || find .xata/backup .xata/.state -name "$tap_file" |
			grep -q . || return 1
	done
}

# walk FAULT: each point in turn, each behind a fresh conflict.
walk() {
	failed=
	lost=
	unfinished=
	at=0
	while [ "$at" -lt "$count" ]; do
		at=$((at + 1))
		fresh
		XATA_FAULT=$at:$1 run xata resolve --upstream ours
		[ "$status" -ne 0 ] || [ "$1" != kill ] || failed="$failed $at"
		kept || lost="$lost $at"
		run xata resolve --upstream ours
		state >"$T/got"
		[ "$status" -eq 0 ] && cmp -s "$T/got" "$T/wanted" || unfinished="$unfinished $at"
	done
	is "$lost" "" "$1: nothing is lost at any point"
	is "$unfinished" "" "and the next run finishes it"
	is "$failed" "" "each point was one"
}

walk kill
walk ENOSPC
fresh
quietly xata resolve --upstream ours
quietly git commit -q --no-edit
verifies "the commit verifies" --rev HEAD --base HEAD^1
verifies "with the files" --base HEAD

# ---- killed, and given up with "git merge --abort", which needs a ledger without marks of Git

cd "$T/origin" || bail_out "no origin"
quietly git merge --abort
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
commit "attributes"
if git merge topic >"$TAP_DIR/git" 2>&1; then bail_out "no conflict"; fi

invented=
untidy=
aborted=0
at=0
while [ "$at" -lt "$count" ]; do
	at=$((at + 1))
	fresh
	git status >"$TAP_DIR/git" # or Git would refuse what it has not looked at
	XATA_FAULT=$at:kill run xata resolve --upstream ours
	begun=no
	[ -e .xata/.state/journal.json ] && begun=yes
	# Git refuses where a file that it took from the other side has changed since.
	git merge --abort >"$TAP_DIR/git" 2>&1 || continue
	aborted=$((aborted + 1))
	run xata verify
	git diff --quiet HEAD || invented="$invented $at"
	# Behind the change there are new files that Git does not know yet: an abort leaves them.
	[ "$begun" = no ] || { [ "$status" -eq 0 ] && [ -z "$(git status --porcelain)" ]; } ||
		untidy="$untidy $at"
done
ok "a merge is given up behind some of the points" test "$aborted" -ge 20
is "$invented" "" "the next command does not bring it back"
is "$untidy" "" "nor leaves anything of what was interrupted"

done_testing
