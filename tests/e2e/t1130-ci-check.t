#!/bin/sh
# xata ci check and stale: what a pull request would do, and which of the open ones still merge.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"
. "$abs_top_srcdir/tests/lib/ci.sh"

dir=.xata/migrations

# branch NAME [START]: a new one, from main.
branch() { quietly git checkout -q -b "$1" "${2:-main}"; }

# v1 records of one operation: remove_column TABLE COLUMN
remove_column() { add "[{\"removeColumn\":{\"table\":\"$1\",\"column\":\"$2\"}}]"; }

# kinds: the kinds of findings in the last document.
kinds() { jq -r '[.findings[].kind] | unique | join(" ")' "$OUT"; }

# ---- a pull request that only adds

history shop
run xata ci check --json
exits 0 "a branch that is its own base has nothing to check"
out_json '[.base, .head, .unchanged, .verified, .toApply]' '["main","HEAD",3,0,[]]' "and says so"
branch topic
echo code >code && commit "code alone"
run xata ci check
exits 0 "a pull request without migrations passes"
out_is 'Nothing would be applied to "main".' "and says that nothing would be applied"
add_column users phone
four=$added
remove_column users nick
five=$added
commit "phone for nick"
run xata ci check --json
exits 0 "a pull request that adds records passes"
out_json '[.unchanged, .verified, (.toApply | map(.name) | join(" "))]' "[3,2,\"$four $five\"]" \
	"it alone is read"
out_json '.destructive | map([.record, .operation, .kind, .summary])' \
	"[[\"$five\",1,\"drops_column\",\"- users.nick\"]]" "what cannot be taken back is called out"
out_json '[.baseCommit, .headCommit, .mergeBase]' \
	"[\"$(git rev-parse main)\",\"$(git rev-parse HEAD)\",\"$(git rev-parse main)\"]" \
	"the commits are told"
run xata ci check
exits 0 "for people"
out_has '2 migrations would be applied to "main":' "it says what would be applied"
out_has "+ users.phone (string)" "with the operations"
out_has "- users.nick  << drops_column: The values of the column are lost." "and the warning"
run xata ci check --deny-destructive
exits 1 "--deny-destructive makes it fail"
err_has "1 operation cannot be taken back" "and says why"
rm -r .xata
run xata ci check --base main --head topic
exits 0 "no working tree is needed"
quietly git checkout -q -- .
git clone -q --bare . "$T/bare.git"
cd "$T/bare.git" || exit 1
run xata ci check --base main --head topic --json
exits 0 "nor a repository that has one"
out_json '.toApply | length' 2 "to see the same"
cd "$T/shop" || exit 1

# ---- findings

# refused KIND DESCRIPTION: the commit that is made of what is there fails the check.
refused() {
	commit "$2"
	run xata ci check --json
	exits 1 "$2 is found"
	is "$(kinds)" "$1" "as $1"
	out_json 'has("toApply")' false "and nothing is said of applying it"
	quietly git reset -q --hard HEAD~1
}
sed -i 's/email/mail/' "$dir/$two.json"
refused "base_edited wrong_checksum" "an edited record of the base"
sed -i 's/phone/fone/' "$dir/$four.json"
refused wrong_checksum "an edited record of the pull request"
sed -i '2d' "$dir/.ledger" && rm "$dir/$two.json"
refused "base_removed wrong_parent" "a removed record of the base"
echo '{}' >"$dir/x.json"
refused extra_file "a file that the ledger does not name"
run xata ci check --base topic --head main --json
exits 0 "a branch that is behind its base adds nothing"
out_json '[.toApply, .newInBase]' '[[],2]' "and the base has what it lacks"

# ---- the base has moved on

quietly git checkout -q main
add_table orders
commit "orders"
quietly git checkout -q topic
run xata ci check --json
exits 0 "what goes together passes"
out_json '[.newInBase, (.toApply | map(.name) | join(" ")), .conflictCounts.blocking]' \
	"[1,\"$four $five\",0]" "with the records of the pull request"
run xata ci check
out_has "The base has 1 migration that the pull request lacks." "which is told"
quietly git checkout -q main
add_column users phone
commit "phone, too"
quietly git checkout -q topic
run xata ci check --json
exits 4 "what conflicts with the base's tip is a conflict"
out_json '[.conflicts[] | [.kind, .what, .ours.record]]' \
	"[[\"added_twice\",\"column \\\"users.phone\\\"\",\"$four\"]]" "which is named"
