#!/bin/sh
# Many pushers of one parent: exactly one wins, the others are told to pull, and nothing is lost.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
pushers="1 2 3 4 5 6"

# race FORMAT: all push at once; leaves the statuses in the files status.N.
race() {
	pids=
	for i in $pushers; do
		(
			cd "$T/$1-$i" || exit 1
			xata push main --yes --json >"$T/out.$i" 2>"$T/err.$i" </dev/null
			echo $? >"$T/status.$i"
		) &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
	won=$(grep -lx 0 "$T"/status.* | wc -l)
	lost=$(grep -lx 4 "$T"/status.* | wc -l)
	is "$won won, $lost lost" "1 won, 5 lost" "$1: exactly one wins, the others get status 4" ||
		diag "$(cat "$T"/err.*)"
	is "$(jq -rs '[.[] | select(.ok | not) | .error.code] | unique - ["conflict", "diverged"] | length' \
		"$T"/out.*)" 0 "$1: as a conflict, or as divergence when they came later"
	is "$(jq -rs '[.[] | select(.ok | not) | .error.hint | type] | unique | join(" ")' "$T"/out.*)" \
		string "$1: with a hint"
}

for format in v1 pgroll; do
	if [ $format = v1 ]; then
		database $format
		record() { add_table "$1"; }
	else
		database $format --postgres
		record() { create_table "$1" "$1"; }
	fi
	project $format
	record base
	push_all
	for i in $pushers; do
		clone $format "$format-$i"
		record "mine$i"
	done
	race $format
	project "$format-after"
	run xata pull main --json
	exits 0 "$format: afterwards"
	out_json '.pulled | length' 2 "the branch has the base and one more"
	winner=$(grep -lx 0 "$T"/status.* | sed 's/.*\.//')
	same_tree .xata/migrations "../$format-$winner/.xata/migrations" "which is the winner's"
	clean_ledger "and verifies"

	# The same push twice at once: one of them finds that all is there.
	clone "$format-$winner" "$format-twin"
	cd "../$format-$winner" || exit 1
	record again
	rm -rf "$T/$format-twin"
	cp -r "$T/$format-$winner" "$T/$format-twin"
	(cd "$T/$format-twin" && xata push main --yes >"$T/twin" 2>&1 </dev/null) &
	twin=$!
	xata push main --yes >"$T/mine" 2>&1 </dev/null
	mine=$?
	wait "$twin"
	is "$mine $?" "0 0" "$format: two clones with the same records both succeed" ||
		diag "$(cat "$T/twin" "$T/mine")"
done
done_testing
