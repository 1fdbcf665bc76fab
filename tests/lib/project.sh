# shellcheck shell=sh
# Projects and their records, for tests of the client; sourced behind tap.sh.

# project NAME: an empty project in $T/NAME, which becomes the current directory.
project() {
	{ mkdir -p "$T/$1/.xata" && cd "$T/$1"; } || bail_out "no project $1"
}

# add OPERATIONS [OPTION…]: makes the next record; $added is its name.
add() {
	tap_operations=$1
	shift
	added=$(printf '%s\n' "$tap_operations" | xata new --json "$@" 2>"$TAP_DIR/add.err" |
		jq -r '.record.name // empty')
	[ -n "$added" ] && return
	diag "$(cat "$TAP_DIR/add.err")"
	bail_out "xata new failed: $tap_operations $*"
}

# v1 records: add_table TABLE; add_column TABLE COLUMN
add_table() { add "[{\"addTable\":{\"table\":\"$1\"}}]"; }
add_column() {
	add "[{\"addColumn\":{\"table\":\"$1\",\"column\":{\"name\":\"$2\",\"type\":\"string\"}}}]"
}

# pgroll records: create_table NAME TABLE
create_table() {
	add "[{\"create_table\":{\"name\":\"$2\",\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"pk\":true}]}}]" \
		--name "$1"
}

# pgroll_column NAME COLUMN: in the table users.
pgroll_column() {
	add "[{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":\"$2\",\"type\":\"text\",\"nullable\":true}}}]" \
		--name "$1"
}

# database NAME [OPTION…]: makes it; from now on commands are about it.
database() {
	use_database "$1"
	xata dbs create "$@" --quiet 2>"$TAP_DIR/database.err" && return
	diag "$(cat "$TAP_DIR/database.err")"
	bail_out "could not create database $1"
}

use_database() {
	XATA_DATABASE_URL=$URL/db/$1
	export XATA_DATABASE_URL
}

# quietly COMMAND…: a step on the way, which has to work.
quietly() {
	"$@" >"$TAP_DIR/quietly" 2>&1 </dev/null && return
	diag "$(cat "$TAP_DIR/quietly")"
	bail_out "failed: $*"
}

names() { cat .xata/migrations/.ledger; }
last_name() { tail -n 1 .xata/migrations/.ledger; }

# id_of NAME: what the branch calls the record of that name.
id_of() {
	case $1 in
	mig_*_????????) echo "${1%_*}" ;;
	*) echo "$1" ;;
	esac
}

# Sends what is here to main.
push_all() { quietly xata push --yes main; }

# clone FROM TO: a second project with the same records and memory; becomes the current directory.
clone() {
	{ cp -r "$T/$1" "$T/$2" && cd "$T/$2"; } || bail_out "no clone of $1"
}

# clean_ledger DESCRIPTION: what is here verifies.
clean_ledger() {
	run xata verify
	exits 0 "$1"
}

# intact DESCRIPTION: nothing but records and the ledger lies in .xata/migrations.
intact() {
	find .xata/migrations -mindepth 1 | sed 's,.*/,,' | sort >"$TAP_DIR/there"
	{
		echo .ledger
		sed 's/$/.json/' .xata/migrations/.ledger
	} | sort >"$TAP_DIR/named"
	same_file "$TAP_DIR/there" "$TAP_DIR/named" "$1"
}
