#!/bin/sh
# xata ci preview and deploy: branches of pull requests at the endpoint, from first push to merge.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"
. "$abs_top_srcdir/tests/lib/ci.sh"

start_xatad
database shop
history shop
push_all
git remote add origin "$T/shop"

# records BRANCH: how many the branch of the endpoint has; "none" when there is no such branch.
records() {
	rm -rf "$T/look"
	mkdir -p "$T/look/.xata"
	(cd "$T/look" && xata pull "$1" --json 2>/dev/null) >"$TAP_DIR/records" ||
		{ echo none && return; }
	jq '.pulled | length' "$TAP_DIR/records"
}

# ---- made, brought up to date, left alone

quietly git checkout -q -b renovate/node-20.x
add_column users phone
four=$added
commit "phone"
p=preview-ann-renovate-node-20-x
run xata ci preview --owner ann --branch renovate/node-20.x --dry-run
exits 0 "a preview can be tried"
out_has "Would create preview branch \"$p\" from \"main\"." "which says what it would make"
out_has "Would push 1 migration to branch \"$p\"." "and what it would send"
run xata ci preview --owner ann --branch renovate/node-20.x --dry-run --head main
out_has "Would create preview branch \"$p\" from \"main\"." "also where nothing is new"
out_has "Would push nothing to branch \"$p\"." "which is said"
is "$(records $p)" none "and does nothing"
run xata ci preview --owner ann --branch renovate/node-20.x --json
exits 0 "a preview is made"
out_json '[.state, .preview, .target, .from, .pushed, (.toApply | map(.name)), .system]' \
	"[\"created\",\"$p\",\"main\",\"main\",1,[\"$four\"],\"none\"]" "from main, with the new record"
out_json .commit "$(git rev-parse HEAD)" "of the commit that is checked out"
is "$(records $p)" 4 "so that it has what the pull request has"
is "$(records main)" 3 "and main is as before"
run xata ci preview --owner ann --branch renovate/node-20.x
exits 0 "a second run is harmless"
out_has "Branch \"$p\" has everything already." "and says so"
add_column users fax
commit "fax"
run xata ci preview --owner ann --branch renovate/node-20.x --json --head HEAD~1
out_json '[.state, .pushed]' '["unchanged",0]' "--head names another commit"
rm -r .xata
run xata ci preview --owner ann --branch renovate/node-20.x --json
exits 0 "no working tree is needed"
out_json '[.state, .pushed]' '["refreshed",1]' "to send what is new"
is "$(records $p)" 5 "which the preview has now"
quietly git checkout -q -- .

# Several jobs of one pull request at once: whoever finds the branch made brings it up to date.
pids=
for n in 1 2 3 4 5 6; do
	(
		xata ci preview --owner ann --branch raced --json >"$T/raced.$n" 2>&1
		echo $? >>"$T/raced"
	) &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # a list
wait $pids
is "$(sort -u "$T/raced" | tr '\n' ' ')" "0 " "jobs at the same time do not fail"
is "$(records preview-ann-raced)" 5 "and the preview has all, once"

# So is one that an endpoint keeps no label for, and one that an interrupted run left.
quietly xata branch create preview-ann-killed
run xata ci preview --owner ann --branch killed --json
out_json '[.state, .pushed]' '["refreshed",2]' "a branch that only lacks records gets them"

# ---- another history

quietly git reset -q --hard HEAD~2
add_column users mobile
commit "mobile"
run xata ci preview --owner ann --branch renovate/node-20.x --dry-run
exits 0 "after a force push"
out_has "would be made anew" "it is said what would be done"
is "$(records $p)" 5 "before it is done"
run xata ci preview --owner ann --branch renovate/node-20.x --format text
exits 0 "then the preview is made anew"
out_has "another history than the pull request: it is made anew" "which is said"
is "$(records $p)" 4 "with what the pull request has now"
quietly git reset -q --hard main
run xata ci preview --owner ann --branch renovate/node-20.x --json
out_json '[.state, .from, .pushed]' '["recreated","main",0]' "fewer records make it anew, too"

# A record that was changed in place has its name (pgroll) or its id (v1) still.
add_column users mobile
commit "mobile"
quietly xata ci preview --owner ann --branch renovate/node-20.x
name=$added
rm ".xata/migrations/$name.json"
sed -i '$d' .xata/migrations/.ledger
add_column users mobile2
commit "changed"
run xata ci preview --owner ann --branch renovate/node-20.x --json
out_json '[.state, .pushed]' '["recreated",1]' "a record that was replaced makes it anew"

repository blog
database blog --postgres
create_table 01_posts posts
commit "posts"
push_all
create_table 02_tags tags
commit "tags"
quietly xata ci preview --owner ann --branch tags
sed -i '$d' .xata/migrations/.ledger
rm .xata/migrations/02_tags.json
create_table 02_tags labels
commit "labels"
run xata ci preview --owner ann --branch tags --json
out_json '[.state, .from, .pushed]' '["recreated","main",1]' "so does one that kept its name"
cd "$T/shop" || exit 1
use_database shop

