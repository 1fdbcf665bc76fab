# shellcheck shell=sh disable=SC2086 # $command is words
# Walks a command through the failure of each of its changes of a file (base/fault.h); sourced
# behind project.sh, with an endpoint running.

XATA_FAULT_COUNT=$T/count xata version >/dev/null
[ -f "$T/count" ] || skip_all "needs a build with --enable-faults"

dir=.xata/migrations
start_xatad

# ---- the stories: a project before each command, and what it is to be afterwards

database shop
project origin
add_table base
push_all
clone origin behind
cd ../origin || exit 1
add_table there1
add_table there2
push_all
clone behind diverged
add_table mine
clone origin ahead
project empty

database blog --postgres
project unsealed
create_table 01_posts posts
create_table 02_tags tags
for name in 01_posts 02_tags; do
	jq 'del(.chainChecksum)' $dir/$name.json >x && mv x $dir/$name.json
done
use_database shop
printf '[{"addTable":{"table":"new"}}]\n' >"$T/operations"

complain() {
	diag "fault $n:$kind of: $command: $*"
	diag "$(cat "$T/fault.err")"
	good=false
}

# state: "old" or "new", as the bytes of the history say; "broken" when neither or not whole. A
# record that was made anew each time is new when there is one more.
state() {
	if ! xata verify >"$T/verify" 2>&1; then
		echo broken
	elif [ ! -d "$T/$from/$dir" ] && [ "$(find $dir -type f -size +0 2>/dev/null | wc -l)" -eq 0 ]; then
		echo old
	elif diff -r "$T/$from/$dir" $dir >/dev/null 2>&1; then
		echo old
	elif [ "$to" = one-more ]; then
		[ "$(names | wc -l)" -eq $(($(wc -l <"$T/$from/$dir/.ledger") + 1)) ] && echo new
	elif diff -r "$to" $dir >/dev/null 2>&1; then
		echo new
	else
		echo broken
	fi
}

# stray: what lies about: in the migrations what no line names, and stages of dead commands.
stray() {
	find $dir -mindepth 1 ! -name .ledger | sed 's,.*/,,; s,\.json$,,' | sort >"$T/there"
	sort $dir/.ledger | comm -13 - "$T/there"
	find .xata/.state -mindepth 1 ! -name lock ! -name .gitignore ! -name tracking.json
	find .xata -name '.xata-tmp-*'
}

# check_round: what is left behind is whole, and the command works when it is run again.
check_round() {
	now=$(state)
	case $now in
	old | new) ;;
	*)
		complain "the history is neither the old nor the new one"
		return
		;;
	esac
	[ "$ended" -ne 0 ] || [ "$now" = new ] || complain "it claims to be done, but is not"
	if [ "$now" = old ] || [ "$to" != one-more ]; then
		xata $command >"$T/again" 2>&1 || complain "again: $(cat "$T/again")"
	else
		xata pull main >"$T/again" 2>&1 # another writer: finds divergence, and cleans up
	fi
	if [ "$to" = one-more ]; then
		[ "$(state)" = new ] || complain "run again, it does not reach the new state"
	elif ! diff -r "$to" $dir >/dev/null; then
		complain "run again, it does not reach the new state"
	fi
	[ -z "$(stray)" ] || complain "stray files: $(stray)"
}

# walk KIND FROM TO COMMAND…: every file call of the command fails in this way, one after the other;
# every $stride-th when that is set.
walk() {
	kind=$1 from=$2 to=$3
	shift 3
	command=$*
	good=true
	n=0
	while [ "$n" -lt 300 ]; do
		n=$((n + ${stride:-1}))
		rm -rf "$T/round" "$T/count"
		clone "$from" round
		ended=0
		XATA_FAULT_COUNT=$T/count XATA_FAULT=$n:$kind xata $command \
			>"$T/fault.out" 2>"$T/fault.err" </dev/null || ended=$?
		case $kind-$ended in
		kill-137) ;;
		kill-0) break ;;
		*-0 | *-3) ;;
		*) complain "status $ended" ;;
		esac
		[ "$kind-$ended" != ENOSPC-3 ] || grep -q 'xata: error: ' "$T/fault.err" ||
			complain "no message"
		check_round
		$good || break
		if [ "$kind" != kill ] && [ "$(cat "$T/count")" -lt "$n" ]; then break; fi
	done
	[ "$n" -gt 5 ] || complain "only $n places to fail at"
	ok "$command: $kind at each of its changes ($n) leaves the old or the new history" $good
}

cp -r "$T/unsealed" "$T/sealed"
{ cd "$T/sealed" && quietly xata seal; } || exit 1
