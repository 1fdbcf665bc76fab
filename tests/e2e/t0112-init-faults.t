#!/bin/sh
# xata init at every point where the power may go or the disk may be full: the next init makes the
# project whole, and what was there stays.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
database shop
project origin
add_table users
add_column users email
push_all

# fresh: a folder with files of its own.
fresh() {
	rm -rf "$T/work"
	{ mkdir "$T/work" && cd "$T/work"; } || bail_out "no folder"
	printf 'node_modules\n' >.gitignore
	printf '{"codegen":{"output":"x.ts"}}\n' >.xatarc
}

fresh
XATA_FAULT_COUNT=$T/count run xata init
exits 0 "init works"
[ -s "$T/count" ] || skip_rest=yes
if [ -n "${skip_rest:-}" ]; then
	skip "faults" "needs a build with --enable-faults"
	done_testing
	exit
fi
count=$(cat "$T/count")
ok "it changes files some times" test "$count" -ge 10
rm -rf .xata/.state
cp -r "$T/work" "$T/wanted"

# whole: what each command finds is right, and after another init all is there.
whole() {
	jq -e '.codegen.output == "x.ts"' .xatarc >/dev/null || return 1
	grep -qx node_modules .gitignore || return 1
	if [ -d .xata ]; then
		xata verify >"$OUT" 2>"$ERR" || return 1
	fi
	xata init >"$OUT" 2>"$ERR" || return 1
	intact_files=$(find .xata/migrations -mindepth 1 ! -name '*.json' ! -name .ledger)
	[ -z "$intact_files" ] || return 1
	rm -rf .xata/.state
	diff -r "$T/wanted" . >"$OUT" 2>&1
}

# The short form takes a third of the points for each; t0720 kills it at others.
step=3
enospc=2
[ "$LONG" = 0 ] || step=1 enospc=1
bad=
for n in $(seq 1 $step "$count"); do
	fresh
	status=0
	XATA_FAULT=$n:kill xata init >"$OUT" 2>"$ERR" || status=$?
	[ "$status" -eq 137 ] && whole && continue
	bad="$bad $n"
	show_run
done
is "$bad" "" "killed before them, the next init makes the project whole"

bad=
for n in $(seq $enospc $step "$count"); do
	fresh
	status=0
	XATA_FAULT=$n+:ENOSPC xata init >"$OUT" 2>"$ERR" || status=$?
	[ "$status" -eq 3 ] && grep -q '^xata: error: .*No space left' "$ERR" && whole && continue
	[ "$status" -eq 0 ] && whole && continue
	bad="$bad $n"
	show_run
done
is "$bad" "" "with a disk that fills up it says so, and the next init works"
done_testing
