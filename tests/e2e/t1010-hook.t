#!/bin/sh
# xata hook: the hook is put where Git looks, keeps what was there, and refuses broken histories.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# no_xata COMMAND…: with a PATH that has git but not the program under test.
mkdir "$T/bin"
for tool in git sh env cat; do ln -s "$(command -v $tool)" "$T/bin/$tool"; done
no_xata() { run env PATH="$T/bin" "$@"; }

# refuses DESCRIPTION: a staged edit of the last record is not committed.
refuses() {
	cp "$dir/$(last_name).json" "$T/kept.json"
	sed -i 's/"string"/"int"/' "$dir/$(last_name).json"
	quietly git add -A .
	head=$(git rev-parse HEAD)
	run git commit -q -m edited
	exits 1 "$1"
	err_has "was edited after it was made" "with the finding"
	is "$(git rev-parse HEAD)" "$head" "nothing was committed"
	quietly git reset -q --hard
}

# ---- install, status, uninstall

history shop
run xata hook status --json
exits 1 "there is no hook at first"
out_json '[.project, (.hooks[] | [.name, .state, .chained])]' \
	'[".",["pre-commit","absent",false],["pre-merge-commit","absent",false],["pre-applypatch","absent",false]]' "which status shows"
out_json '.error.hint' 'Run "xata hook install".' "with what to do"
run xata hook install
exits 0 "install works"
out_has "$T/shop/.git/hooks/pre-commit: installed" "and says where"
ok "the hook is executable" test -x .git/hooks/pre-commit
cp .git/hooks/pre-commit "$T/before"
run xata hook install --json
out_json '[.changed, .hooks[].state]' '[false,"installed","installed","installed"]' "a second time changes nothing"
same_file .git/hooks/pre-commit "$T/before" "not a byte"
run xata hook status
exits 0 "status is content"
out_lacks "another version" "with a hook of its own"
sed -i 's/^program=.*/program='"'\/opt\/xata'"'/' .git/hooks/pre-commit
run xata hook status
out_lacks "another version" "whoever's program it calls"
echo "# from long ago" >>.git/hooks/pre-commit
run xata hook status --json
exits 0 "a hook of another version does its work"
out_json '[.hooks[] | [.state, .outdated]]' '[["installed",true],["installed",false],["installed",false]]' "and is told"
run xata hook install --json
out_json '.changed' true "install brings it up to date"
same_file .git/hooks/pre-commit "$T/before" "to the byte"
add_column users phone
quietly git add -A
run git commit -m four
exits 0 "a good record is committed"
err_has "1 record verified" "after it was checked"
cp "$dir/$added.json" "$T/good.json"
sed -i 's/phone/fax/' "$dir/$added.json"
quietly git add -A
run git commit -q -m edited
exits 1 "an edited one is refused"
err_has "$added.json: record \"$added\" was edited after it was made" "with its name"
err_has "Restore the file from Git" "and the remedy"
quietly git reset -q --hard
echo text >note && quietly git add note
no_xata git commit -q -m note
exits 0 "a commit without migrations does not need the program"
err_lacks "verified" "nor run it"
add_column users web
quietly git add -A
no_xata git commit -q -m web
exits 0 "the program is found although it is not on the PATH"
err_has "1 record verified" "and runs"
add_column users site
quietly git add -A
sed -i "s,^program=.*,program='/nowhere/xata'," .git/hooks/pre-commit
no_xata git commit -q -m site
exits 1 "without any program the commit is refused"
err_has "there is no xata" "which is said"
err_has "--no-verify" "with how to go on"
run git commit -q -m site
exits 0 "the one on the PATH takes over"
run xata hook install --json
out_json .changed true "install mends what was changed"
no_xata git commit -q -m empty --allow-empty
exits 0 "and the commit works again"
echo '{}' >.xatarc
commit settings
quietly git rm -q -r $dir
run git commit -q -m "no ledger"
exits 1 "a ledger does not go alone"
err_has "the ledger of HEAD is gone, with 6 records" "as is said"
quietly git rm -q .xatarc
run git commit -q -m "no more"
exits 0 "a project may go as a whole"
quietly git reset -q --hard HEAD~1
run xata hook uninstall --json
exits 0 "uninstall works"
out_json '[.changed, .hooks[].state]' '[true,"absent","absent","absent"]' "and leaves no hook"
nok "not even a file" test -e .git/hooks/pre-commit
run xata hook uninstall
exits 0 "a second time is harmless"
out_has "Nothing had to be changed" "and says so"

