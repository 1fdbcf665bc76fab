#!/bin/sh
# xata verify --staged and --rev: what will be committed and what was, not what lies on disk.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# ---- before and after the first commit

repository first
run xata verify --staged
exits 0 "an index without records verifies"
out_has "0 records verified" "and says so"
add_table users
quietly git add -A
run xata verify --staged --json
exits 0 "so does the first record, before there is a commit"
out_json '[.checked, .records, .unchanged, .base, .head]' "[\"staged\",1,0,null,\"$added\"]" \
	"which was read"
rm "$dir/$added.json"
verifies "what is on disk does not count" --staged

history good
run xata verify --staged --json
exits 0 "nothing staged verifies"
out_json '[.records, .unchanged, .base, .head]' "[0,3,\"HEAD\",\"$three\"]" "without reading a record"
run xata verify --staged
out_has "Nothing new" "and people are told"
add_column users phone
four=$added
run xata verify --staged --json
out_json '[.records, .unchanged, .head]' "[0,3,\"$three\"]" "a record that is not added is not seen"
quietly git add "$dir"
run xata verify --staged --json
exits 0 "a staged record verifies"
out_json '[.records, .unchanged, .head]' "[1,3,\"$four\"]" "and alone is read"
run xata verify --staged --full --json
out_json '[.records, .unchanged]' '[4,0]' "--full reads all"

# ---- a partial index

quietly git reset -q
quietly git add "$dir/.ledger"
finds missing_file "$four.json" "a ledger staged without its record is found" --staged
out_json '.findings[0].remedy | startswith("If the file is here, \"git add\" it;")' true \
	"it is to be added"
verifies "although the files are fine"
quietly git reset -q
quietly git add "$dir/$four.json"
finds extra_file "$four.json" "a record staged without the ledger is found" --staged
quietly git reset -q
quietly git add -N "$dir"
verifies "what is only announced (git add -N) will not be committed" --staged

# ---- what is wrong in the index is found, wherever it is mended on disk

quietly git add -A
sed 's/phone/fax/' "$dir/$four.json" >"$T/edited"
git update-index --cacheinfo "100644,$(git hash-object -w "$T/edited"),$dir/$four.json"
finds wrong_checksum "$four.json" "an edited new record is found" --staged
verifies "although the files are fine"
quietly git reset -q --hard
sed -i 's/email/mail/' "$dir/$two.json"
quietly git add -A
finds wrong_checksum "$two.json" "an edited old record is found" --staged
quietly git reset -q --hard
rm "$dir/$two.json"
quietly git add -A
finds missing_file "$two.json" "a removed old record is found" --staged
quietly git reset -q --hard
ln -sf "$one.json" "$dir/$three.json"
quietly git add -A
finds unreadable "$three.json" "a symbolic link in a record's place is found" --staged
quietly git reset -q --hard
add_column users phone
cp "$dir/$two.json" "$T/two"
sed -i 's/email/mail/' "$dir/$two.json"
quietly git add "$dir/.ledger" "$dir/$added.json"
verifies "an edit that is not staged is none of the commit's" --staged
quietly git reset -q --hard
quietly git clean -qfd

# New records are checked among themselves, and against the ids of the old ones.
add_column users phone
add '[{"addColumn":{"table":"users","column":{"name":"fax","type":"string"}}}]'
quietly git add -A
jq '.operations[0].addColumn.column.name = "phone"' "$dir/$added.json" >"$T/x"
git update-index --cacheinfo "100644,$(git hash-object -w "$T/x"),$dir/$added.json"
run xata verify --staged --json
exits 1 "an operation that fails behind another new one is found"
out_json '[.findings[].kind] | unique | join(" ")' "bad_operation wrong_checksum" "as such"
quietly git reset -q --hard
quietly git clean -qfd

# ---- records of HEAD that are gone

lose() { # NUMBER: the last ones, as somebody might who thinks that they undo a migration
	kept=$(head -n "-$1" "$dir/.ledger")
	tail -n "$1" "$dir/.ledger" | sed "s,.*,$dir/&.json," | xargs git rm -q -f
	echo "$kept" >"$dir/.ledger"
	quietly git add -A
}
last=$(last_name)
lose 1
finds base_removed "$last.json" "a last record that is gone is found" --staged
finds base_removed "$last.json" "also when all is read" --staged --full
out_json '[.findings[] | .message, .remedy]' "[\"record \\\"$last\\\" of HEAD is gone\",\"\\\"git restore --source=HEAD --staged --worktree $dir\\\" brings it back; one that no branch has yet may go, with \\\"git commit --no-verify\\\".\"]" \
	"with both remedies"