out_json '.toApply | length' 2 "beside the records"
run xata ci check --format text
out_has "both add column \"users.phone\"" "people read it, too"
out_has "cannot be applied" "and that it cannot be applied"

# A merge base of its own for each side: what both have may not be lost either.
history cross
branch left
add_table left
commit left
branch right main
add_table right
commit right
run xata merge --base left --head right --commit --json
left=$(jq -r .commit "$OUT")
run xata merge --base left --head right --commit -m other --json
right=$(jq -r .commit "$OUT")
run xata ci check --base "$left" --head "$right" --json
exits 0 "criss-cross histories are checked"
out_json '[.toApply, .newInBase, .conflictCounts.blocking]' '[[],0,0]' "against all their merge bases"

# A record that was formatted otherwise is no new one.
history formatted
branch topic
add_column users phone
four=$added
commit "phone"
quietly git checkout -q main
for name in $one $two; do
	jq -c . "$dir/$name.json" >"$T/x" && cp "$T/x" "$dir/$name.json"
done
commit "formatted"
run xata ci check --base main --head topic --json
exits 0 "a base that was formatted"
out_json '[(.toApply | map(.name)), .newInBase]' "[[\"$four\"],0]" "has nothing new by that"
add_column users fax
commit "fax"
run xata ci check --base main --head topic
out_has '1 migration would be applied to "main":' "nor has the pull request"
out_has "The base has 1 migration that the pull request lacks." "what is new is counted"
run xata ci check --base topic --head main --json
out_json '[(.toApply | length), .newInBase, .counts.errors]' '[1,1,0]' "the other way round, too"

# Two histories that Git cannot bring together, though their records would go together.
quietly git checkout -q --orphan alien main
commit alien
for how in main alien; do
	run xata ci check --base $how --head "$([ $how = main ] && echo alien || echo main)" --json
	exits 4 "an unrelated history cannot be merged"
	out_json '[.mergeBase, .error.code, has("toApply")]' '[null,"conflict",false]' "as the check says"
	err_has '"main"' "with the name of the base"
	err_has "allow-unrelated-histories" "and what to do"
done
run xata ci check --base main --head alien --format github
out_has "::error title=xata%3A conflict::\"main\" and \"alien\" have no common ancestor%0AThey are" \
	"also as a mark"
quietly git checkout -q main
quietly git merge -q --allow-unrelated-histories -s ours --no-edit alien
run xata ci check --base alien --head main --json
exits 0 "which makes it a pull request like others"

# ---- raw SQL, pgroll, unsealed

repository blog
create_table 01_posts posts
commit posts
branch sql
add '[{"sql":{"up":"UPDATE posts SET id = 1"}}]' --name 02_sql
commit sql
run xata ci check --json
exits 0 "raw SQL passes by itself"
out_json '[.destructive[].kind]' '["raw_sql"]' "and is called out"
quietly git checkout -q main
create_table 02_tags tags
commit tags
quietly git checkout -q sql
run xata ci check
exits 4 "beside anything else it cannot be decided"
run xata ci check --accept-sql --json
exits 0 "unless it is accepted"
out_json '.conflictCounts' '{"blocking":0,"accepted":1}' "which is told"
branch unsealed main
create_table 03_more more
jq 'del(.chainChecksum)' $dir/03_more.json >"$T/x" && cp "$T/x" $dir/03_more.json
commit unsealed
run xata ci check
exits 0 "an unsealed record passes"
run xata ci check --strict --json
exits 1 "but not with --strict"
is "$(kinds)" "unsealed" "as a finding"

# ---- forms: nothing that a stranger writes is anything but text

cd "$T/shop" || exit 1
branch evil main~1
printf '%s' '[{"addTable":{"table":"x"}}]' >"$T/op"
# shellcheck disable=SC2016 # backticks that are meant
xata new "$T/op" --quiet --title '</code> @ann `x` | <b> ::error::x ##[error]y %0A' \
	--message m || bail_out "no evil record"