# ---- a hook that was there

history chained
cat >.git/hooks/pre-commit <<'END'
#!/bin/sh
echo "former hook in $PWD" >&2
test ! -e forbidden
END
chmod +x .git/hooks/pre-commit
cp .git/hooks/pre-commit "$T/former"
run xata hook install --json
exits 0 "an existing hook is no obstacle"
out_json '.hooks[0].chained' true "it is chained"
same_file .git/hooks/pre-commit.before-xata "$T/former" "and kept as it was"
add_column users phone
quietly git add -A
run git commit -m four
exits 0 "both run"
err_has "former hook in $T/chained" "the former first"
err_has "1 record verified" "then ours"
touch forbidden
add_column users web
quietly git add -A
run git commit -m five
exits 1 "what the former refuses is refused"
err_lacks "verified" "before ours runs"
quietly git reset -q --hard
rm -f forbidden
refuses "what ours refuses is refused"
cp "$T/former" .git/hooks/pre-commit
run xata hook install
exits 3 "when another program put its hook over ours, nothing is lost"
err_has "was kept before" "but said"
rm .git/hooks/pre-commit
run xata hook install
exits 0 "and mended by hand"
quietly xata hook uninstall
same_file .git/hooks/pre-commit "$T/former" "uninstall puts the former hook back"
ok "executable as it was" test -x .git/hooks/pre-commit
nok "and leaves no copy" test -e .git/hooks/pre-commit.before-xata
rm .git/hooks/pre-commit
ln -s ../../hooks/check .git/hooks/pre-commit
run xata hook install
exits 0 "a dangling link is kept, too"
run git commit -q --allow-empty -m empty
exits 0 "and does no harm"

history idle
echo false >.git/hooks/pre-commit
chmod -x .git/hooks/pre-commit
run xata hook install
exits 0 "a hook that Git did not run is kept"
out_lacks "runs the former hook first" "but not run now either"
out_has "\"chmod +x $T/idle/.git/hooks/pre-commit.before-xata\" has it run first." "as is said"
run xata hook status --json
out_json '.hooks[0].chained' false "it is not chained"
run git commit -q --allow-empty -m empty
exits 0 "it is not run"
chmod +x .git/hooks/pre-commit.before-xata
run git commit -q --allow-empty -m empty
exits 1 "until it may be"
run xata hook status
out_has "runs the former hook first" "which status tells"

# ---- projects in folders

history mono "it's a/sh[o]p"
quietly xata hook install
cd "$T/mono" && mkdir -p blog/.xata && cd blog || exit 1
run xata hook status --json
exits 1 "the hook of one project is not another's"
out_json '.hooks[0].state' other_projects "as status tells"
quietly xata hook install
add_table posts
quietly git add -A .
quietly git commit -q -m posts
add_column posts title
sed -i 's/title/name/' "$dir/$added.json"
quietly git add -A .
run git commit -q -m broken
exits 1 "a broken record in the second project is refused"
quietly git reset -q --hard
cd "$T/mono/it's a/sh[o]p" || exit 1
refuses "so is one in the first"
(cd "$T/mono/blog" && xata hook uninstall >/dev/null 2>&1)
refuses "taking out the second leaves the first"
run xata hook status
exits 0 "which is served still"
cd "$T/mono" && quietly git rm -q -r blog && quietly git commit -q -m "no blog"
cd "it's a/sh[o]p" || exit 1
add_column users phone
quietly git add -A .
cd "$T/mono" || exit 1
run git commit -m top
exits 0 "from the top"
err_has "1 record verified" "it is checked as well"
cd "it's a/sh[o]p" || exit 1
add_column users fax
cd "$T/mono" || exit 1
mkdir "it's a/shop" && echo page >"it's a/shop/page" || exit 1
quietly git add -A .
echo edited >"it's a/shop/page"
for sparse in false true; do
	rm -r "it's a/sh[o]p"
	quietly git config core.sparseCheckoutCone $sparse # as "git sparse-checkout disable" leaves it
	run git commit -m fax
	exits 1 "a project that is gone from the disk alone is not checked"
	err_has "\"it's a/sh[o]p\" has new migrations, but is not checked out" "as is said"
	eval "quietly $(sed -n 's/^xata: hint: Bring the folder back with "\(.*\)"\.$/\1/p' "$ERR")"
	ok "the advice brings it as it was staged" git diff --quiet -- ":(literal)it's a/sh[o]p"
	is "$(cat "it's a/shop/page")" edited "and no folder that a pattern of its name matches"
