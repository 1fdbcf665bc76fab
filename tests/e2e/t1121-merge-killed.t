#!/bin/sh
# xata merge, killed at system calls that change a file: the repository stays sound, the branch is
# where it was or where it should be, and the same command then finishes. The short form takes one
# call of four.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

need strace
strace -qq -o /dev/null -e inject=write:error=EIO:when=1 true 2>/dev/null ||
	skip_all "needs to be allowed to trace"
# Leaks cannot be looked for in a traced process.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

calls=openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat
calls=$calls,fchmod,chmod,ftruncate,link,linkat
step=4
[ "$LONG" = 0 ] || step=1

history shop
printf 'one\ntwo\nthree\nfour\nfive\n' >README
commit readme
quietly git checkout -q -b feature
add_table orders
sed -i 's/one/ONE/' README
commit feature
quietly git checkout -q main
add_table tags
sed -i 's/five/FIVE/' README
commit main
quietly git clone -q --bare "$T/shop" "$T/bare"
quietly git -C "$T/bare" config core.logAllRefUpdates true
cd "$T" || exit 1
old=$(git -C bare rev-parse main)
GIT_AUTHOR_DATE="1700000000 +0000" GIT_COMMITTER_DATE="1700000000 +0000"
export GIT_AUTHOR_DATE GIT_COMMITTER_DATE

# merge [WRAPPER…]: in a copy of the repository, $T/copy.
merge() {
	rm -rf copy
	cp -r bare copy
	(cd copy && exec "$@" xata merge --base main --head feature --commit --update-ref main) \
		>"$OUT" 2>"$ERR" </dev/null
}

merge strace -f -qq -y -o "$T/log" -e "trace=$calls" || bail_out "no merge: $(cat "$ERR")"
new=$(git -C copy rev-parse main)
ok "the merge works, traced" test "$new" != "$old"
is "$(git -C copy show main:README | tr '\n' ' ')" "ONE two three four FIVE " "file and all"

# The calls that change something, as "name number": the kernel's own list.
awk -v top="$T" '
	{
		name = $2
		sub(/\(.*/, "", name)
		n[name]++
		if (name == "openat" && !/O_CREAT/) next
		if ((name == "write" || name == "pwrite64") && index($3 $2, top) == 0) next
		print name, n[name]
	}' "$T/log" >"$T/points"
points=$(wc -l <"$T/points")
ok "it changes files at $points calls" test "$points" -gt 30

# check POINT: after the kill.
check() {
	at=$(git -C copy rev-parse main 2>&1)
	[ "$at" = "$old" ] || [ "$at" = "$new" ] || echo "$1: the branch is at $at"
	git -C copy fsck --strict --no-dangling >"$T/fsck" 2>&1 ||
		echo "$1: $(tr '\n' ' ' <"$T/fsck")"
	# What git leaves behind when it is killed itself, and how it says to go on.
	find copy -name '*.lock' -delete
	(cd copy && xata merge --base main --head feature --commit --update-ref main) \
		>"$OUT" 2>"$ERR" </dev/null || echo "$1: the next merge: $(cat "$ERR")"
	at=$(git -C copy rev-parse main 2>&1)
	[ "$at" = "$new" ] || echo "$1: in the end the branch is at $at"
}

killed=0
: >wrong
while read -r name number; do
	killed=$((killed + 1))
	[ $((killed % step)) -eq 0 ] || continue
	died=0
	{
		merge strace -f -qq -o /dev/null -e "trace=$name" \
			-e "inject=$name:signal=KILL:when=$number" || died=$?
	} 2>/dev/null # the shell remarks on it
	[ "$died" -gt 128 ] || echo "$name $number: not killed" >>wrong
	check "$name $number" >>wrong
done <"$T/points"
is "$(head -n 20 wrong)" "" "killed at any of them, nothing is lost and the next merge finishes"

# Every object is durable before the branch names it.
ref=$(grep -n '\(rename\|link\)[a-z0-9]*(.*refs/heads/main")' "$T/log" | head -n 1 | cut -d : -f 1)
objects=$(head -n "${ref:-0}" "$T/log" | grep -c 'O_CREAT.*/objects/')
synced=$(head -n "${ref:-0}" "$T/log" | grep -c 'fsync.*/objects/')
ok "the branch moves behind $objects objects" test "$objects" -ge 7
ok "each of which was made durable" test "$synced" -ge "$objects"
done_testing