evil=$(last_name)
remove_column users nick
drop=$added
commit evil
run xata ci check --format markdown
exits 0 "as a comment"
out_has "<!-- xata-ci-check -->" "which can be found again"
out_has "### xata ci check: passed" "and says how it went"
out_has "\`\`</code> @ann \`x\` | <b> ::error::x ##[error]y %0A\`\`" "a title is code, whatever it holds"
out_has "**drops_column**: The values of the column are lost." "with the warning"
run xata ci check --format github
sed -n '1s/^::stop-commands:://p' "$OUT" >"$T/token"
ok "as workflow commands, the text comes between tokens" grep -qxE '[0-9a-f]{32}' "$T/token"
is "$(grep -nE '^::' "$OUT" | sed -n '2s/^[0-9]*//p')" ":::$(cat "$T/token")::" \
	"and no other command stands between them"
out_has "::warning file=$dir/$drop.json,line=1,title=xata%3A drops_column::operation 1 cannot be taken back: - users.nick%0AThe values" \
	"a warning marks the file"
run xata ci check --format gitlab
out_json '.[0] | [.check_name, .severity, .location.path, .location.lines.begin, (.fingerprint | length)]' \
	"[\"drops_column\",\"major\",\"$dir/$drop.json\",1,64]" "as a report of code quality"
run xata ci check --format gitlab --base nonsense
exits 3 "a failure"
out_json '.[0] | [.check_name, .severity, .location.path]' "[\"not_found\",\"critical\",\"$dir/.ledger\"]" \
	"is in the report, too"
run xata ci check --format github --base nonsense
out_has "::error title=xata%3A not_found::" "and a workflow command"
run xata ci check --format markdown --base nonsense
out_has "### xata ci check: failed" "and a comment"
echo '{}' >"$dir/a,b:c%d.json"
commit "odd name"
run xata ci check --format github
out_has "file=$dir/a%2Cb%3Ac%25d.json,line=1" "a file's name cannot end a command"
quietly git reset -q --hard HEAD~1
repository odd
create_table 01_base base
commit base
branch left
create_table 02_left "x##[error]y"
commit left
branch right main
create_table 02_right "x##[error]y"
commit right
run xata ci check --base left --head right --format github
exits 4 "a table that is called like a command"
out_has "::error file=$dir/02_right.json" "is told in one"
err_has "x##(error]y" "and is none where it stands alone"
err_lacks "##[" "on standard error"
run xata ci check --base left --head right --format text
err_has "x##[error]y" "elsewhere it has its name"
cd "$T/shop" || exit 1
run xata ci check --format nonsense
exits 2 "an unknown format is refused"
run xata ci check --format text --json
exits 2 "so are two forms"
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	jq -n --arg t "$(printf '%0240d' 0)" '[range(1; 100) | {addColumn: {table: "x", column: {name: "c\($t)\(.)\(input_line_number)", type: "string"}}}]' |
		sed "s/c000/c${n}_/" >"$T/op"
	quietly xata new "$T/op" --quiet
done
commit long
run xata ci check --format markdown
exits 0 "a long comment"
ok "is no longer than one may be" test "$(wc -c <"$OUT")" -lt 65536
out_has "There is more than a comment can hold" "and says so"
is "$evil" "$(jq -r '.toApply[0].name' <<-END
	$(xata ci check --json)
	END
)" "while the document has all"

# ---- where it finds what it needs

cd "$T" || exit 1
git clone -q shop clone && cd clone || exit 1
quietly git checkout -q topic
run xata ci check --json
out_json .base origin/HEAD "a clone's base is origin's main branch"
github pull_request "$(pull_request opened shop/shop shop topic shop/shop main "$(git rev-parse origin/evil)")"
run xata ci check --json
out_json '[.system, .base, .headCommit]' "[\"github\",\"origin/main\",\"$(git rev-parse origin/evil)\"]" \
	"GitHub's event names base and head"
github pull_request "$(pull_request opened shop/shop shop topic shop/shop gone)"
run xata ci check
exits 2 "a base that was not fetched is an error"
err_has 'git fetch origin "+refs/heads/gone:refs/remotes/origin/gone"' "which says what to do"
gitlab_request shop/shop topic shop/shop main
run xata ci check --json
out_json '[.system, .base]' '["gitlab","origin/main"]' "GitLab's variables name the base"
no_ci
git clone -q --depth 1 "file://$T/shop" "$T/shallow" && cd "$T/shallow" || exit 1
quietly git fetch -q --depth 1 origin topic
# libgit2 1.5 forgets 64 bytes when it does not find a commit's parent.
echo leak:git_merge_bases >"$T/forgotten"
run env ASAN_OPTIONS="$ASAN_OPTIONS:fast_unwind_on_malloc=0" \
	LSAN_OPTIONS="$LSAN_OPTIONS:suppressions=$T/forgotten:print_suppressions=0" \
	xata ci check --base origin/HEAD --head FETCH_HEAD