# ---- the target moved on

quietly git checkout -q main
add_table orders
commit "orders"
push_all
quietly git checkout -q renovate/node-20.x
run xata ci preview --owner ann --branch renovate/node-20.x --json
out_json '[.state, .pushed]' '["unchanged",0]' "what happens to main does not matter to a preview"
run xata ci preview --owner ann --branch other --format text
exits 0 "a pull request that lacks records of main gets its preview, too"
out_has 'empty: the pull request lacks migrations that "main" has' "which is said"
is "$(records preview-ann-other)" 4 "with just what it has"

# ---- deleted

run xata ci preview --delete --owner ann --branch other --json
out_json '[.state, .preview]' '["deleted","preview-ann-other"]' "--delete deletes it"
is "$(records preview-ann-other)" none "at the endpoint"
run xata ci preview --delete --owner ann --branch other --json
exits 0 "one that is not there is fine"
out_json .state absent "and told"

# Somebody made one by hand, and it has what nothing else has.
quietly xata branch create preview-ann-hand
quietly git checkout -q -b hand main
add_table secrets
quietly xata push -y preview-ann-hand
quietly git checkout -q -f renovate/node-20.x
quietly git clean -q -f -d
run xata ci preview --owner ann --branch hand --json
exits 4 "a branch without a preview's label is not made anew"
out_json '[.state, .error.code]' '["taken","conflict"]' "as is told"
err_has 'branch "preview-ann-hand" is not known to be the preview of this pull request' "by its name"
err_has "Rename the pull request's branch or give another --owner" "and what to do"
run xata ci preview --owner ann --branch hand --delete --dry-run
exits 4 "nor would it be deleted"
run xata ci preview --owner ann --branch hand --delete --json
exits 4 "nor is it"
out_json .state taken "as is told, too"
run xata ci deploy --target main --head main --owner ann --branch hand --json
exits 0 "nor after a merge"
out_json .previewDeleted false "is it deleted"
run xata ci deploy --target main --head main --owner ann --branch hand
out_has 'Branch "preview-ann-hand" is not known to be a preview and stays.' "which is said"
is "$(records preview-ann-hand)" 5 "so that all stays"
run xata ci preview --owner ann --branch killed --delete
exits 4 "nor one that only got what it lacked"
is "$(records preview-ann-killed)" 5 "of which nothing is lost"
quietly xata branch delete preview-ann-hand -y
run xata ci preview --owner ann --branch hand --json
out_json .state created "once it is gone the name is free"

quietly xata branch create preview-ann-x
run xata ci preview --delete --owner ann --branch x --target preview-ann-x
exits 2 "the target is never deleted"
err_has "its own target" "as the error says"
is "$(records preview-ann-x)" 4 "so that it stays"

# ---- names

run xata ci preview
exits 2 "a pull request has to be known"
err_has "--branch" "says the hint"
run xata ci preview --owner "" --branch x
exits 2 "an empty owner is none"
err_has "owner" "says the error"
run xata ci preview --owner ann --branch "$(printf 'gr\303\274n')" --dry-run --json
exits 0 "a name that is not ASCII"
out_json '.preview | test("^preview-ann-gr-+n-[0-9a-f]{8}$")' true "gets dashes and a digest"
run xata ci preview --owner ann --branch same/name.x --json
out_json '[.state, .preview]' '["created","preview-ann-same-name-x"]' "of two branches with one name"
run xata ci preview --owner ann --branch same.name/x --json
exits 4 "the first one has the preview"
out_json '[.state, .error.code]' '["taken","conflict"]' "as the second is told"
err_has 'is the preview of another pull request, from "same/name.x"' "with the other's name"
err_has "rename one of them" "and what to do"
run xata ci preview --owner ann-same --branch name-x
exits 4 "however the same name comes about"
run xata ci preview --owner ann --branch same.name/x --delete --json
exits 0 "a pull request that has no preview"
out_json .state taken "does not delete that of the other"
is "$(records preview-ann-same-name-x)" 4 "which stays"
run xata ci deploy --target main --head main --owner ann --branch same.name/x --json
exits 0 "nor after it was merged"
out_json .previewDeleted false "is the other's deleted"
run xata ci deploy --target main --head main --owner ann --branch same.name/x
out_has "is another pull request's and stays" "which is said"
run xata ci preview --owner ann --branch same/name.x --json
out_json .state unchanged "the first one goes on"
run xata ci preview --owner ann --branch same/name.x --delete --json
out_json .state deleted "until it goes"
run xata ci preview --owner ann --branch same.name/x --json
out_json .state created "then the name is free"
quietly xata ci preview --owner ann --branch same.name/x --delete
run xata ci preview --branch x
exits 2 "with its owner"
err_has "owner" "says the error"
long=$(printf '%0300d' 0)
run xata ci preview --owner ann --branch "$long" --json
exits 0 "a long name"
out_json '.preview | length' 255 "is cut to what an endpoint takes"
run xata ci preview --owner ann --branch "${long}1" --json
out_json .state created "and two of them are two branches"
run xata ci preview --owner ann --branch x --head nonsense
exits 3 "a commit that is not there is an error"
err_has nonsense "which names it"
run xata ci preview --owner ann --branch x --format nonsense
exits 2 "so is a format"
err_has "text, markdown, github or gitlab" "whose hint has what there is"
run xata ci preview --owner ann --branch y --target nowhere
exits 7 "and a target that is not there"

