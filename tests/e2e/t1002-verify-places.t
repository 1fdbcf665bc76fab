#!/bin/sh
# xata verify of Git's versions wherever a project can lie: work trees, submodules, folders, sparse
# and shallow clones, line ends of other systems, repositories named by the environment, servers.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# new_staged DESCRIPTION UNCHANGED: one more record is staged here, and alone is read.
new_staged() {
	add_column users "column$(names | wc -l)"
	quietly git add -A .
	run xata verify --staged --json
	exits 0 "$1"
	out_json '[.records, .unchanged, .head]' "[1,$2,\"$added\"]" "with its one new record"
}

# ---- folders

history deep services/shop/db
new_staged "a project in a folder works" 3
commit four
verifies "so does a commit of it" --rev HEAD --base HEAD~1
mkdir -p src/x && cd src/x || exit 1
verifies "from a folder of the project, too" --staged
cd "$T/deep" && mkdir -p other/.xata && cd other || exit 1
add_table posts
sed -i 's/posts/tags/' "$dir/$added.json"
quietly git add -A
finds wrong_checksum "$added.json" "of two projects in a repository one may be broken" --staged
cd ../services/shop/db || exit 1
verifies "while the other one is fine" --staged

# ---- work trees

history tree
quietly git worktree add -q "$T/second" -b topic
cd "$T/second" || exit 1
new_staged "a linked work tree has its own index" 3
cd "$T/tree" || exit 1
run xata verify --staged --json
out_json '[.records, .unchanged]' '[0,3]' "which is not that of the main one"
cd "$T/second" || exit 1
commit four
cd "$T/tree" || exit 1
verifies "commits are shared" --rev topic --base main

# ---- submodules

history library
repository super
commit nothing
quietly git -c protocol.file.allow=always submodule add -q "$T/library" lib
cd lib || exit 1
new_staged "a project in a submodule works" 3
run xata verify --staged --base HEAD
exits 0 "with a base, too"
cd .. || exit 1
add_table posts
quietly git add .xata
run xata verify --staged --json
out_json '[.records, .head]' "[1,\"$added\"]" "and the repository around it has its own"

# ---- what the environment says

history env
cd "$T" || exit 1
mv env/.git env.git
cd env || exit 1
run xata verify --staged
exits 3 "a repository elsewhere is not found"
add_column users phone
GIT_DIR=$T/env.git GIT_WORK_TREE=$T/env git add -A
run env GIT_DIR="$T/env.git" GIT_WORK_TREE="$T/env" xata verify --staged --json
exits 0 "unless GIT_DIR and GIT_WORK_TREE say where"
out_json '[.records, .unchanged]' '[1,3]' "what is staged there"
run env GIT_DIR=../env.git xata verify --staged --json
exits 0 "GIT_DIR alone takes this folder for the top"
out_json '[.records, .unchanged]' '[1,3]' "as git does"
GIT_DIR=$T/env.git GIT_WORK_TREE=$T/env GIT_INDEX_FILE=$T/index git read-tree HEAD
run env GIT_DIR="$T/env.git" GIT_WORK_TREE=. GIT_INDEX_FILE="$T/index" xata verify --staged --json
out_json '[.records, .unchanged]' '[0,3]' "GIT_INDEX_FILE names another index"
run env GIT_DIR="$T/env.git" GIT_WORK_TREE=. GIT_INDEX_FILE="$T/none" xata verify --staged --json
out_json '[.records, .unchanged]' '[0,0]' "one that is not there is empty"
run env GIT_DIR="$T/nothing" xata verify --staged
exits 3 "a GIT_DIR that is none is an error"
printf 'garbage' >"$T/index"
run env GIT_DIR="$T/env.git" GIT_WORK_TREE=. GIT_INDEX_FILE="$T/index" xata verify --staged
exits 3 "so is an index that is none"
err_has "could not read the Git index" "which says so"

# ---- forms of the index's file

history forms
for version in 2 3 4; do
	quietly git update-index --force-write-index --index-version "$version"
	new_staged "an index of version $version is read" 3
	quietly git reset -q
	quietly git add -N .
	verifies "with what is only announced" --staged
	quietly git reset -q --hard
	quietly git clean -fdq "$dir"
done
quietly git config index.skipHash true
new_staged "an index without a sum is read" 3
quietly git update-index --split-index
run xata verify --staged
exits 3 "a split index is not"
err_has "could not read the Git index: it is a split index" "which is said"
err_has "git update-index --no-split-index" "with the remedy"
quietly git update-index --no-split-index
run xata verify --staged --json
out_json '[.records, .unchanged]' '[1,3]' "that works"

# ---- line ends

