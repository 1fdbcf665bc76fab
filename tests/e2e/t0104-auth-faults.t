#!/bin/sh
# xata auth login at every point where the power may go or the disk may be full: the credentials
# file is the old one or the new one, and nobody else can read it.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
leave_environment
mkdir -p "$HOME/.config/xata"
printf '# mine\n[other]\napiKey=xau_other\n' >before
cp before "$CREDENTIALS"
chmod 600 "$CREDENTIALS"

XATA_FAULT_COUNT=$T/count login --host "$URL" --cacert "$CA"
exits 0 "login works"
[ -s count ] || skip_rest=yes
if [ -n "${skip_rest:-}" ]; then
	skip "faults" "needs a build with --enable-faults"
	done_testing
	exit
fi
cp "$CREDENTIALS" after
count=$(cat count)
ok "it changes files some times" test "$count" -ge 2

# whole: the old file or the new one, for its owner only; and the next login works.
whole() {
	[ "$(mode_of "$CREDENTIALS")" = 600 ] || return 1
	cmp -s "$CREDENTIALS" before || cmp -s "$CREDENTIALS" after || return 1
	[ -z "$(find "$HOME/.config/xata" -type f -perm /077 ! -name lock)" ] || return 1
	login --host "$URL" --cacert "$CA" --force
	[ "$status" -eq 0 ] && cmp -s "$CREDENTIALS" after
}

bad=
for n in $(seq 1 "$count"); do
	cp before "$CREDENTIALS"
	XATA_FAULT=$n:kill login --host "$URL" --cacert "$CA"
	[ "$status" -eq 137 ] && whole && continue
	bad="$bad $n"
	show_run
done
is "$bad" "" "killed before any of them, the file is whole"

bad=
for n in $(seq 1 "$count"); do
	cp before "$CREDENTIALS"
	XATA_FAULT=$n+:ENOSPC login --host "$URL" --cacert "$CA"
	# Past the replacement only its durability can fail, which is said.
	kept=before
	! grep -q 'was replaced' "$ERR" || kept=after
	[ "$status" -eq 3 ] && grep -q '^xata: error: .*No space left' "$ERR" &&
		! grep -qF "$KEY" "$OUT" "$ERR" && cmp -s "$CREDENTIALS" $kept && whole && continue
	[ "$status" -eq 0 ] && whole && continue
	bad="$bad $n"
	show_run
done
is "$bad" "" "with a disk that fills up it says so, and the file is whole"
done_testing
