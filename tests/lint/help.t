#!/bin/sh
# tools/lint/help-width and tools/lint/man, on a made-up program and its pages.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
lint=$abs_top_srcdir/tools/lint

# fake_program OPTION-LINE: xata with two commands; the help of "branch create" has this line.
fake_program() {
	cat >build/xata <<EOF
#!/bin/sh
case "\$1 \$2" in
"push --help") cat <<'TEXT' ;;
Usage: xata push [<branch>]

Options:
  -n, --dry-run       only say what would be sent

General:
      --json          print one JSON document
TEXT
"branch create") cat <<'TEXT' ;;
Usage: xata branch create <branch>

Options:
$1
      --json          print one JSON document
TEXT
"branch --help") cat <<'TEXT' ;;
Usage: xata branch <command>

  nothing here is a command

Commands:
  create    make a branch

General:
      --json          print one JSON document
TEXT
*) cat <<'TEXT' ;;
Usage: xata <command> [<options>]

Commands:
  push      send migrations the branch lacks
  branch    list, create and delete branches

Run "xata <command> --help".
TEXT
esac
EOF
	cat >build/xatad <<'EOF'
#!/bin/sh
case $1 in
--help) printf 'Usage: xatad <command>\n\nCommands:\n  serve   answer\n' ;;
*) printf 'Usage: xatad serve\n\n      --http   without TLS\n' ;;
esac
EOF
	chmod +x build/xata build/xatad
}

page() {
	printf '.Dd January 1, 2026\n.Dt X 1\n.Os\n.Sh OPTIONS\n.Bl -tag\n'
	[ $# -eq 0 ] || printf '%s\n' "$@"
	printf '.El\n'
}

mkdir build man
fake_program '      --from BRANCH   where it starts'
page '.It Fl -json' '.It Fl V , Fl -version' >man/xata.1
page '.It Fl -http' >man/xatad.8
page '.It Fl n , Fl -dry-run' >man/xata-push.1
page '.It Fl Fl from Ar BRANCH' >man/xata-branch.1

run "$lint/commands" build
out_is "xata push
xata branch
xata branch create
xatad serve" "the commands are read from the help"
expect 0 "help within 80 columns passes" "$lint/help-width" build
expect 0 "pages that list the options of the programs pass" "$lint/man" build man
out_is "" "without a word"

page >man/xata-branch.1
expect 1 "an option without a description fails" "$lint/man" build man
out_is "xata branch: --help lists --from, xata-branch.1 does not" "and is named"

page '.It Fl -from Ar BRANCH' '.It Fl -gone' >man/xata-branch.1
expect 1 "a description without an option fails" "$lint/man" build man
out_is "xata branch: xata-branch.1 lists --gone, --help does not" "and is named"
page '.It Fl -from Ar BRANCH' >man/xata-branch.1

page '.It Fl -json' '.It Fl -http' >man/xata.1
expect 1 "an option that the program's page alone has fails" "$lint/man" build man
out_is "xata: xata.1 lists --http, no command does" "and is named"
page '.It Fl -json' >man/xata.1

page '.It Fl -json' >man/xatad.8
expect 1 "the page of xatad is compared both ways" "$lint/man" build man
out_has "xatad: --help lists --http, xatad.8 does not" "with what it lacks"
out_has "xatad: xatad.8 lists --json, no command does" "and with what it has too much"
page '.It Fl -http' >man/xatad.8

fake_program '      --from yes|no   where it starts'
page '.It Fl -from Ar ANSWER' >man/xata-branch.1
expect 1 "values that only the help has fail" "$lint/man" build man
out_is "xata-branch.1: --help differs in the values of --from: yes|no" "and are named"
page '.It Fl -from Cm yes | no' >man/xata-branch.1
expect 0 "the same values pass" "$lint/man" build man

rm man/xata-push.1
expect 1 "a command without a page fails" "$lint/man" build man
out_has "xata push: no page" "and is named"

fake_program "      --from BRANCH   $(printf '%060d' 0)"
expect 1 "a line of more than 80 columns fails" "$lint/help-width" build
out_has "xata branch create --help: wider than 80 columns" "and its command is named"

fake_program "      --from BRANCH   at most so m$(printf '\303\244')ny"
expect 1 "a help text that is not plain ASCII fails" "$lint/help-width" build

printf '#!/bin/sh\necho "usage: xata" >&2\nexit 2\n' >build/xata
expect 1 "a program without help fails" "$lint/help-width" build
out_has "xata  --help: fails" "and is named"
done_testing
