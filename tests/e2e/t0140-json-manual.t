#!/bin/sh
# Every member of a document of --json is described in xata-json(7), and every kind of failure.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"
. "$abs_top_srcdir/tests/lib/ci.sh"

page=$abs_top_srcdir/man/xata-json.7

# section NAME: the part of the page about one command, or about what all have.
section() {
	awk -v name="$1" '
		/^\.Ss / {
			title = substr($0, 5)
			n = split(title, parts, / , /)
			inside = 0
			for (i = 1; i <= n; i++)
				inside = inside || parts[i] == name
		}
		/^\.Sh / { inside = 0 }
		inside' "$page"
}

# items: the names in the ".It Li a , b" of a section.
items() {
	awk '/^\.It Li / { for (i = 3; i <= NF; i++) if ($i != ",") print $i }' | sort -u
}

# described COMMAND [SECTION…]: the members of the last document are described, for the command, for
# all, or in one of the sections named.
described() {
	command=$1
	shift
	jq -r 'keys[]' "$OUT" | sort >members
	{
		section "$command"
		section "Every document"
		for other; do section "$other"; done
	} | items >known
	comm -23 members known >unknown
	is "$(tr '\n' ' ' <unknown)" "" "the members of $command are described"
}

# shown FILTER SECTION: the members of an object inside the document are described.
shown() {
	jq -r "$1 | keys[]" "$OUT" | sort >members
	section "$2" | items >known
	comm -23 members known >unknown
	is "$(tr '\n' ' ' <unknown)" "" "the members of $1 are described in \"$2\""
	ok "there are some" test -s members
}

start_xatad
database shop
project one
add_table users
add_column users email
: >"$T/empty"

run xata version --json
described version
run xata help pull --json
described help
run xata completion fish --json
described completion
run xata new --json --dry-run <"$T/empty"
described new
RUN_INPUT=$T/operations
printf '[{"addTable":{"table":"orders"}}]' >"$T/operations"
run xata new --json --title "Orders"
RUN_INPUT=
described new
shown .record "A record"
run xata verify --json
described verify
run xata log --json
described log
run xata show head --json
described show
run xata status --json
described status "A comparison" verify
run xata status --json --offline
described status verify
run xata push main --json
described push "A comparison"
shown '.toPush[0]' "A record"
mkdir "$T/two" && cd "$T/two" || exit 1
run xata init --json
described init "A comparison" pull
run xata pull main --json
described pull "A comparison"
cd "$T/one" || exit 1
add_table here
push_all
cd "$T/two" || exit 1
add_table here
run xata rebase main --json
described rebase "A comparison" Conflicts
shown '.conflicts[0]' Conflicts
add_table there
run xata squash --since "$(head -n 1 .xata/migrations/.ledger)" --json
described squash
run xata pull main --force --json
described pull "A comparison"
git init -q -b main . && git add -A && git commit -q -m history
run xata ci check --json
described "ci check" Conflicts verify
run xata ci stale --base HEAD HEAD --json
described "ci stale"
shown '.branches[0]' "ci stale"
run xata ci preview --owner ann --branch topic --json
described "ci preview" push
run xata ci deploy --target main --json
described "ci deploy" push
run xata init --ci github --json
described init
git checkout -q -b side && add_table side && git add -A && git commit -q -m side
git checkout -q main && add_table mine && git add -A && git commit -q -m mine
git merge -q side >"$TAP_DIR/git" 2>&1
run xata resolve --upstream ours --json
described resolve Conflicts
shown '.moved[0]' resolve
git commit -q --no-edit
run xata schema dump --json
described "schema dump"
run xata config get --json
described "config get"
run xata config set codegen.output x.ts --json
described "config set"
run xata branch list --json
described "branch list"
run xata branch create dev --json
described "branch create"
run xata branch delete dev --yes --json
described "branch delete"
run xata dbs list --json
described "dbs list"
run xata dbs create crm --postgres --json
described "dbs create"
run xata dbs rename crm customers --yes --json
described "dbs rename"
use_database customers
run xata migrate start main --migration-json \
	'{"name":"a","operations":[{"sql":{"up":"SELECT 1"}}]}' --json
described "migrate start"
run xata migrate status main --json
described "migrate status"
run xata migrate complete main --json
described "migrate complete"
run xata migrate list main --json
described "migrate list"
project three
run xata pull main --json
exits 0 "a pgroll history is pulled"
run xata seal --json
described seal
run xata dbs delete customers --yes --json
described "dbs delete"
run xata auth status --json
described "auth status"
run xata auth trust localhost:1 --json
described "auth trust"
run xata auth trust --list --json
described "auth trust"
run xata auth login --host "$URL" --cacert "$SSL_CERT_FILE" --api-key "$XATA_API_KEY" --json
described "auth login"
run xata auth logout --yes --json
described "auth logout"

# ---- what is about Git

if command -v git >/dev/null; then
	git_init "$T/repository"
	mkdir "$T/repository/.xata" && cd "$T/repository" || exit 1
	add_table users
	quietly git add -A
	quietly git commit -q -m one
	quietly git checkout -q -b feature
	add_table orders
	quietly git add -A
	quietly git commit -q -m two
	run xata merge --base main --head feature --json
	described merge Conflicts
	shown '.projects[0]' merge
else
	skip "the members of merge are described" "no git"
fi

# ---- kinds of failures and of findings, against the tables they come from

awk -F'"' '/^\tX\(E_/ { print $2 }' "$abs_top_srcdir/src/base/error.h" | sort >codes
section "Every document" | items >known
is "$(comm -23 codes known | tr '\n' ' ')" "" "every code of an error is described"
awk -F'"' '/^\tX\(FIND_/ { print $2 }' "$abs_top_srcdir/src/ledger/findings.h" | sort >kinds
ok "there are kinds of findings" test -s kinds
missing=
while read -r kind; do
	section verify | grep -qw "$kind" || missing="$missing $kind"
done <kinds
is "$missing" "" "every kind of finding is described"
tr -d '\n' <"$abs_top_srcdir/src/ledger/conflict.h" | grep -o 'X(CONFLICT_[A-Z_]*,[^"]*"[a-z_]*"' |
	sed 's/.*"\(.*\)"/\1/' | sort >conflicts
ok "there are kinds of conflicts" test -s conflicts
missing=
while read -r kind; do
	section Conflicts | grep -qw "$kind" || missing="$missing $kind"
done <conflicts
is "$missing" "" "every kind of conflict is described"
done_testing