quietly git restore --source=HEAD --staged --worktree $dir
verifies "the remedy helps" --staged
lose 2
run xata verify --staged --json
out_json '[.findings[].kind]' '["base_removed","base_removed"]' "each of several is named"
add_column users other
quietly git add -A
verifies "one in their place may be a rebase or squash" --staged
quietly git reset -q --hard

# ---- git commit -a, git commit FILE: the index that GIT_INDEX_FILE names

cat >.git/hooks/pre-commit <<'END'
#!/bin/sh
exec xata verify --staged --json >"$HOME/hook.json"
END
chmod +x .git/hooks/pre-commit
add_column users phone
quietly git add "$dir/$added.json"
run git commit -q -a -m "all"
exits 0 "git commit -a is checked with what -a adds"
is "$(jq -c '[.records, .unchanged]' "$HOME/hook.json")" "[1,3]" "the new record"
sed -i 's/phone/fax/' "$dir/$added.json"
run git commit -q -a -m "edited"
exits 1 "git commit -a with an edited record is refused"
quietly git checkout -q -- .
add_column users fax
quietly git add "$dir"
git show ":$dir/.ledger" >"$T/ledger"
git show HEAD:"$dir/.ledger" >"$dir/.ledger"
run git commit -q -m "only the record" "$dir/$added.json"
exits 1 "git commit FILE with half of the change is refused, though the index has both"
cp "$T/ledger" "$dir/.ledger"
run git commit -q -m "both" "$dir/.ledger" "$dir/$added.json"
exits 0 "git commit FILE with both is fine"
is "$(jq -r .head "$HOME/hook.json")" "$added" "its head is the new record"
rm .git/hooks/pre-commit

# ---- all of it gone

history removed shops/one
echo '{}' >.xatarc
commit settings
for how in "" --full; do
	quietly git rm -q -r .xata/migrations
	finds ledger_removed .ledger "a ledger that is gone as a whole is found" --staged $how
	out_json '.findings[0].message' "the ledger of HEAD is gone, with 3 records" "with what is lost"
	restore=$(jq -r '.findings[0].remedy | capture("^\"(?<c>[^\"]*)\"").c' "$OUT")
	quietly git rm -q .xatarc
	verifies "a project that goes with its settings may go" --staged $how
	quietly git reset -q
	quietly git checkout -q HEAD -- .xatarc
	quietly git rm -q -r .xata/migrations
	# shellcheck disable=SC2086 # a command with its arguments
	quietly $restore
	verifies "what the remedy says brings it back" --staged $how
	is "$(git status --porcelain)" "" "as it was"
done
quietly git rm -q -r .xata/migrations
mkdir -p .xata/migrations && : >.xata/migrations/.gitkeep
quietly git add .
finds ledger_removed .ledger "also when another file stays in its folder" --staged
out_json '.findings[0].message' "the ledger of HEAD is gone, with 3 records" "with what is lost"
for text in "" "\n"; do
	# shellcheck disable=SC2059 # an escape
	printf "$text" >.xata/migrations/.ledger
	quietly git add .
	finds ledger_removed .ledger "or an empty ledger" --staged
	out_json '[.findings[] | select(.kind == "ledger_removed").message][0]' \
		"the ledger names no record any more, that of HEAD has 3 records" "as is said"
done
git show HEAD:./.xata/migrations/"$one.json" >.xata/migrations/"$one.json"
quietly git add .
finds extra_file "$one.json" "a record without its line is named instead" --staged
out_json '[.findings[] | select(.kind == "ledger_removed")]' '[]' "and alone"
quietly git rm -q -r --cached .xata/migrations
rm -r .xata/migrations
echo readme >.xata/README.md
quietly git add .
quietly git rm -q .xatarc
finds ledger_removed .ledger "anything in .xata makes it a project that stays" --staged
git show HEAD:./.xatarc >.xatarc
remove=$(jq -r '.findings[0].remedy | [scan("\"([^\"]*)\"")][1][0]' "$OUT")
quietly git add .
# shellcheck disable=SC2086 # a command with its arguments
quietly $remove -f
verifies "what the remedy says makes it go" --staged
quietly git commit -q -m gone
echo '{}' >.xatarc
quietly git add .
verifies "afterwards there is none to miss" --staged
mkdir -p .xata/migrations && : >.xata/migrations/.ledger
commit "an empty ledger"
quietly git rm -q -r .xata/migrations
verifies "nor is one without records" --staged
cd "$T/good" || exit 1

# ---- conflicts

