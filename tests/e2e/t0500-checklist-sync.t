#!/bin/sh
# What the tests of the official client check of pull and push, row by row, for this one.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
dir=.xata/migrations

# two NAME: project NAME and its clone NAME-there, both with one common record, pushed to a branch.
two_v1() {
	database "$1"
	project "$1"
	add_table base
	push_all
	clone "$1" "$1-there"
}

two_pgroll() {
	database "$1" --postgres
	project "$1"
	create_table 01_base base
	push_all
	clone "$1" "$1-there"
}

# ---- pull, v1

pull_v1_creates_files_with_force_when_there_are_none() {
	two_v1 pullnone
	project pullnone-new
	run xata pull main --force
	exits 0 "pull, v1: creates files with --force when there are none"
	same_tree $dir ../pullnone/$dir "those of the branch"
}

pull_v1_adds_only_new_remote_ones_to_existing() {
	two_v1 pullnew
	add_table new
	push_all
	cd ../pullnew || exit 1
	stat -c '%i %n' $dir/*.json >"$T/inodes"
	run xata pull main
	exits 0 "pull, v1: adds only new remote records to existing ones"
	out_has 'Pulled 1 migration from branch "main".' "one"
	is "$(stat -c '%i %n' $dir/*.json | grep -cFf "$T/inodes")" 1 "and does not touch the other file"
}

pull_v1_equal_has_no_new_migrations() {
	two_v1 pullequal
	run xata pull main
	exits 0 "pull, v1: equal histories"
	out_has 'Branch "main" has nothing new.' "have no new migrations"
}

# ---- pull, pgroll

pull_pgroll_creates_files_with_force_when_there_are_none() {
	two_pgroll pgnone
	project pgnone-new
	run xata pull main --force
	exits 0 "pull, pgroll: creates files with --force when there are none"
	same_tree $dir ../pgnone/$dir "those of the branch"
}

pull_pgroll_adds_only_new_remote_ones_to_existing() {
	two_pgroll pgnew
	create_table 02_new new
	push_all
	cd ../pgnew || exit 1
	stat -c '%i %n' $dir/*.json >"$T/inodes"
	run xata pull main
	exits 0 "pull, pgroll: adds only new remote records to existing ones"
	is "$(last_name)" 02_new "the new one"
	is "$(stat -c '%i %n' $dir/*.json | grep -cFf "$T/inodes")" 1 "and does not touch the other file"
}

pull_pgroll_equal_has_no_new_migrations() {
	two_pgroll pgequal
	run xata pull main
	exits 0 "pull, pgroll: equal histories"
	out_has 'Branch "main" has nothing new.' "have no new migrations"
}

pull_pgroll_with_v1_files_converts_only_when_told_and_keeps_them() {
	two_pgroll pgconvert
	project pgconvert-v1
	add_table old
	old=$added
	cp $dir/"$old.json" "$T/old"
	run xata pull main
	exits 3 "pull, pgroll: v1 files are not converted by the way"
	err_has "--force" "the hint says how"
	same_file $dir/"$old.json" "$T/old" "and they stay"
	run xata pull main --force --json
	exits 0 "with --force they are"
	same_file "$(jq -r .backup "$OUT")/$old.json" "$T/old" "and the old ones are kept in the backup"
	same_tree $dir ../pgconvert/$dir "the ledger is that of the branch"
}

inferred_records_are_pgroll_records() {
	two_pgroll inferred
	create_table sql_0123456789abcd inferred
	jq '.migrationType = "inferred" | del(.chainChecksum)' "$dir/$added.json" >x && mv x "$dir/$added.json"
	run xata push main --yes
	exits 0 "push, pgroll: a new inferred record is pushed"
	run xata push main --yes
	exits 0 "push, pgroll: an equal one"
	out_has "everything already" "is there already"
	cd ../inferred || exit 1
	run xata pull main
	exits 0 "pull, pgroll: an inferred record is pulled"
	is "$(jq -r .migrationType $dir/sql_0123456789abcd.json)" inferred "as such"
	run xata verify
	exits 0 "and known as a pgroll record"
}

# ---- push, v1

push_v1_to_an_empty_branch_pushes_1() {
	database pushempty
	project pushempty
	add_table one
	run xata push main --yes --json
	out_json '[.exitStatus, .pushed]' '[0,1]' "push, v1: to an empty branch pushes 1"
}

push_v1_with_one_common_and_one_new_pushes_1() {
	two_v1 pushone
	add_table two
	run xata push main --yes --json
	out_json '[.exitStatus, .pushed, (.toPush | length)]' '[0,1,1]' \
		"push, v1: one common and one new pushes 1"
}

push_v1_equal_has_no_new_migrations() {
	two_v1 pushequal
	run xata push main --yes
	exits 0 "push, v1: equal histories"
	out_has 'Branch "main" has everything already.' "have nothing to push"
}

# ---- push, pgroll

push_pgroll_with_v1_files_says_how_to_convert() {
	two_pgroll pgpushold
	project pgpushold-v1
	add_table old
	run xata push main --yes
	exits 3 "push, pgroll: v1 files are refused"
	err_has "xata pull --force" "and the hint says how to convert"
}

push_pgroll_to_an_empty_branch_pushes_1() {
	database pgpushempty --postgres
	project pgpushempty
	create_table 01_one one
	run xata push main --yes --json
	out_json '[.exitStatus, .pushed]' '[0,1]' "push, pgroll: to an empty branch pushes 1"
}

push_pgroll_with_one_new_pushes_1() {
	two_pgroll pgpushone
	create_table 02_two two
	run xata push main --yes --json
	out_json '[.exitStatus, .pushed, (.toPush | length)]' '[0,1,1]' "push, pgroll: one new pushes 1"
}

push_pgroll_equal_has_no_new_migrations() {
	two_pgroll pgpushequal
	run xata push main --yes
	exits 0 "push, pgroll: equal histories"
	out_has 'Branch "main" has everything already.' "have nothing to push"
}

pull_v1_creates_files_with_force_when_there_are_none
pull_v1_adds_only_new_remote_ones_to_existing
pull_v1_equal_has_no_new_migrations
pull_pgroll_creates_files_with_force_when_there_are_none
pull_pgroll_adds_only_new_remote_ones_to_existing
pull_pgroll_equal_has_no_new_migrations
pull_pgroll_with_v1_files_converts_only_when_told_and_keeps_them
inferred_records_are_pgroll_records
push_v1_to_an_empty_branch_pushes_1
push_v1_with_one_common_and_one_new_pushes_1
push_v1_equal_has_no_new_migrations
push_pgroll_with_v1_files_says_how_to_convert
push_pgroll_to_an_empty_branch_pushes_1
push_pgroll_with_one_new_pushes_1
push_pgroll_equal_has_no_new_migrations
done_testing
