#!/bin/sh
# xata resolve where Git stops too late: from the fourth patch of a series on, the lines of .ledger
# around the new one are the series' own, so that "git am" and "git rebase --apply" apply it, with
# the checksum that it had before the others were put behind upstream's records.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

copy_of() {
	[ ! -e "$T/$2" ] || rm -rf "${T:?}/$2"
	{ cp -a "$T/$1" "$T/$2" && cd "$T/$2"; } || bail_out "no copy"
}

# One common record; on topic six commits with one each, p1 to p6, whose patches lie in $T/series.d;
# on main, which is checked out, up1 and up2.
repository series
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
create_table base users
echo notes >notes
commit base
quietly git checkout -q -b topic
for n in 1 2 3 4 5 6; do
	pgroll_column "p$n" "c$n"
	commit "p$n"
done
quietly git format-patch -6 topic -o "$T/series.d"
quietly git checkout -q main
pgroll_column up1 one
pgroll_column up2 two
commit up
quietly git repack -a -d -q # few files are copied faster
rm -f .git/hooks/*.sample

# series NAME: a copy of it.
series() { copy_of series "$1"; }

# three COMMAND…: resolves the three patches that Git stops at.
three() {
	for patch in first second third; do
		quietly xata resolve
		[ "$patch" = third ] || conflicted "$@" --continue
	done
	quietly git -c core.editor=true "$@" --continue
}

# state: what the index holds, and the files with what is in them.
state() {
	git ls-files -s "$dir"
	find "$dir" -type f -exec cksum {} + | sort
}

# refused STATUS TEXT DESCRIPTION: resolve fails, says so, and changes nothing.
refused() {
	state >"$T/before"
	run xata resolve
	exits "$1" "$3"
	err_has "$2" "which is said"
	state >"$T/after"
	same_file "$T/after" "$T/before" "and nothing is changed"
}

# each_verifies COUNT DESCRIPTION: so do the last COUNT commits.
each_verifies() {
	bad=
	for commit in $(git rev-list -n "$1" HEAD); do
		xata verify --quiet --rev "$commit" >/dev/null 2>&1 || bad="$bad $commit"
	done
	is "$bad" "" "$2"
}

all="base up1 up2 p1 p2 p3 p4 p5 p6 "

# ---- after git am

series mail
cp -a "$T/mail" "$T/origin"
conflicted am -3 "$T/series.d"/*.patch
three am
is "$(names | tr '\n' ' ')" "$all" "Git stops at three patches and applies the others"
finds wrong_checksum p4.json "and the chain is broken at the fourth"
out_json '[.findings[].remedy | test("^\"xata resolve\" mends it after \"git am\"")]' '[true]' \
	"with the way out"
cp -a "$T/mail" "$T/broken"
quietly git -C "$T/broken" repack -a -d -q
state >"$T/before"
run xata resolve --dry-run
exits 0 "resolve finds how"
out_has "Would take 3 records into the chain again" "and says what it would do"
state >"$T/after"
same_file "$T/after" "$T/before" "a dry run changes nothing"
run xata resolve --json
exits 0 "and does it"
out_json '[.resolved, .operation, .upstream, .reason]' '[true,"none",null,"chain"]' \
	"nothing is under way any more"
out_json '[.moved[] | [.from, .record.name]]' '[["p4","p4"],["p5","p5"],["p6","p6"]]' \
	"of records that keep their names"
out_json '[.first, .already, .dropped, .kept, .inConflict]' '[[],[],[],[],[]]' "and no others"
backup=$(jq -r .backup "$OUT")
same_file "$backup/p4.json" "$T/broken/$dir/p4.json" "the backup has them as they were"
clean_ledger "the files verify"
intact "and are all there"
is "$(names | tr '\n' ' ')" "$all" "in the same order"
is "$(git diff --cached --name-only | tr '\n' ' ')" "$dir/p4.json $dir/p5.json $dir/p6.json " \
	"just these files are staged"
is "$(git status --porcelain "$dir" | cut -c2 | tr -d ' \n')" "" "and the files are the same"
run git commit -q -m mended
exits 0 "the commit can be made"
verifies "and only appends to what upstream has" --rev HEAD --base "HEAD~7"
run xata resolve
out_has "Nothing to resolve" "then nothing is left to do"
cp "$dir/p6.json" "$T/p6"
cd "$T/origin" || bail_out "no origin"
quietly git checkout -q topic
conflicted rebase --merge main
for n in 1 2 3 4 5; do
	quietly xata resolve
	conflicted -c core.editor=true rebase --continue
done
quietly xata resolve
quietly git -c core.editor=true rebase --continue
same_file "$dir/p6.json" "$T/p6" "a rebase that stops at each gives the same, to the byte"

# ---- what is not that

copy_of broken edited
sed -i 's/"c4"/"x4"/' "$dir/p4.json"
quietly git add -A .xata
refused 1 "p4.json: record \"p4\" was edited after it was made, or made behind records" \
	"a record that was edited gets no new checksum"
copy_of broken edited
sed -i 's/"c5"/"x5"/' "$dir/p5.json"
quietly git add -A .xata
refused 1 "p5.json: record \"p5\" was edited" "of several that one is named which was edited"
copy_of broken edited
sed -i 's/"c2"/"x2"/' "$dir/p2.json"
quietly git add -A .xata
refused 1 "p2.json: record \"p2\" was edited" "nor does one before them"
copy_of broken edited
echo more >>"$dir/.ledger"
refused 1 "another ledger than the Git index" "what is only in the files is not lost"
err_has "git restore .xata/migrations" "it says how to go on"
copy_of broken edited
quietly rm "$dir/p5.json"
quietly git add -A .xata
refused 1 "p4.json" "a file that is missing is another matter"

# Once more: what was made behind p6 as it was goes behind p6 as it is, and something else.
cd "$T/mail" || bail_out "no mail"
quietly git checkout -q topic
for n in 7 8 9 10; do
	pgroll_column "p$n" "c$n"
	commit "p$n"
done
quietly git format-patch -4 topic -o "$T/more.d"
quietly git checkout -q main
pgroll_column up3 three
commit up3
quietly git clone -q --no-local --single-branch -b main "$T/mail" "$T/fresh"
cd "$T/fresh" || bail_out "no clone"
conflicted am -3 "$T/more.d"/*.patch
ok "a clone lacks what the patches were made on" grep -q "sha1 information is lacking" "$TAP_DIR/git"
refused 1 "did not apply the patch at hand: its record \"p7\" is not in the Git index" \
	"what Git could not apply is not taken for resolved"
err_has "git am --abort" "it says how to go back"
err_has "fetch the series as a branch" "and how to go on"
err_has "goes on without the record." "to the end of the hint"
quietly git am --abort
conflicted am "$T/more.d"/*.patch
refused 1 "record \"p7\" is not in the Git index" "so is git am without -3"
err_has "\"git am -3\"" "which is named"
quietly git am --abort
cd "$T/mail" || bail_out "no mail"
conflicted am -3 "$T/more.d"/*.patch
three am
finds wrong_checksum p10.json "of a second series the fourth is wrong, too"
run xata resolve
exits 0 "and resolved, though others came in between at two places"
clean_ledger "the chain holds"
is "$(names | tr '\n' ' ')" "${all}up3 p7 p8 p9 p10 " "in order"

# The same as upstream's, which Git could not see.
series meaning
pgroll_column up3 c5
commit up3
conflicted am -3 "$T/series.d"/*.patch
three am
state >"$T/before"
run xata resolve --json
exits 4 "conflicts are decided by meaning"
out_json '[.conflicts[] | [.kind, .theirs.record, .ours.record]]' '[["added_twice","up3","p5"]]' \
	"and name both records"
state >"$T/after"
same_file "$T/after" "$T/before" "nothing is changed then"

# ---- git rebase --apply

series rebase
quietly git checkout -q topic
conflicted rebase --apply main
three rebase
finds wrong_checksum p4.json "git rebase --apply does the same"
run xata resolve
exits 0 "and is resolved"
out_has "Took 3 records into the chain again" "in the same way"
clean_ledger "the chain holds"

# ---- a patch is skipped

series skip
start=$(git rev-parse HEAD)
conflicted am -3 "$T/series.d"/*.patch
conflicted am --skip
run xata resolve --json
exits 0 "the patch behind a skipped one is resolved"
out_json '[[.moved[].from], .dropped]' '[["p2"],["p1"]]' "without the record that it lacks"
err_has 'made behind "p1", which is not here' "with a warning"
err_has "edited since cannot be checked" "of what that means"
settled() { is "$(xata verify --staged 2>&1 | tail -n 1)" "$1" "$2"; }
settled "1 record verified, head p2; the 3 before are as in HEAD." "the index verifies"
conflicted am --continue
run xata resolve
exits 0 "so is the next"
out_has "p2  is upstream already" "which knows the one before"
conflicted am --continue
quietly xata resolve
clean_ledger "the chain holds"
quietly git am --continue
is "$(names | tr '\n' ' ')" "base up1 up2 p2 p3 p4 p5 p6 " "Git applies the last two by itself"
refused 1 "p5.json: record \"p5\" was edited after it was made" \
	"what was made behind the skipped one cannot be told from an edited record"
err_has "git reset --keep ORIG_HEAD" "it says how to go back"
err_has "xata-resolve(1)" "and where it says how to go on"
echo more >>notes
quietly git reset -q --keep ORIG_HEAD
is "$(git rev-parse HEAD)" "$start" "that is where it began"
is "$(git status --porcelain --untracked-files=no)" " M notes" "without what else was edited being lost"
quietly git checkout -q notes
made_on=$(sed -n '/^--- .*\.ledger/{x;s/^index \(.*\)\.\..*/\1/p;q;};h' "$T/series.d"/0001*)
made_on=$(git log --format=%h --find-object="$made_on" -- "$dir/.ledger" | tail -n 1)
is "$made_on" "$(git rev-parse --short HEAD^)" "the first patch tells on which commit it was made"
quietly git switch -q -c series "$made_on"
quietly git am "$T/series.d"/*.patch
conflicted -c sequence.editor="sed -i '/ p1$/d'" rebase -i main
for n in 1 2 3 4; do
	quietly xata resolve
	conflicted -c core.editor=true rebase --continue
done
quietly xata resolve
quietly git -c core.editor=true rebase --continue
quietly git switch -q main
quietly git merge -q --ff-only series
clean_ledger "applied where they were made and rebased, the chain holds"
is "$(names | tr '\n' ' ')" "base up1 up2 p2 p3 p4 p5 p6 " "with all that was not dropped"

series middle
conflicted am -3 "$T/series.d"/*.patch
quietly xata resolve
conflicted am --continue
conflicted am --skip
run xata resolve
exits 0 "a patch in the middle can be skipped as well"
is "$(names | tr '\n' ' ')" "base up1 up2 p1 p3 " "its record is not there"
clean_ledger "the chain holds"
quietly git am --abort

# ---- a later stop, for another reason, on top of a broken chain

series late
quietly git checkout -q topic
echo topic >text
pgroll_column p7 c7
commit p7
quietly git format-patch -7 topic -o "$T/seven.d"
quietly git checkout -q main
echo main >text
commit text
conflicted am -3 "$T/seven.d"/*.patch
for n in 1 2 3; do
	quietly xata resolve
	conflicted am --continue
done
refused 3 "record \"p4\" was changed: its checksum is wrong" "nothing goes on top of a broken chain"
err_has "chain of HEAD itself is broken" "it says where the chain is broken"
err_has "git am --abort" "and how to go back"
quietly git am --abort

# ---- with the hook, Git stops at each patch

# Still in late: the seventh patch is in conflict in a text.
quietly xata hook install
conflicted am -3 "$T/seven.d"/*.patch
for n in 1 2 3; do
	quietly xata resolve
	conflicted am --continue
done
is "$(git ls-files -u)$(git diff --name-only)" "" "at the fourth nothing is in conflict"
ok "but the hook says what is wrong" grep -q "p4.json.*edited after" "$TAP_DIR/git"
ok "and how to go on" grep -q '"xata resolve" mends it after "git am"' "$TAP_DIR/git"
run xata resolve --json
exits 0 "that is resolved at once"
out_json '[.operation, .reason, [.moved[].from]]' '["am","chain",["p4"]]' "for the patch at hand"
run xata resolve
out_has "Nothing to resolve" "then there is no more to do"
conflicted am --continue
run xata resolve
exits 0 "the next one goes the same way"
out_has "git am --continue" "it says how to go on"
conflicted am --continue
quietly xata resolve
conflicted am --continue
is "$(jq -r .chainChecksum "$dir/p6.json")" "$(jq -r .chainChecksum "$T/p6")" \
	"with the chain that one resolve at the end gives"
quietly xata resolve
echo both >text
quietly git add text
quietly git am --continue
is "$(names | tr '\n' ' ')" "${all}p7 " "all are there, in order, where another file stopped it, too"
each_verifies 8 "and each commit verifies"

series hook-rebase
quietly xata hook install
quietly git checkout -q -b five topic~1
conflicted rebase --apply main
for n in 1 2 3 4 5; do
	quietly xata resolve
	[ "$n" = 5 ] || conflicted rebase --continue
done
quietly git -c core.editor=true rebase --continue
is "$(names | tr '\n' ' ')" "${all%p6 }" "git rebase --apply stops at each, too"
each_verifies 6 "and each commit verifies"

# ---- killed

copy_of broken work
XATA_FAULT_COUNT=$T/count run xata resolve
exits 0 "resolve works"
git ls-files -s "$dir" >"$T/wanted"
cp -r "$dir" "$T/wanted.d"

# finished: index and files are what they are to be; kept: a backup has the former ones.
finished() {
	git ls-files -s "$dir" | cmp -s - "$T/wanted" &&
		diff -r "$dir" "$T/wanted.d" >/dev/null
}
kept() {
	for tap_file in .xata/backup/*/p4.json; do
		cmp -s "$tap_file" "$T/broken/$dir/p4.json" && return
	done
	return 1
}

if [ -s "$T/count" ]; then
	count=$(cat "$T/count")
	unfinished=
	at=0
	while [ "$at" -lt "$count" ]; do
		at=$((at + 1))
		copy_of broken "work$at" # which costs less than making room for it
		XATA_FAULT=$at:kill xata resolve >/dev/null 2>&1
		xata resolve >/dev/null 2>&1 || unfinished="$unfinished status:$at"
		finished || unfinished="$unfinished $at"
		kept || unfinished="$unfinished backup:$at"
	done 2>/dev/null # where the shell says who was killed
	is "$unfinished" "" "killed anywhere, the next run finishes it, and a backup has the former files"
else
	skip "faults" "needs a build with --enable-faults"
fi

done_testing
