#!/bin/sh
# The jobs that xata init --ci installs: how they get there, that they are safe, and that they work.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"
. "$abs_top_srcdir/tests/lib/ci.sh"
need python3
python3 -c 'import yaml' 2>/dev/null || skip_all "needs the module yaml of python3"
jobs=$abs_top_srcdir/tests/lib/ci_jobs.py
template=$XATA_TEMPLATE_DIR/ci

# ---- laid into the repository

history shop
run xata init --ci github --json
exits 0 "jobs for GitHub are installed"
out_json '.ci.files | map(.path + " " + .state) | join(",")' \
	".github/workflows/xata-check.yml created,.github/workflows/xata-deploy.yml created,.github/workflows/xata-preview.yml created" \
	"each is named"
same_tree .github/workflows "$template/github" "as the template has them"
run xata init --ci github --json
exits 0 "a second run is harmless"
out_json '[.ci.files[].state] | unique | join(" ")' unchanged "and changes nothing"
echo "# mine" >>.github/workflows/xata-check.yml
rm .github/workflows/xata-deploy.yml
cp .github/workflows/xata-check.yml "$T/mine"
run xata init --ci github
exits 0 "what was changed"
out_has "= .github/workflows/xata-check.yml is there and differs: it stays as it is" "stays"
out_has "+ .github/workflows/xata-deploy.yml" "what is missing comes back"
same_file .github/workflows/xata-check.yml "$T/mine" "not a byte of a changed file is touched"
run xata init --ci gitlab --json
exits 0 "jobs for GitLab are installed"
out_json '.ci.files | map(.path + " " + .state) | join(",")' \
	".gitlab/xata-migrations.yml created,.gitlab-ci.yml created" "with the file that includes them"
run xata init --ci gitlab --json
out_json '[.ci.files[].state] | unique | join(" ")' unchanged "a second run is harmless there, too"
echo 'stages: [test]' >.gitlab-ci.yml
run xata init --ci gitlab
out_has "= .gitlab-ci.yml is there and differs" "an own .gitlab-ci.yml stays"
out_has "  - local: /.gitlab/xata-migrations.yml" "and what to add to it is said"
is "$(cat .gitlab-ci.yml)" "stages: [test]" "it is as before"
run xata init --ci jenkins
exits 2 "another system is refused"
err_has "Use github or gitlab." "with what there is"
ok "nothing of it lies in .xata" test ! -e .xata/ci
is "$(git status --porcelain .xata)" "" "where nothing changed at all"

mkdir -p services/blog/.xata && cd services/blog || exit 1
run xata init --ci github
exits 0 "a project in a folder gets jobs of its own"
out_has "+ .github/workflows/xata-services-blog-check.yml" "at the top of the repository"
quietly xata init --ci gitlab
cd "$T/shop" || exit 1
ok "which work in its folder" grep -qx '  XATA_PROJECT: "services/blog"' \
	.github/workflows/xata-services-blog-check.yml
nok "and share no name with the others" grep -qE 'xata-(check|preview|deploy|job)' \
	.github/workflows/xata-services-blog-*.yml .gitlab/xata-services-blog-migrations.yml

project nowhere
run xata init --ci github
exits 3 "without a repository there is nowhere to put them"
err_has "git init" "as the hint says"
cd "$T/shop" || exit 1
mkdir "$T/elsewhere"
rm -rf .github && ln -s "$T/elsewhere" .github
run xata init --ci github
exits 3 "a link does not lead out of the repository"
is "$(ls "$T/elsewhere")" "" "where nothing is written"
rm .github
run env XATA_TEMPLATE_DIR="$T/elsewhere" xata init --ci github
exits 3 "a template that is not there is an error"
err_has XATA_TEMPLATE_DIR "with what to do"

# installed: a run works, and leaves what the template has and nothing else.
installed() {
	xata init --ci github --quiet && xata init --ci gitlab --quiet &&
		diff -r .github/workflows "$template/github" && diff -r .gitlab "$template/gitlab" &&
		[ -f .gitlab-ci.yml ]
}

# Killed at each change of a file: the next run finishes, and nothing else is left.
if XATA_FAULT=1:kill xata init --ci gitlab >/dev/null 2>&1; then
	skip "killed on the way" "built without --enable-faults"