done
run git commit -m fax
exits 0 "and the commit is made then"
err_has "1 record verified" "after its check"
quietly git checkout -- ":(literal)it's a/shop"
quietly git revert --no-edit HEAD
cd "it's a/sh[o]p" || exit 1
finds base_removed "$added.json" "a revert runs no hook, but a base finds it" --rev HEAD --base HEAD^
run xata ci check --base HEAD^ --head HEAD
exits 1 "by ci check, too"
quietly git reset -q --hard HEAD^
cd "$T/mono" || exit 1

# ---- a project's folder is renamed

history moved old
quietly xata hook install
cd "$T/moved" && mkdir -p free/.xata && cd free || exit 1
add_table posts
sed -i 's/posts/notes/' "$dir/$added.json"
cd "$T/moved" && quietly git add -A . || exit 1
run git commit -q -m free
exits 0 "a project without the hook is not checked while all with it are there"
quietly git mv old new
run git commit -q -m renamed
exits 0 "a project may be renamed"
err_has 'this hook does not know "new": run "xata hook install" there' "with what to do"
err_has "compared with old in HEAD" "it is checked under its new name"
err_has "the 3 records are as in HEAD" "against what it was"
cd new || exit 1
refuses "and later on"
cd "$T/moved" && quietly git mv new newer && cd newer || exit 1
quietly git rm -q -f "$dir/$(last_name).json" && sed -i '$d' "$dir/.ledger"
quietly git add -A .
run git commit -q -m "renamed, and one less"
exits 1 "the commit that renames it may not leave the last record behind"
err_has "of HEAD is gone" "with the finding"
err_has 'xata rebase --onto HEAD' "and what brings it back"
quietly xata rebase --onto HEAD
quietly git add -A .
verifies "as it does" --staged
cd "$T/moved" && quietly git reset -q --hard && cd new || exit 1
quietly git rm -q --cached "$dir/.ledger"
run git commit -q -m "no ledger"
exits 1 "without its ledger it is not committed either"
quietly git reset -q --hard
add_column users phone
cd "$T/moved" && quietly git add -A . || exit 1
run git -c core.quotePath=true --literal-pathspecs commit -m four
exits 0 "a good record is committed"
err_has "1 record verified" "after it was checked"
quietly git mv new "its ü" && cd "its ü" || exit 1
quietly git commit -q -m umlaut
refuses "whatever the name is"
cd "$T/moved" && quietly git mv "its ü" 'a "b"' || exit 1
run git commit -q -m quotes
exits 1 "where Git quotes the name nothing is guessed"
err_has "is of a project that this hook does not know" "and that is said"
err_has 'Run "xata hook install" in the project' "with what to do"
cd 'a "b"' && quietly xata hook install && cd .. || exit 1
run git commit -q -m quotes
exits 0 "which helps"
err_has "the 4 records are as in HEAD" "as the project is checked"
err_lacks "does not know" "and known"
cd 'a "b"' || exit 1
refuses "for good"

# ---- the list is of all branches: only who is named leaves it

