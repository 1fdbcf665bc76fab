# shellcheck shell=sh disable=SC2034 # variables are read by the tests that source this
# Projects in real Git repositories; sourced behind tap.sh and project.sh.

need git

# repository NAME [FOLDER]: a repository in $T/NAME with a project in FOLDER (its top without one),
# which becomes the current directory.
repository() {
	git_init "$T/$1" || bail_out "no repository $1"
	{ mkdir -p "$T/$1/${2:-.}/.xata" && cd "$T/$1/${2:-.}"; } || bail_out "no project $1"
}

# commit MESSAGE: all there is, whatever a hook thinks of it.
commit() {
	quietly git add -A "$(git rev-parse --show-toplevel)"
	quietly git commit -q --no-verify --allow-empty -m "$1"
}

# history NAME [FOLDER]: a repository whose three records are committed; $one, $two, $three.
history() {
	repository "$@"
	add_table users
	one=$added
	add_column users email
	two=$added
	add_column users nick
	three=$added
	commit "three records"
}

# git_clone FROM TO: another repository with the same commits; becomes the current directory.
git_clone() {
	{ git clone -q "$T/$1" "$T/$2" && cd "$T/$2"; } || bail_out "no clone of $1"
}

# finds KIND FILE DESCRIPTION [OPTION…]: verify with these options fails with this finding.
finds() {
	tap_kind=$1
	tap_file=$2
	tap_about=$3
	shift 3
	run xata verify "$@"
	exits 1 "$tap_about"
	out_has "$tap_file" "and the file is named"
	run xata verify --json "$@"
	out_json "[.findings[] | select(.kind == \"$tap_kind\") | .file] | unique | join(\" \")" \
		"$tap_file" "the finding is $tap_kind"
	out_json '[.findings[] | select((.message | length) < 5 or (.remedy | length) < 5)]' '[]' \
		"each says what to do"
}

# verifies DESCRIPTION [OPTION…]
verifies() {
	tap_about=$1
	shift
	run xata verify "$@"
	exits 0 "$tap_about"
}

# conflicted COMMAND…: git stops in a conflict; what it says is in $TAP_DIR/git.
conflicted() {
	if git "$@" >"$TAP_DIR/git" 2>&1; then bail_out "no conflict: git $*"; fi
}

# columns: what the records of the ledger add, columns or tables, in order.
columns() {
	tr -d '\r' <.xata/migrations/.ledger | while read -r tap_name; do
		jq -r '(.operations // .migration.operations)[] |
			.addColumn.column.name // .addTable.table // .create_table.name' \
			".xata/migrations/$tap_name.json"
	done | tr '\n' ' ' | sed 's/ $//'
}