else
	n=0
	killed=2
	while [ "$killed" -gt 0 ]; do
		n=$((n + 1))
		killed=0
		rm -rf .github .gitlab .gitlab-ci.yml
		for system in github gitlab; do
			XATA_FAULT=$n:kill xata init --ci "$system" >/dev/null 2>&1 || killed=$((killed + 1))
		done
		installed || break
	done >"$T/killed" 2>&1
	is "$killed" 0 "a run that was killed anywhere is finished by the next"
	ok "which were more than a few places" test "$n" -gt 10
fi
rm -rf .gitlab .gitlab-ci.yml services
quietly xata init --ci github
quietly xata init --ci gitlab

# ---- safe

is "$(python3 "$jobs" rules "$template"/*/*.yml)" "" "the jobs keep the rules"

# Every script of every job; names of branches hold neither blanks nor wildcards.
if command -v shellcheck >/dev/null; then
	for file in "$template"/*/*.yml; do
		for name in $(python3 "$jobs" jobs "$file"); do
			rm -rf "$T/scripts" && mkdir "$T/scripts"
			python3 "$jobs" steps "$file" "$name" "$T/scripts"
			for step in "$T/scripts"/*; do
				echo . >>"$T/checked"
				{ echo '#!/bin/bash -e' && cat "$step"; } |
					shellcheck -e SC2086,SC2046 - || echo "$file: $name"
			done
		done
	done >"$T/shellcheck"
	is "$(cat "$T/shellcheck")" "" "a linter has nothing to say about their scripts"
	is "$(wc -l <"$T/checked")" 13 "of which none was forgotten"
else
	skip "the scripts are linted" "needs shellcheck"
fi

# broken SED-SCRIPT FILE RULE: the rule is noticed when it is broken.
broken() {
	sed "$1" "$template/$2" >"$T/broken.yml"
	python3 "$jobs" rules "$T/broken.yml" >"$T/rules"
	ok "noticed: $3" grep -qF "$3" "$T/rules"
}
broken 's/contents: read/contents: write/' github/xata-check.yml "permissions other"
broken 's/@[0-9a-f]* #/@v4 #/' github/xata-check.yml "is not pinned"
# shellcheck disable=SC2016 # an expression of GitHub's
broken 's/cd "$XATA_PROJECT"/cd ${{ github.head_ref }}/' github/xata-check.yml "pastes an expression"
broken 's/ *pull_request:/  pull_request_target:/' github/xata-preview.yml "an event with secrets"
broken '/^    if:/d' github/xata-preview.yml "would run for forks"
# shellcheck disable=SC2016 # an expression of GitHub's
broken 's/\${{ vars.XATA_VERSION }}/main/' github/xata-deploy.yml "a version that nobody chose"
broken 's/^    GIT_DEPTH:/    XATA_VERSION: main\n&/' gitlab/xata-migrations.yml "a version that nobody chose"
# shellcheck disable=SC2016 # a variable of GitLab's
broken 's/ && $CI_MERGE_REQUEST_SOURCE.*//' gitlab/xata-migrations.yml "xata-preview-stop would run for forks"
broken 's/on_stop: .*/on_stop: nothing/' gitlab/xata-migrations.yml "which is not there"

# ---- working: each script as its system runs it, against an endpoint of this machine

start_xatad
database shop
push_all
commit "jobs"
git clone -q --bare "$T/shop" "$T/origin.git"

# checkout BRANCH [COMMIT]: what a runner has before the first step.
checkout() {
	cd "$T" || exit 1
	rm -rf "$T/runner"
	quietly git clone -q "$T/origin.git" "$T/runner"
	cd "$T/runner" || exit 1
	quietly git checkout -q "$1"
	quietly git checkout -q --detach
}

