#!/bin/sh
# xata resolve for patches of other records: without checksums, behind one that is needed and was
# skipped, and of schema branches.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# ---- records without checksum, in a folder whose name Git quotes in patches

odd=$(printf 'a "sch\303\251ma"\\\t[x] *')

# unsealed NAME: takes the checksum out of it.
unsealed() {
	jq --indent 2 'del(.chainChecksum)' "$dir/$1.json" >"$T/sum" || bail_out "no $1"
	cp "$T/sum" "$dir/$1.json"
}

repository unsealed "$odd"
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
create_table base users
commit base
quietly git checkout -q -b topic
for n in 1 2 3 4; do
	pgroll_column "p$n" "c$n"
	[ "$n" = 4 ] || unsealed "p$n"
	commit "p$n"
done
quietly git format-patch -4 topic -o "$T/unsealed.d"
quietly git checkout -q main
pgroll_column up1 one
commit up
conflicted am "$T/unsealed.d"/*.patch
run xata resolve
exits 1 "what Git did not apply there"
err_has "record \"p1\" is not in the Git index" "is recognised in the patch"
quietly git am --abort
conflicted am -3 "$T/unsealed.d"/*.patch
for n in 1 2; do
	quietly xata resolve
	conflicted am --continue
done
quietly xata resolve
quietly git am --continue
finds wrong_checksum p4.json "behind unsealed records the fourth is wrong, too"
before=$(cksum "$dir/p3.json")
run xata resolve
exits 0 "a sealed record behind them is resolved"
xata verify --json >"$OUT" 2>/dev/null
out_json '[.findings[].kind] | unique' '["unsealed"]' "the chain holds"
is "$(cksum "$dir/p3.json")" "$before" "and these are as they were"

# ---- one that builds on what was skipped

repository needs
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
create_table base users
commit base
quietly git checkout -q -b topic
create_table made made
commit made
add '[{"add_column":{"table":"made","column":{"name":"c","type":"text","nullable":true}}}]' --name used
commit used
quietly git format-patch -2 topic -o "$T/needs.d"
quietly git checkout -q main
pgroll_column up up
commit up
conflicted am -3 "$T/needs.d"/*.patch
conflicted am --skip
git ls-files -s "$dir" >"$T/before"
run xata resolve
ok "what builds on the skipped record is refused" test "$status" -ne 0
err_has "used" "and named"
git ls-files -s "$dir" >"$T/after"
same_file "$T/after" "$T/before" "nothing is changed"

# ---- schema branches: the names change, so that Git stops each time

history v1
quietly git checkout -q -b topic
for n in 1 2 3 4 5; do
	add_column users "c$n"
	commit "p$n"
done
quietly git format-patch -5 topic -o "$T/v1.d"
quietly git checkout -q main
add_column users up
commit up
conflicted am -3 "$T/v1.d"/*.patch
for n in 1 2 3 4 5; do
	quietly xata resolve
	[ "$n" = 5 ] || conflicted am --continue
done
quietly git am --continue
clean_ledger "Git stops at each patch of a schema branch"
is "$(columns)" "users email nick up c1 c2 c3 c4 c5" "and all are there"

# ---- a project whose folder was renamed since

repository renamed was
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
create_table base users
pgroll_column second one
commit base
quietly git checkout -q -b topic
for n in 1 2; do
	pgroll_column "p$n" "c$n"
	commit "p$n"
done
quietly git format-patch -2 topic -o "$T/renamed.d"
quietly git checkout -q main
quietly git -C "$T/renamed" mv was is
cd "$T/renamed/is" || exit 1
pgroll_column up1 two
commit up
conflicted am -3 "$T/renamed.d"/*.patch
for n in 1 2; do
	run xata resolve
	exits 0 "patch $n is resolved where the project is now"
	left=":(top,literal)was/$dir/p$n.json"
	err_has "\"git rm -f '$left'\" removes it" "what Git left where it was can go"
	quietly git rm -f "$left"
	verifies "and the index verifies" --staged
	git am --continue >"$TAP_DIR/git" 2>&1
done
nok "the series is applied" test -d ../.git/rebase-apply
is "$(tr '\n' ' ' <"$dir/.ledger")" "base second up1 p1 p2 " "in its order"
verifies "each record in the chain" --base HEAD~3
is "$(git -C .. status --porcelain)$(git -C .. ls-files was)" "" "and nothing is left over"

quietly git checkout -q -b renamed main~2
for n in 1 2 3 4 5 6 7 8; do
	pgroll_column "long_name_of_a_record_$n" "l$n"
done
commit long
conflicted am -3 "$T/renamed.d"/*.patch
run xata resolve
exits 1 "where Git does not know the ledger again"
err_has 'Git left the patch at hand in "was"' "it is said where the patch is"
err_has '"git am --abort"' "and what to do"

done_testing