# ---- in a CI system

github pull_request "$(pull_request opened ann/shop ann feature/a.b shop/shop main)"
run xata ci preview --json
exits 0 "in GitHub Actions nothing need be named"
out_json '[.system, .preview, .target, .state]' \
	'["github","preview-ann-feature-a-b","main","created"]' "the event says it"
run xata ci preview
out_has "::stop-commands::" "what is printed there cannot be taken for commands"
out_has "Branch \"preview-ann-feature-a-b\" has everything already." "and is text otherwise"
key=$XATA_API_KEY
unset XATA_API_KEY
run xata ci preview --json
exits 0 "a pull request from a fork has no key"
out_json .state skipped "and is skipped"
run xata ci preview
out_has "::notice title=xata%3A skipped::Skipped: there is no API key, since jobs of pull requests from forks" \
	"which is told"
github pull_request "$(pull_request opened shop/shop shop x shop/shop main)"
run env XATA_API_KEY= xata ci preview --format markdown
exits 0 "so is one without any"
out_has "Set XATA_API_KEY" "which says what to do"
unset XATA_DATABASE_URL
run xata ci preview --json
out_json .state skipped "without a database, too"
use_database shop
XATA_API_KEY=$key
export XATA_API_KEY
github pull_request "$(pull_request closed ann/shop ann feature/a.b shop/shop main)"
run xata ci preview --json
out_json '[.state, .preview]' '["deleted","preview-ann-feature-a-b"]' "a closed pull request loses it"
gitlab_request group/sub/shop feature/c shop/shop main
run xata ci preview --json
out_json '[.system, .preview]' '["gitlab","preview-group-sub-feature-c"]' "in GitLab variables say it"
no_ci

# ---- deploy

quietly git checkout -q main
quietly git merge -q --no-ff -s ours --no-edit renovate/node-20.x
add_column orders total
commit "total"
github pull_request "$(pull_request opened ann/shop ann x shop/shop main)"
run xata ci deploy --target main
exits 2 "what is not merged is not deployed"
err_has "not merged" "as the error says"
github pull_request "$(pull_request closed ann/shop ann x shop/shop main)"
run xata ci deploy --target main
exits 2 "nor in a job about one that was closed, merged or not"
err_has "deploy runs in the job of the push to the target branch" "as the hint says"
github merge_group '{"merge_group":{"base_ref":"refs/heads/main"}}'
run xata ci deploy --target main
exits 2 "nor what waits in a queue"
is "$(records main)" 4 "main is as before"
github push "$(pushed 'Merge pull request #7 from ann/renovate/node-20.x')" main
run xata ci deploy --dry-run --json
exits 0 "a deployment can be tried"
out_json '[.target, (.toApply | length), .pushed, .previewDeleted]' '["main",1,0,false]' \
	"which says what it would do"
run xata ci deploy --json
exits 0 "what is merged is deployed"
out_json '[.target, .relation, .pushed, .preview, .previewDeleted]' \
	"[\"main\",\"ahead\",1,\"$p\",true]" "and the preview deleted"
is "$(records main)" 5 "main has it"
is "$(records $p)" none "and the preview is gone"
run xata ci deploy --json
exits 0 "a second run is harmless"
out_json '[.relation, .pushed, .previewDeleted]' '["up_to_date",0,false]' "and has nothing to do"
run xata ci deploy --head HEAD~1 --json
exits 0 "so is the job of an earlier merge that comes late"
out_json '[.relation, .pushed]' '["behind",0]' "since main has that"
github push "$(pushed x)" topic
run xata ci deploy
exits 2 "a Git branch without a branch of its own is not deployed to main"
err_has -- "--target" "the hint says how to"
run env XATA_BRANCH=main xata ci deploy --quiet
exits 0 "XATA_BRANCH names it"
no_ci
quietly git checkout -q --detach
run xata ci deploy
exits 3 "neither does a commit without a branch"
quietly git checkout -q -b sideways HEAD~1
add_column users sideways
commit "sideways"
run xata ci deploy --target main --format markdown
exits 4 "what diverged is never forced"
out_has "### xata ci deploy: failed" "which a comment says"
is "$(records main)" 5 "main is as before"
unset XATA_API_KEY
run xata ci deploy --target main
exits 6 "without a key nothing is deployed"
done_testing