# job FILE JOB: all of its scripts, one after the other as long as they work.
job() {
	rm -rf "$T/steps" && mkdir "$T/steps"
	python3 "$jobs" steps "$1" "$2" "$T/steps" || bail_out "no job $2"
	: >"$T/summary"
	for step in "$T"/steps/*; do
		run env XATA_PROJECT=. RUNNER_TEMP="$T" GITHUB_PATH="$T/path" \
			GITHUB_STEP_SUMMARY="$T/summary" CI_PROJECT_DIR="$PWD" bash -e "$step"
		[ "$status" -eq 0 ] || return 0
	done
}

# branches: those of the endpoint.
branches() { xata branch list --json | jq -r '.branches | map(.name) | sort | join(" ")'; }

# pushed_branch NAME: makes it at the origin, with one new record.
pushed_branch() {
	cd "$T/shop" || exit 1
	quietly git checkout -q -b "$1" main
	add_column users "$1"
	commit "$1"
	quietly git push -q "$T/origin.git" "$1"
}

flows=.github/workflows
pushed_branch topic
checkout topic
github pull_request "$(pull_request opened shop/shop shop topic shop/shop main)"
job $flows/xata-check.yml check
exits 0 "the check of a pull request passes"
out_has '1 migration would be applied to "origin/main"' "and says what it does"
ok "it writes a summary" grep -q "### xata ci check: passed" "$T/summary"
job $flows/xata-preview.yml preview
exits 0 "its preview is made"
is "$(branches)" "main preview-shop-topic" "at the endpoint"
sed -i 's/topic/other/' .xata/migrations/*.json
commit "edited"
github pull_request "$(pull_request synchronize shop/shop shop topic shop/shop main)"
job $flows/xata-check.yml check
exits 1 "the check of a bad pull request fails"
ok "with a summary" grep -q "### xata ci check: failed" "$T/summary"
out_has "::error file=.xata/migrations/" "and a mark at the file"
checkout topic
github pull_request "$(pull_request closed shop/shop shop topic shop/shop main)"
job $flows/xata-preview.yml preview
exits 0 "the preview of a closed pull request"
is "$(branches)" "main" "is deleted"
github merge_group "$(jq -n --arg base "$(git rev-parse origin/main)" \
	'{merge_group: {base_sha: $base, base_ref: "refs/heads/main"}}')"
job $flows/xata-check.yml check
exits 0 "a merge group is checked"
out_has 'would be applied to "main"' "and the branch called by its name, not by a commit"

cd "$T/shop" || exit 1
quietly git checkout -q main
quietly git merge -q --no-ff -m "Merge pull request #1 from shop/topic" topic
quietly git push -q "$T/origin.git" main
quietly xata ci preview --owner shop --branch topic
checkout main
github push "$(pushed 'Merge pull request #1 from shop/topic')" main
job $flows/xata-deploy.yml deploy
exits 0 "what is merged is deployed"
out_has 'Pushed 1 of 1 migration to branch "main".' "to main"
is "$(branches)" "main" "and the preview goes"
job $flows/xata-deploy.yml deploy
exits 0 "which can run again"
job $flows/xata-deploy.yml stale
exits 0 "the open branches are looked at"
out_has '"refs/remotes/origin/topic" is merged.' "one by one"

pushed_branch feature
checkout feature
gitlab_request shop/shop feature shop/shop main
job .gitlab/xata-migrations.yml xata-check
exits 0 "the check of a merge request passes"
is "$(jq -c . xata-check.json)" "[]" "with a report of its quality"
job .gitlab/xata-migrations.yml xata-preview
exits 0 "its preview is made"
is "$(branches)" "main preview-shop-feature" "at the endpoint"
sed -i 's/feature/other/' .xata/migrations/*.json
commit "edited"
job .gitlab/xata-migrations.yml xata-check
exits 1 "the check of a bad merge request fails"
is "$(jq -r '.[0].check_name' xata-check.json)" wrong_checksum "as its report says, too"
cd "$T" || exit 1
job "$T/shop/.gitlab/xata-migrations.yml" xata-preview-stop
exits 0 "its preview is stopped without a checkout"
is "$(branches)" "main" "and is gone"
cd "$T/shop" || exit 1
quietly git checkout -q main
quietly git merge -q --no-ff -m "Merge branch 'feature' into 'main'" feature
quietly git push -q "$T/origin.git" main
checkout main
no_ci
export GITLAB_CI=true CI_COMMIT_BRANCH=main CI_PROJECT_NAMESPACE=shop \
	CI_COMMIT_TITLE="Merge branch 'feature' into 'main'"
job .gitlab/xata-migrations.yml xata-deploy
exits 0 "what is merged there is deployed, too"
out_has 'to branch "main"' "to main"

cd "$T/shop" || exit 1
quietly git checkout -q main
add_column users late
commit "late"
quietly git push -q "$T/origin.git" main
for branch in late clash; do
	quietly git checkout -q -b $branch main~1
	add_column users $branch
	commit $branch
	quietly git push -q "$T/origin.git" $branch
done
checkout main
no_ci
export GITLAB_CI=true CI_COMMIT_BRANCH=main CI_PROJECT_NAMESPACE=shop
job .gitlab/xata-migrations.yml xata-stale
exits 4 "GitLab's job for open branches fails as the job allows"
out_has '"refs/remotes/origin/late" no longer merges into "HEAD":' "and names them"
out_has '"refs/remotes/origin/clash" merges, with "xata merge"' "and the others"
github push "$(pushed late)" main
job $flows/xata-deploy.yml stale
exits 0 "GitHub's does not fail because of them"
out_has "::error title=xata%3A stale::\"refs/remotes/origin/late\" no longer merges" "but marks them"
ok "with a summary" grep -q "### xata ci stale: failed" "$T/summary"

# Without xata on the machine the step that builds it says what it lacks, before anything else. The
# source that it is built from here has a bootstrap that finds the one under test.
mkdir "$T/bin" "$T/build" "$T/build-gitlab"
for tool in bash sh git env mkdir cp dirname; do ln -s "$(command -v $tool)" "$T/bin/"; done
# Never the real one: this machine is not the job's to change.
printf '#!/bin/sh\necho "apt-get $*" >>"%s"\n' "$T/apt" >"$T/bin/apt-get"
chmod +x "$T/bin/apt-get"
git_init "$T/source" && cd "$T/source" || exit 1
cat >bootstrap <<END
#!/bin/sh
[ "\$*" = build ] && mkdir "\$(dirname "\$0")/build" && cp "$(command -v xata)" "\$(dirname "\$0")/build/"
END
chmod +x bootstrap
commit "the version that was chosen"
git tag v1
git rm -q bootstrap
commit "later"
cd "$T/runner" || exit 1
python3 "$jobs" steps "$T/shop/$flows/xata-check.yml" check "$T/build"
for unset in XATA_SOURCE XATA_VERSION; do
	run env PATH="$T/bin" XATA_SOURCE="$T/source" XATA_VERSION=v1 $unset= bash -e "$T/build/1"
	exits 1 "without xata and $unset the installation fails"
	out_has "::error::Set the variables XATA_SOURCE and XATA_VERSION" "and says what to set"
done
: >"$T/path"
run env PATH="$T/bin" XATA_SOURCE="$T/source" XATA_VERSION=v1 RUNNER_TEMP="$T/build" \
	GITHUB_PATH="$T/path" bash -e "$T/build/1"
exits 0 "with both xata is built"
run env PATH="$(cat "$T/path"):$T/bin" XATA_PROJECT=. GITHUB_STEP_SUMMARY="$T/summary" bash -e "$T/build/2"
exits 0 "and found by the steps behind"
out_has "Nothing would be applied" "which use it"
sed "s,/opt/xata,$T/build-gitlab/xata,g" "$T/shop/.gitlab/xata-migrations.yml" >"$T/gitlab.yml"
python3 "$jobs" steps "$T/gitlab.yml" xata-preview-stop "$T/build-gitlab"
run env PATH="$T/bin" XATA_SOURCE="$T/source" bash -e "$T/build-gitlab/1"
exits 1 "GitLab's jobs need both, too"
out_has "Set the variables XATA_SOURCE and XATA_VERSION" "as they say"
gitlab_request shop/shop late shop/shop main
run env PATH="$T/bin" XATA_SOURCE="$T/source" XATA_VERSION=v1 bash -e "$T/build-gitlab/1"
exits 0 "and build it"
ok "with the packages that this needs" grep -qx \
	'apt-get install -y -q --no-install-recommends git ca-certificates' "$T/apt"
out_has 'There is no preview branch "preview-shop-late".' "and use it"
done_testing