exits 3 "a shallow clone is not taken for unrelated histories"
err_has "shallow" "and named"
err_has "fetch-depth: 0" "with the setting of a job that helps"
# What actions/checkout leaves without that: one commit, a merge, whose parents are not there.
quietly git -C "$T/shop" update-ref refs/pull/1/merge "$(git -C "$T/shop" commit-tree -m merge \
	-p main -p topic "topic^{tree}")"
quietly git init -q "$T/one" && cd "$T/one" || exit 1
quietly git fetch -q --depth 1 "file://$T/shop" +refs/pull/1/merge:refs/remotes/pull/1/merge
quietly git checkout -q refs/remotes/pull/1/merge
github pull_request "$(pull_request opened shop/shop shop topic shop/shop main \
	"$(git -C "$T/shop" rev-parse topic)")"
run xata ci check
exits 2 "a job that fetched one commit knows no base"
err_has 'git fetch origin "+refs/heads/main:refs/remotes/origin/main"' "and is told how to get it"
quietly git fetch -q --depth 1 "file://$T/shop" +refs/heads/main:refs/remotes/origin/main
run xata ci check
exits 3 "nor the commit of the pull request"
err_has "fetch-depth: 0" "which is told as well"
no_ci
repository empty
commit nothing
run xata ci check
exits 3 "a check of nothing does not pass"
err_has "--project" "but says where it might be"
history many services/shop
branch topic
add_table more
commit more
run xata ci check --json
out_json '.toApply | length' 1 "a project in a folder is checked from there"
run xata ci check --format gitlab --base nonsense
out_json '.[0].location.path' "services/shop/$dir/.ledger" "and its files are named from the top"
git clone -q --bare "$T/many" "$T/many.git"

# A folder that is renamed, by the pull request or by the base meanwhile.
quietly git checkout -q -b rename main
cd "$T/many" && quietly git mv services/shop services/store && cd services/store || exit 1
commit "store"
run xata ci check --json
exits 0 "a project that was renamed"
out_json '[.unchanged, .verified, .toApply]' '[3,0,[]]' "is compared with what it was"
add_column users store
rm "$dir/$three.json" && sed -i "/$three/d" "$dir/.ledger"
commit "one less"
run xata ci check --json
exits 1 "so that what is missing"
out_json '[.findings[] | select(.kind == "base_removed") | .file] | unique | join(" ")' \
	"$three.json" "is found"
quietly git reset -q --hard HEAD~1
cd "$T/many" || exit 1
quietly git checkout -q topic
cd services/shop || exit 1
run xata ci check --base rename --json
exits 0 "one that the base has renamed since"
out_json '[.toApply, .newInBase] | [(.[0] | length), .[1]]' '[1,0]' "is found there, too"
run xata ci check --base topic --head rename --json
exits 0 "a pull request is checked from the folder that the base has"
out_json '.toApply' '[]' "under its new name"

# Both have renamed it, each to another name.
quietly git checkout -q -b apart topic
cd "$T/many" && quietly git mv services/shop services/market && cd services/market || exit 1
commit "market"
for name in market store; do
	run xata ci check --base rename --head apart --project "services/$name"
	exits 4 "two new names of a folder do not go together, asked for $name"
	err_has '"services/store" in "rename", "services/market" in "apart"' "they are named"
	err_has 'rename it to the base'"'"'s "services/store"' "with what to do"
	out_lacks "would be applied" "and nothing else is said"
done
run xata ci check --base rename --head apart --format markdown
out_has "two new names" "a comment says so"
run xata ci check --base rename --head apart --json
out_json '.error.code' conflict "and programs are told"
run xata merge --base rename --head apart
exits 4 "as the merge does"
cd "$T/many" && rm -rf services/store && quietly git mv services/market services/store || exit 1
commit "store, as there"
run xata ci check --base rename --head apart --project services/store
exits 0 "what the advice says mends it"
run xata merge --base rename --head apart
exits 0 "for the merge, too"
out_has "services/store: was services/shop, the folder was renamed." "which knows the former name"
cd "$T/many.git" || exit 1
run xata ci check --base main --head topic --project services/shop --json
exits 0 "--project names its folder in a bare repository"
out_json '.toApply | length' 1 "where it is found"
run xata ci check --base main --head topic --project ../x
exits 2 "and no folder outside of it"