hook=../.git/hooks/pre-commit
history renamed old
quietly xata hook install
cd "$T/renamed" && quietly git mv old new && cd new || exit 1
run xata hook install --json
out_json '.gone' '[]' "what HEAD has may come back"
quietly git commit -q -m renamed
run xata hook install
exits 0 "install takes none out"
out_has '"old" is listed, too, but is not here' "but tells which is not here"
out_has 'xata hook uninstall --project FOLDER' "and how it goes"
is "$(grep -cxE 'old|new' $hook)" 2 "both names are listed"
add_column users phone
quietly git add -A .
run git commit -q -m phone
exits 0 "a folder that is not there does no harm"
err_has "1 record verified" "the others are checked"
echo text >note && quietly git add note
no_xata git commit -q -m note
exits 0 "nor does it in a commit without migrations"
err_lacks "verified" "which costs nothing"
run xata hook uninstall --json
exits 0 "uninstall takes out the project at hand"
out_json '[.project, .changed, .gone, .hooks[].state]' \
	'["new",true,["old"],"other_projects","other_projects","other_projects"]' "and no other one"
ok "which stays listed" grep -qx old $hook
run xata hook status --json
exits 1 "status tells that this one is not checked"
out_json '[.gone, .error.code]' '[["old"],"no"]' "and which one is listed"
run xata hook uninstall --project old/
exits 2 "a folder must be named as the hook does"
run xata hook uninstall --project older --json
exits 0 "one that is not listed"
out_json '[.project, .changed]' '["older",false]' "changes nothing"
cd .. || exit 1
run xata hook uninstall --project old --json
exits 0 "by name a project goes that is not there, from anywhere in the repository"
out_json '[.project, .changed, .gone, .hooks[].state]' '["old",true,[],"absent","absent","absent"]' \
	"and with the last one the hook"
run xata hook install --project new
exits 2 "a project that is to be checked must be there"

# Project b is on both branches, a on one: what b does on its branch leaves a checked.
history apart b
quietly git checkout -q -b two
mkdir -p ../a/.xata && cd ../a || exit 1
add_table posts
add_column posts text
commit a
quietly xata hook install
quietly git checkout -q main
rm -rf "$T/apart/a" # with what Git does not know of
cd "$T/apart/b" && quietly xata hook install || exit 1
run xata hook uninstall --json
exits 0 "uninstall where a project is that another branch lacks"
out_json '[.gone, .hooks[].state]' '[["a"],"other_projects","other_projects","other_projects"]' "leaves that of the other one"
quietly git checkout -q two
cd ../a || exit 1
refuses "where it is checked as before"

git init -q "$T/fresh" && cd "$T/fresh" || exit 1
for folder in a b; do
	mkdir -p "$T/fresh/$folder/.xata" && cd "$T/fresh/$folder" || exit 1
	add_table "$folder"
	quietly xata hook install
done
ok "a project that was not staged yet stays listed" grep -qx a ../.git/hooks/pre-commit
history both one
cd "$T/both" && mkdir -p two/.xata && cd two || exit 1
add_table posts
commit two
quietly xata hook install
cd ../one && quietly xata hook install || exit 1
sed -i 's/nick/alias/' "$dir/$three.json"
(cd ../two && add_column posts text) || exit 1
quietly git add -A ..
run git commit -m both
exits 1 "of two projects one is broken"
is "$(grep -nE '^(one|two):|edited after|1 record verified' "$ERR" | sed 's/^[0-9]*://; s/.*edited after.*/EDITED/; s/ verified.*//')" \
	"one:
EDITED
two:
1 record" "each finding stands below its folder"

# ---- core.hooksPath, husky

history shared
quietly git config core.hooksPath .githooks
run xata hook install
exits 0 "core.hooksPath counts"
ok "relative to the top" test -x .githooks/pre-commit
nok "and alone" test -e .git/hooks/pre-commit
commit hooks
refuses "the hook runs from there"
mkdir sub && cd sub || exit 1
run xata hook status
exits 0 "from a folder below too"
quietly git config extensions.worktreeConfig true
quietly git config --worktree core.hooksPath .others
run xata hook install
out_has "$T/shared/.others/pre-commit" "a setting of the work tree counts more"
quietly git config --worktree --unset core.hooksPath

quietly git config core.hooksPath /dev/null
run xata hook install
exits 3 "hooks may be turned off for good"
err_has "git config --show-origin core.hooksPath" "and the setting is named"

