#!/bin/sh
# tools/lint/help-width and tools/lint/man, on a made-up program and its pages.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
lint=$abs_top_srcdir/tools/lint

# fake_program OPTION-LINE: xata with one command, whose help has this line.
fake_program() {
	cat >build/xata <<EOF
#!/bin/sh
case \$1 in
push) cat <<'TEXT' ;;
usage: xata push [<branch>]

  -n, --dry-run       only say what would be sent
$1
      --json          print one JSON document
TEXT
*) cat <<'TEXT' ;;
usage: xata <command> [<options>]

Commands:
  push      send migrations the branch lacks

      --json          print one JSON document
TEXT
esac
EOF
	chmod +x build/xata
}

page() {
	printf '.Dd January 1, 2026\n.Dt X 1\n.Os\n.Sh OPTIONS\n.Bl -tag\n'
	printf '%s\n' "$@"
	printf '.El\n'
}

mkdir build man
fake_program '      --limit COUNT   at most so many'
page '.It Fl -json' >man/xata.1
page '.It Fl n , Fl -dry-run' '.It Fl Fl limit Ar COUNT' >man/xata-push.1

expect 0 "help within 80 columns passes" "$lint/help-width" build
expect 0 "pages that list the options of the program pass" "$lint/man" build man
out_is "" "without a word"

page '.It Fl n , Fl -dry-run' >man/xata-push.1
expect 1 "an option without a description fails" "$lint/man" build man
out_is "xata push: --help lists --limit, xata-push.1 does not" "and is named"

page '.It Fl n , Fl -dry-run' '.It Fl -limit Ar COUNT' '.It Fl -gone' >man/xata-push.1
expect 1 "a description without an option fails" "$lint/man" build man
out_is "xata push: xata-push.1 lists --gone, --help does not" "and is named"

rm man/xata-push.1
expect 1 "a command without a page fails" "$lint/man" build man
out_has "xata push: no page" "and is named"

fake_program "      --limit COUNT   $(printf '%060d' 0)"
expect 1 "a line of more than 80 columns fails" "$lint/help-width" build
out_has "xata push --help: wider than 80 columns" "and its command is named"

fake_program "      --limit COUNT   at most so m$(printf '\303\244')ny"
expect 1 "a help text that is not plain ASCII fails" "$lint/help-width" build

printf '#!/bin/sh\necho "usage: xata" >&2\nexit 2\n' >build/xata
expect 1 "a program without help fails" "$lint/help-width" build
out_has "xata  --help: fails" "and is named"
done_testing