history lf
git_clone lf crlf
quietly git config core.autocrlf true
rm -r "$dir" && quietly git checkout -q -- .
ok "the checkout has CRLF" grep -q "$(printf '\r')" "$dir/.ledger"
run xata verify --staged --json
exits 0 "core.autocrlf does not matter to the index"
out_json '[.unchanged, .counts.cosmetic]' '[3,0]' "which has LF"
verifies "nor to a commit" --rev HEAD --strict
run xata verify --base HEAD --json
exits 0 "nor to the files, which are the same but for it"
out_json '[.unchanged, .counts.errors]' '[3,0]' "as their ids tell"
touch "$dir"/*
run xata verify --base HEAD --json
out_json '[.unchanged, .counts.errors]' '[3,0]' "whatever their times are"
add_column users phone
quietly git add -A
run xata verify --staged --strict --json
out_json '[.ok, .records, .unchanged, .counts.cosmetic]' '[true,1,3,0]' "what is added gets LF"

# ---- sparse and shallow and partial clones

history sparse shop
mkdir -p "$T/sparse/docs" && echo text >"$T/sparse/docs/a"
commit docs
git_clone sparse sparse2
quietly git sparse-checkout set docs
nok "the project is not checked out" test -e shop
mkdir -p shop/.xata && cd shop || exit 1
run xata verify --staged --json
exits 0 "the index of a sparse checkout has the project"
out_json '[.unchanged]' '[3]' "whole"
verifies "so has the commit" --rev HEAD
cd "$T/sparse2" || exit 1
quietly git sparse-checkout reapply --sparse-index
mkdir -p shop/.xata && cd shop || exit 1
run xata verify --rev HEAD
exits 0 "a commit can be checked beside a sparse index"
run xata verify --staged
exits 3 "what it leaves out cannot"
err_has "could not read the Git index" "which is said"
err_has "git sparse-checkout reapply --no-sparse-index" "with the remedy"

history long
for i in 1 2 3; do
	add_column users "column$i"
	commit "column$i"
done
quietly git clone -q --depth 1 "file://$T/long" "$T/shallow"
cd "$T/shallow" || exit 1
new_staged "a shallow clone is enough for what is staged" 6
run xata verify --rev HEAD --base HEAD~2
exits 3 "history that it lacks is an error"
err_has 'no commit "HEAD~2" (it is a shallow clone)' "that says why"
err_has "git fetch --unshallow" "and what to do"
# libgit2 1.5 does not free what it searched the names of a repository's extensions with.
echo "leak:libpcre2-8" >"$T/leaks"
LSAN_OPTIONS=$LSAN_OPTIONS:suppressions=$T/leaks:print_suppressions=0
cd "$T/long" || exit 1
quietly git config uploadpack.allowFilter true
quietly git clone -q --filter=blob:none --no-checkout "file://$T/long" "$T/partial"
cd "$T/partial" && mkdir .xata || exit 1
run xata verify --rev HEAD
exits 3 "a partial clone may lack a file"
err_has "the Git repository lacks the object" "which is named"
err_has '"git fetch --refetch --no-filter origin" fetches all' "with how to fetch it"
quietly git checkout -q main
verifies "a checkout fetches those it needs" --rev HEAD

# lacking FILTER [OPTION…]: a clone whose base lacks what the filter leaves out, and its remedy.
lacking() {
	tap_filter=$1
	shift
	cd "$T" && rm -rf lacking
	quietly git clone -q "$@" --filter="$tap_filter" "file://$T/long" "$T/lacking"
	cd "$T/lacking" || exit 1
	run xata verify --rev main --base main~2
	exits 3 "a clone with $tap_filter${1:+ and $1} lacks something, which is no empty base"
	err_has "This clone is partial" "which is said"
	tap_fetch=$(sed -n 's/.*"\(git fetch[^"]*\)".*/\1/p' "$ERR")
	git fetch -h 2>&1 | grep -q refetch || return
	quietly sh -c "$tap_fetch"
	verifies "$tap_fetch" --rev main --base main~2
	run xata merge --base main~1 --head main
	exits 0 "and a merge has what it needs"
}
for filter in blob:none tree:0 tree:1 tree:2; do
	lacking "$filter" --bare
done
lacking tree:0 --no-checkout

# ---- a server: no work tree, and what was pushed lies apart

history pushed
quietly git clone -q --bare "$T/pushed" "$T/server.git"
cat >"$T/server.git/hooks/pre-receive" <<'END'
#!/bin/sh
while read -r old new ref; do
	xata verify --base "$old" --rev "$new" || exit 1
done
END
chmod +x "$T/server.git/hooks/pre-receive"
add_column users phone
commit four
run git push -q "$T/server.git" main
exits 0 "a server can check what is pushed before it is there"
sed -i 's/phone/fax/' "$dir/$added.json"
commit edited
run git push "$T/server.git" main
exits 1 "and refuse it"
err_has "record \"$added\"" "naming the record"
cd "$T/server.git" || exit 1
run xata verify --rev main --project shop
exits 3 "a folder without records has not passed"
err_has "name that with --project FOLDER" "and what to do is said"
run xata verify --rev main --project ../pushed
exits 2 "nor has one outside of the repository"
run xata verify --project .
exits 2 "--project is for commits"

# ---- projects in folders, of which none is checked out

mkdir "$T/several" && cd "$T/several" && git init -q -b main || exit 1
for folder in api web; do
	mkdir -p "$T/several/$folder/.xata" && cd "$T/several/$folder" || exit 1
	add_table "of_$folder"
done
commit two
quietly git clone -q --bare "$T/several" "$T/several.git"
cd "$T/several.git" || exit 1
verifies "one of several projects" --rev main --project ./web
out_has "$added" "the one that is named"
run xata verify --rev main
exits 3 "it has to be named"
done_testing
