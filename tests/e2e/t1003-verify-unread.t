#!/bin/sh
# What xata verify tells from Git's ids without reading it: that nothing is read, and that what it
# says is what it says where everything has to be read.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# lose REV: takes that object away.
lose() {
	lost=$(git rev-parse "$1")
	rm -f ".git/objects/${lost%"${lost#??}"}/${lost#??}"
}

# ---- nothing is read whose length is that of the history

history unread
add_column users phone
quietly git add -A
lose "HEAD:$dir/.ledger"
lose ":$dir/.ledger"
lose "HEAD:$dir/$one.json"
lose "HEAD:$dir/$two.json"
run xata verify --staged --json
exits 0 "a staged record is checked without the ledgers and the older records"
out_json '[.records, .unchanged, .base, .head]' "[1,3,\"HEAD\",\"$added\"]" "and they are as in HEAD"
run xata verify --staged --base HEAD --json
exits 0 "that it was only appended, too"
out_json '[.records, .unchanged]' '[1,3]' "is told without them"
run xata verify --staged --full
exits 3 "--full does need them"
echo >>"$dir/.ledger"
run xata verify --staged
exits 3 "the staged ledger is read from Git when the file has another content"
err_has "lacks the object" "which is said when it is not there"

history pushed
git_clone pushed bare.git --bare
add_column users phone
commit four
lose "HEAD~1:$dir/.ledger"
verifies "between two commits the earlier ledger is not read either" --rev HEAD --base HEAD~1

# ---- a repository that has a link among its records, so that all is read, and one that has not

history told
(cd "$T" && cp -r told read)
cd "$T/read" || exit 1
ln -s nowhere "$dir/zz-link"
commit link
cd "$T/told" || exit 1
commit nothing
clone told more
add_column users phone
four=$added
add_column users fax
five=$added

# both COMMAND: in each of the repositories.
both() {
	for in in told read; do
		cd "$T/$in" || exit 1
		eval "$1" >"$TAP_DIR/both" 2>&1 || bail_out "failed in $in: $1: $(cat "$TAP_DIR/both")"
	done
}

# alike DESCRIPTION KINDS: both say the same of what is staged, and this is found.
alike() {
	for in in told read; do
		cd "$T/$in" || exit 1
		for options in "--strict" "--base HEAD" "--base HEAD~1" "--full" ""; do
			# shellcheck disable=SC2086 # words
			run xata verify --staged --json $options
			{ echo "$options: $status" && cat "$OUT"; } >>"$T/said-$in"
		done
	done
	same_file "$T/said-told" "$T/said-read" "$1: the same is said"
	out_json '[.findings[].kind] | unique | join(" ")' "$2" "which is this"
	rm "$T/said-told" "$T/said-read"
	both "git reset -q --hard; git clean -qfd"
}

take() { cp "$T/more/$dir/.ledger" "$T/more/$dir/$four.json" "$T/more/$dir/$five.json" "$dir/"; }

alike "nothing staged" ""
both "take; git add -A"
alike "two new records" ""
both "take; git add -A; echo x >> $dir/.ledger"
alike "a ledger that was edited after it was staged" ""
both "take; git add -A; git commit -qm new; git reset -q --soft HEAD~1"
alike "a commit taken back" ""
both "take; git add -A; git commit -qm new"
alike "two new records behind the base" ""
both "git reset -q --hard HEAD~1; sed -i s/email/mail/ $dir/$two.json; git add -A"
alike "an edited record" "wrong_checksum"
both "take; sed -i s/email/mail/ $dir/$two.json; git add -A"
alike "an edited record and new ones" "wrong_checksum"
both "take; sed -i s/fax/tax/ $dir/$five.json; git add -A"
alike "an edited new record" "wrong_checksum"
both "take; git add -A; git rm -q --cached $dir/$four.json"
alike "a missing new record" "missing_file"
both "take; git add -A; git rm -q --cached $dir/$two.json"
alike "a missing old record" "missing_file"
both "take; git add $dir/$four.json $dir/$five.json"
alike "records without their lines" "extra_file"
both "take; git add $dir/.ledger $dir/$four.json"
alike "a line without its record" "missing_file"
both "take; sed -i '1{h;d};2G' $dir/.ledger; git add -A"
alike "lines in another order" "bad_operation wrong_parent"
both "take; sed -i '4{h;d};5G' $dir/.ledger; git add -A"
alike "new lines in another order" "wrong_parent"
both "take; tail -n 1 $dir/.ledger >> $dir/.ledger; git add -A"
alike "a line twice" "duplicate_line"
both "take; sed -i 's/\$/\\r/' $dir/.ledger; git add -A"
alike "line ends of another system" "crlf"
both "take; chmod +x $dir/$two.json; git add -A"
alike "an old record made executable" ""
both "take; echo '{}' > $dir/stray.json; git add -A"
alike "a stray file" "extra_file"
both "git rm -qr --cached .xata"
alike "nothing left" ""
both "sed -i s/email/mail/ $dir/$two.json; git add -A; git commit -qm broken"
alike "a HEAD that is wrong itself, which a check of what is new does not read" ""
both "take; git add -A"
alike "new records on top of it" ""
both "git rm -q $dir/$one.json; git commit -qm worse; take; git add -A"
alike "a HEAD that lacks a record" "missing_file"
done_testing