# ---- stale

cd "$T/shop" || exit 1
branch file main
echo theirs >code && commit "code, too"
quietly git checkout -q main
echo ours >code && commit "code on main"
quietly git checkout -q --orphan pages
quietly git rm -rfq .
commit pages
branch broken main
add_table broken
sed -i 's/broken/mended/' $dir/*.json
commit broken
branch late main~1
add_table late
commit late
run xata ci stale --base main main topic evil file pages late --json
exits 4 "branches that no longer merge are found"
out_json '.branches | map(.rev + " " + .state) | join(",")' \
	"main merged,topic stale,evil clean,file stale,pages unrelated,late clean" "each has its state"
out_json '[.stale, .base]' '[2,"main"]' "and is counted"
out_json '.branches[1].conflicts | map(.kind)' '["added_twice"]' "with conflicts between records"
out_json '.branches[3].files' '[{"path":"code","kind":"both_added"}]' "and in other files"
out_json '.branches[2].ledgersDiffer' true "what Git alone could not merge is told"
run xata ci stale --base main main topic evil file late
exits 4 "for people"
out_has '"topic" no longer merges into "main":' "it says which"
out_has 'both add column' "and why"
out_lacks '  ""' "in a sentence that is not quoted a second time"
out_has '"code": "both_added"' "for files, too"
out_has '"evil" merges, with "xata merge"' "and what needs more than Git"
run xata ci stale --base main main late
exits 0 "when all merge the status is 0"
quietly git checkout -q -b ahead main
add_table ahead
commit "a record more"
quietly git checkout -q -b coded main
echo more >other && commit "code alone"
run xata ci stale --base main ahead evil --json
out_json '.branches | map(.ledgersDiffer)' '[false,true]' "a fast-forward needs no more than Git"
run xata ci stale --base coded ahead --json
out_json '.branches | map([.state, .ledgersDiffer])' '[["clean",false]]' "nor where the base has new code only"
run xata ci stale --base ahead coded
out_is '"coded" merges.' "nor where the branch has"
run xata ci stale --base coded ahead
out_is '"ahead" merges.' "which people are not told otherwise"
run xata ci stale --base main topic --format github
out_has "::error title=xata%3A stale::\"topic\" no longer merges" "GitHub gets a mark"
run xata ci stale --base main topic --format markdown
out_has "\`topic\` no longer merges into \`main\`:" "and a comment is a list"
out_has "- \`" "of the reasons"
run xata ci stale --base main broken late --json
exits 4 "a damaged branch does not keep the others from being told"
out_json '.branches | map(.state) | join(" ")' "unreadable clean" "and is told apart"
run xata ci stale --base main nonsense
exits 3 "one that is not there is an error"
run xata ci stale --base main topic nonsense late --json
exits 3 "also among others"
out_json '.branches | map(.state) | join(" ")' "stale missing clean" "which are looked at all the same"
out_json '[.stale, .branches[1].commit]' '[1,null]' "and counted"
err_has nonsense "it is named"
run xata ci stale --base main topic nonsense --format github
out_has "::error title=xata%3A missing::the Git repository has no commit \"nonsense\"" "and marked beside the others"
run xata ci stale --base main nonsense --format gitlab
out_json 'map(.check_name)' '["missing"]' "once"
run xata ci stale --base main a
err_has 'the Git repository has no commit "a"' "which is no beginning of an id"
for n in 195 389; do
	echo $n | git hash-object -w --stdin >/dev/null
done
run xata ci stale --base main 6bb2
exits 3 "the beginning of two ids is none"
err_has '"6bb2" is the beginning of several ids' "and is told apart"
run xata ci stale
exits 2 "so are none"
cd "$T/clone" || exit 1
quietly git fetch -q origin
quietly git checkout -q --detach origin/main
github push "$(pushed x)" main
run xata ci stale origin/topic --json
out_json '[.base, .stale]' '["HEAD",1]' "after a push, branches have to go with what was pushed"
done_testing
