#!/bin/sh
# docs/GIT.md: its commands print what the page says, and its tables have every kind of finding and
# of conflict that there is.
# The calls of git and of xata are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need git python3

page=$abs_top_srcdir/docs/GIT.md
tutorial=$abs_top_srcdir/tools/git-tutorial

# kinds HEADER MACRO: the stable names in the table of a header, one a line.
kinds() {
	sed -n "/^#define $2(X)/,/^\$/p" "$abs_top_srcdir/src/ledger/$1" |
		grep -o '"[a-z_]*"' | tr -d '"' | sort
}

# rows HEADING: the kinds that the page's table below a heading has.
# shellcheck disable=SC2016 # these are backticks of Markdown
rows() {
	sed -n "/^## $1\$/,/^## /p" "$page" | sed -n 's/^| `\([a-z_]*\)` |.*/\1/p' | sort
}

# table HEADER MACRO HEADING LEAST
table() {
	kinds "$1" "$2" >"$T/kinds"
	rows "$3" >"$T/rows"
	ok "$1 has a table of names" [ "$(wc -l <"$T/kinds")" -ge "$4" ]
	same_file "$T/rows" "$T/kinds" "\"$3\" has these, each once, and no other"
	is "$(sed -n "/^## $3\$/,/^## /p" "$page" | grep -c '^| `.*| *|')" 0 "with every cell filled"
}

table findings.h FINDING_KINDS "All findings" 20
table conflict.h CONFLICT_KINDS "All conflicts" 10

# libgit2 1.5 leaks a list of its own when a search for merge bases meets a commit that is missing.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 RUN_TIMEOUT=120 run "$tutorial" "$abs_top_builddir" "$page"
exits 0 "each command prints what the page says"
out_is "" "and nothing else differs"
ok "commands there are" [ "$(grep -c '^[a-z]*\$ ' "$page")" -ge 50 ]

# A page that is not as printed is told, and mended with --write.
cat >"$T/page" <<'END'
<!-- run ann
git init -q shop
-->
```console
ann$ xata new --name 01_users nowhere.json
it works
```
END
run "$tutorial" "$abs_top_builddir" "$T/page"
exits 1 "a page that has gone stale is found"
out_has "-it works" "with what it says"
out_has "+[exit status " "and what is so"
expect 0 "it can be brought up to date" "$tutorial" --write "$abs_top_builddir" "$T/page"
expect 0 "and is as printed then" "$tutorial" "$abs_top_builddir" "$T/page"
printf '<!-- run ann\nfalse\n-->\n' >"$T/page"
run "$tutorial" "$abs_top_builddir" "$T/page"
exits 1 "a hidden command that fails is found, too"
done_testing