history husky
mkdir -p .husky/_
echo '*' >.husky/_/.gitignore
cat >.husky/_/h <<'END'
#!/usr/bin/env sh
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n
[ ! -f "$s" ] && exit 0
sh -e "$s" "$@"
END
cat >.husky/_/pre-commit <<'END'
#!/usr/bin/env sh
. "$(dirname "$0")/h"
END
chmod +x .husky/_/pre-commit
echo 'echo "their tests" >&2' >.husky/pre-commit
quietly git config core.hooksPath .husky/_
commit husky
run xata hook install
exits 0 "husky's hooks are extended where husky looks"
out_has "$T/husky/.husky/pre-commit: installed" "not in the folder it makes anew"
add_column users phone
quietly git add -A
run git commit -m four
exits 0 "a good record is committed"
err_has "their tests" "after theirs"
err_has "1 record verified" "and ours"
refuses "a bad one is refused"

# ---- work trees, submodules, merges

history trees
quietly xata hook install
quietly git worktree add -q "$T/linked" -b topic
cd "$T/linked" || exit 1
run xata hook status
exits 0 "work trees share the hooks"
add_column users phone
quietly git add -A
run git commit -m four
exits 0 "a commit in a linked work tree"
err_has "1 record verified" "is checked by its own index"
refuses "and refused when it must be"
cd "$T/trees" || exit 1
echo "$dir/.ledger merge=union" >.git/info/attributes
add_column users web
commit web
run git merge -m merged topic
exits 1 "a merge that Git makes by itself is checked"
err_has "the parent is" "and refused when the histories are only put together"
quietly git merge --abort
quietly git reset -q --hard HEAD~1
run git merge --no-ff -m merged topic
exits 0 "a good one is made"
err_has "1 record verified" "after a check"

history library
repository super
commit nothing
quietly git -c protocol.file.allow=always submodule add -q "$T/library" lib
cd lib || exit 1
run xata hook install
exits 0 "a submodule has hooks of its own"
out_has "$T/super/.git/modules/lib/hooks/pre-commit" "in its repository"
refuses "which run"

# ---- where it cannot work

project nowhere
run xata hook install
exits 3 "outside a repository there is nothing to install into"
err_has "is not in a Git repository" "which is said"
cd "$T/shop" || exit 1
run env XATA_TEMPLATE_DIR="$T/none" xata hook install
exits 3 "so it is without the template"
err_has "XATA_TEMPLATE_DIR" "with what to do"
mkdir -p "$T/template/hooks" && echo other >"$T/template/hooks/pre-commit"
run env XATA_TEMPLATE_DIR="$T/template" xata hook install
exits 3 "and with another one"
err_has "not one of this version" "which is said"
nok "nothing was made" test -e .git/hooks/pre-commit
run xata hook install now
exits 2 "an argument is a usage error"
run xata hook
exits 2 "a subcommand is needed"

# ---- the pre-commit framework runs what its file says

# framework: the framework always runs the entry, without names of files; GIT_DIR is set in a commit.
framework() { run env GIT_DIR=.git sh -c "$(sed -n 's/^  entry: //p' "$hooks")"; }
hooks=$abs_top_srcdir/.pre-commit-hooks.yaml
is "$(grep -cE '^  (always_run: true|pass_filenames: false)$' "$hooks")" 2 \
	"it does not leave out a commit that only removes files"
history framework
framework
exits 0 "the entry is a command that works"
out_has "Nothing new" "and checks"
quietly git rm -q -r $dir
echo '{}' >.xatarc && quietly git add .xatarc
framework
exits 1 "a commit that only removes is checked"
out_has "the ledger of HEAD is gone" "and refused"
quietly git reset -q --hard
rm -r .xata
framework
exits 0 "it needs the project in the index, not on disk"
out_has "Nothing new" "where it is checked"
quietly git rm -q -r .xata
quietly git commit -q -m gone
framework
exits 0 "a repository without a project may commit"
out_lacks "verified" "and nothing is checked"
run xata verify --staged
exits 3 "though by hand that is no check that passed"
err_has "no .xata/migrations in the index" "as is said"
err_has "Run it in the project's folder." "with what to do"
done_testing
