#!/bin/sh
# kill -9 at arbitrary moments of a rebase and of a squash of many records: the history is the old
# one or the new one, the next command needs no help, and no record is lost. What is given up in Git
# after that does not come back.
# What counts is when it is killed, not how long a disk takes.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"
need python3

dir=.xata/migrations
records=150
rounds=12
[ "$LONG" = 0 ] || rounds=120

# made FORMAT: $T/FORMAT, a repository on whose branch "theirs" there are records that the working
# tree lacks, and in the working tree many that the branch lacks.
made() {
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$abs_top_srcdir/tests/lib python3 - "$1" "$T" "$records" <<'END' || bail_out "no histories"
import sys
import records
form, top, many = sys.argv[1], sys.argv[2], int(sys.argv[3])
base = records.history(form, 5)
for name, start, count in (("theirs", 1000, 20), ("mine", 2000, many)):
    chain = list(base)
    for number in range(start, start + count):
        chain.append(records.MAKE[form](number, chain[-1]))
    records.write_ledger("%s/%s-%s" % (top, form, name), chain)
END
	cd "$T/$1-theirs" || exit 1
	git_init . && commit "theirs"
	mv .git "$T/$1-mine/.git"
	cd "$T/$1-mine" || exit 1
	quietly git symbolic-ref HEAD refs/heads/mine
	git branch -q theirs main
	commit "mine"
}

# whole: what is wrong with the project after a kill; nothing when all is well. old and new: the
# histories as folders.
whole() {
	xata verify >"$T/said" 2>&1 || echo "verify: $(cat "$T/said")"
	if diff -r $dir "$T/old" >/dev/null; then
		ended_old=$((ended_old + 1))
	elif diff -r $dir "$T/new" >/dev/null; then
		ended_new=$((ended_new + 1))
	else
		echo "neither the old nor the new history"
	fi
	for folder in .xata/backup/2*; do
		[ -d "$folder" ] || continue
		for file in "$folder"/*.json; do
			cmp -s "$file" "$T/old/${file##*/}" || echo "the backup has another $file"
		done
	done
}

# What a reader may leave, a writer clears away.
tidy() {
	for left in .xata/.state/stage-* .xata/.state/journal.json; do
		[ ! -e "$left" ] || echo "lies about: $left"
	done
}

# killed FORMAT COMMAND…: the command is killed at moments spread over the time that it takes.
killed() {
	format=$1
	shift
	rm -rf "$T/old" "$T/new" "$T/run"
	cp -r "$T/$format-mine/$dir" "$T/old"
	cp -r "$T/$format-mine" "$T/run" && cd "$T/run" || exit 1
	start=$(date +%s%N)
	quietly "$@"
	took=$((($(date +%s%N) - start) / 1000))
	cp -r $dir "$T/new"
	ended_old=0 ended_new=0 stopped=0
	: >"$T/wrong"
	round=0
	while [ "$round" -lt "$rounds" ]; do
		round=$((round + 1))
		cd "$T" && rm -rf run && cp -r "$format-mine" run && cd run || exit 1
		delay=$((took * round / (rounds + 1)))
		seconds=$(printf '%d.%06d' $((delay / 1000000)) $((delay % 1000000)))
		(timeout -s KILL "$seconds" "$@" >"$T/said" 2>&1) 2>/dev/null && continue
		stopped=$((stopped + 1))
		whole >>"$T/wrong"
		"$@" >"$T/said" 2>&1 || echo "again: $(cat "$T/said")" >>"$T/wrong"
		{ diff -r $dir "$T/new" && tidy; } >>"$T/wrong"
	done
	is "$(cat "$T/wrong")" "" "$format: $2 killed at $rounds moments: old or new, and whole"
	ok "it was killed" test "$stopped" -gt 0
	diag "$format $2: killed $stopped times, $ended_old old and $ended_new new"
}

for format in v1 pgroll; do
	made "$format"
	killed "$format" xata rebase --onto theirs
	killed "$format" xata squash --since "$(sed -n 5p $dir/.ledger)"
done

# ---- killed at each change of a file, and given up in Git

history origin
quietly git branch none "$(git commit-tree -m none "$(git hash-object -w -t tree /dev/null)")"
quietly git checkout -q -b theirs
add_column users theirs
commit theirs
quietly git checkout -q main
add_column users mine
commit mine
quietly git branch side

# given_up COUNT COMMAND…: points at which the ledger is not as Git has left it after this command.
given_up() {
	count=$1
	shift
	wrong=
	at=0
	while [ "$at" -lt "$count" ]; do
		at=$((at + 1))
		rm -rf "$T/work"
		{ cp -a "$T/origin" "$T/work" && cd "$T/work"; } || bail_out "no copy"
		XATA_FAULT=$at:kill run xata rebase --onto theirs
		quietly "$@"
		cp $dir/.ledger "$T/left"
		run xata log
		[ "$status" -eq 0 ] && cmp -s $dir/.ledger "$T/left" || wrong="$wrong $at"
		[ "$2" = checkout ] || cmp -s $dir/.ledger "$T/old" || wrong="$wrong $at"
		[ "$2" != stash ] || [ -z "$(git status --porcelain)" ] || wrong="$wrong $at"
	done
	is "$wrong" "" "killed at each of $count points, then \"$*\": nothing comes back"
}

# given_up_whole COUNT: the same, where the branch that is taken instead has no project at all.
given_up_whole() {
	wrong=
	met=0
	at=$(($1 / 2))
	while [ "$at" -lt "$1" ]; do
		at=$((at + 1))
		rm -rf "$T/work"
		{ cp -a "$T/origin" "$T/work" && cd "$T/work"; } || bail_out "no copy"
		XATA_FAULT=$at:kill run xata rebase --onto theirs
		quietly git checkout -q -f none
		[ -e .xata/.state/journal.json ] || continue
		met=$((met + 1))
		run xata log
		[ "$status" -eq 0 ] && [ "$(ls -A $dir)" = "" ] || wrong="$wrong $at"
		quietly git checkout -q -f main
		run xata verify
		[ "$status" -eq 0 ] && cmp -s $dir/.ledger "$T/old" || wrong="$wrong $at"
	done
	is "$wrong" "" "nor on a branch without a ledger"
	ok "which was met" test "$met" -gt 3
}

rm -rf "$T/old" "$T/work"
cp $dir/.ledger "$T/old"
{ cp -a "$T/origin" "$T/work" && cd "$T/work"; } || bail_out "no copy"
XATA_FAULT_COUNT=$T/count quietly xata rebase --onto theirs
if [ -s "$T/count" ]; then
	count=$(cat "$T/count")
	given_up "$count" git reset -q --hard
	given_up "$count" git stash -q -u
	given_up "$count" git checkout -q side
	given_up_whole "$count"
else
	skip "given up in Git" "needs a build with --enable-faults"
fi
done_testing
