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

# ---- killed, and given up with what Git has for that

cd "$T/origin" || bail_out "no origin"
quietly git merge --abort
first=1

# giving_up WHAT COMMAND…: from the point on at which the change is begun.
giving_up() {
	tap_what=$1
	shift
	invented=
	untidy=
	stuck=
	begun=0
	at=$((first - 1))
	while [ "$at" -lt "$count" ]; do
		at=$((at + 1))
		fresh
		git status >"$TAP_DIR/git" # or Git would refuse what it has not looked at
		XATA_FAULT=$at:kill run xata resolve --upstream ours
		[ "$status" -ne 0 ] || break
		under_way=no
		[ ! -e .xata/.state/journal.json ] || under_way=yes
		[ "$under_way" = no ] || begun=$((begun + 1))
		[ "$begun" -gt 0 ] || continue
		[ "$first" -gt 1 ] || first=$at
		# Git refuses where a file that it took from the other side has changed since.
		if ! git "$@" >"$TAP_DIR/git" 2>&1; then
			run xata verify
			if ! grep -q "^Discarded" "$ERR"; then
				grep -q "^Finished" "$ERR" && ! grep -q 'Run "xata resolve" again' "$ERR" &&
					stuck="$stuck $at:unsaid"
				quietly xata resolve --upstream ours
			fi
			git "$@" >"$TAP_DIR/git" 2>&1 || stuck="$stuck $at"
		fi
		run xata verify
		git diff --quiet HEAD || invented="$invented $at"
		# Behind the change there are new files that Git does not know yet: an abort leaves them.
		[ "$under_way" = no ] || { [ "$status" -eq 0 ] && [ -z "$(git status --porcelain)" ]; } ||
			untidy="$untidy $at"
	done
	ok "$tap_what: a change is given up behind some of the points" test "$begun" -ge 10
	is "$stuck" "" "Git refuses that no more behind the next command"
	is "$invented" "" "which does not bring the change back"
	is "$untidy" "" "nor leaves anything of it"
}

# Git puts its marks into the ledger, which is neither side's then, and takes them out again.
if git merge topic >"$TAP_DIR/git" 2>&1; then bail_out "no conflict"; fi
giving_up "a ledger with marks" merge --abort

cd "$T/origin" || bail_out "no origin"
quietly git merge --abort
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
commit "attributes"
if git merge topic >"$TAP_DIR/git" 2>&1; then bail_out "no conflict"; fi
giving_up "a ledger without" merge --abort

# It becomes that of the branch again, which is neither the one of main nor the result.
cd "$T/origin" || bail_out "no origin"
quietly git merge --abort
quietly git checkout -q topic
if git rebase main >"$TAP_DIR/git" 2>&1; then bail_out "no conflict"; fi
giving_up "a rebase" rebase --abort

done_testing