quietly git checkout -q -b other HEAD~1
add_column users web
commit "theirs"
quietly git checkout -q main
add_column users site
commit "ours"
run git merge -q other -m merged
exits 1 "both sides added a record"
finds in_conflict .ledger "a conflict that is not resolved is found" --staged
out_json '[.findings[].kind] | unique | join(" ")' in_conflict "and nothing is said of the rest"
git checkout -q --ours "$dir/.ledger"
git show other:"$dir/.ledger" | tail -n 1 >>"$dir/.ledger"
quietly git add -A
finds wrong_parent "$(tail -n 1 "$dir/.ledger").json" "a textual merge of both is found" --staged
git merge --abort
quietly git merge -q -s ours other -m merged
verifies "a merge commit verifies" --rev HEAD

# ---- a commit

history commits
add_column users phone
commit four
run xata verify --rev HEAD --json
exits 0 "a commit verifies"
out_json '[.checked, .records, .unchanged, .base, .commit]' \
	"[\"rev\",4,0,null,\"$(git rev-parse HEAD)\"]" "all of it is read"
run xata verify --rev HEAD~1 --json
out_json '[.records, .head]' "[3,\"$three\"]" "an older one too"
git tag -a -m v1 v1
verifies "an annotated tag names a commit" --rev v1
sed -i 's/email/mail/' "$dir/$two.json"
commit broken
finds wrong_checksum "$two.json" "an edit in a commit is found" --rev HEAD
run xata verify --rev nonsense
exits 3 "an unknown revision is an error"
err_has 'the Git repository has no commit "nonsense"' "that names it"
err_has 'git fetch' "with advice"
run xata verify --rev 'HEAD^{tree}'
exits 3 "so is one that is no commit"
run xata verify --rev HEAD --staged
exits 2 "--rev and --staged exclude each other"

project outside
run xata verify --staged
exits 3 "outside a repository --staged cannot work"
err_has "is not in a Git repository" "and says why"
err_has 'hint: Change to the clone that is meant, or make a repository here with "git init".' "with what to do"
run env GIT_DIR="$T/outside" xata verify --staged
exits 3 "nor with a GIT_DIR that is no repository"
err_has "hint: GIT_DIR names it" "which is said"
# ---- a commit that nobody can read can be mended

history mended
mv "$dir/.ledger" "$T/ledger"
ln -s ../../elsewhere "$dir/.ledger"
quietly git add -A
run xata verify --staged
exits 3 "a ledger that is a symbolic link is refused"
err_has '"git log -- .xata/migrations/.ledger" lists the commits' "with where to find what it was"
commit link
rm "$dir/.ledger" && cp "$T/ledger" "$dir/.ledger"
add_column users phone
quietly git add -A
run xata verify --staged --json
exits 0 "the commit that mends it passes"
out_json '[.records, .unchanged, .base]' '[4,0,null]' "all is read, and nothing compared"
run xata verify --base HEAD
exits 3 "where HEAD is what counts it has to be readable"
echo broken >"$dir/.ledger"
commit broken
rm "$(git rev-parse --git-path "objects/$(git rev-parse "HEAD:$dir/.ledger" | sed 's,..,&/,')")"
cp "$T/ledger" "$dir/.ledger"
quietly git add -A
finds extra_file "$added.json" "what the index has is still checked" --staged
echo "$added" >>"$dir/.ledger"
quietly git add -A
verifies "a ledger that HEAD lost is put back" --staged

# ---- two names that are one file on other systems

# capitals ONE OTHER: both verify, and the second is named, until the remedy is followed.
capitals() {
	repository "capitals-$1"
	for name in a1 a2 a3 a4; do create_table "$name" "$name"; done
	commit four
	create_table "$1" b
	create_table other c
	sed -i "s/other/$2/" "$dir/.ledger"
	jq --indent 2 ".name = \"$2\" | .migration.name = \"$2\" | del(.chainChecksum)" \
		"$dir/other.json" >"$dir/$2.json"
	rm "$dir/other.json"
	quietly xata seal
	quietly git add -A
	for which in --full --staged; do
		verifies "two such names verify ($1, $which)" --staged $which
		out_has "$2.json: the name differs from that of record \"$1\"" "but are said"
		run xata verify --json --staged $which
		out_json '[.findings[] | [.kind, .level, .file]]' \
			"[[\"same_file\",\"cosmetic\",\"$2.json\"]]" "as what harms nobody here"
	done
	commit both
	run xata verify --staged
	out_lacks "small and capital" "what HEAD has is not told at each commit"
	run xata verify --json
	eval "quietly $(jq -r '.findings[0].remedy' "$OUT" | sed 's/.*"\(.*\) NAME".*/\1 03/')"
	run xata verify
	exits 0 "the remedy helps"
	out_lacks "small and capital" "as nothing is said then"
}
capitals 02_B 02_b
capitals 02_b 02_B
capitals 02_bC 02_Bc

done_testing
