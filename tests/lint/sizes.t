#!/bin/sh
# tools/lint/sizes on files at its limits and past them.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
sizes=$abs_top_srcdir/tools/lint/sizes

# function_of LINES: a function whose braces are so many lines apart.
function_of() {
	printf 'void f(void)\n{\n'
	yes '	g();' | head -n $(($1 - 1))
	printf '}\n'
}

# file_of LINES
file_of() {
	printf '/* A long one. */\n'
	yes 'extern int x;' | head -n $(($1 - 1))
}

mkdir -p good/src/base good/tests/unit bad/src/base
{
	echo '/* At the limit. */'
	function_of 60
} >good/src/base/function.c
file_of 600 >good/src/base/file.c
file_of 601 >good/tests/unit/long.c
expect 0 "functions and files at the limits pass, and tests may be longer" "$sizes" good
out_is "" "without a word"

{
	echo '/* Past it. */'
	function_of 61
} >bad/src/base/function.c
expect 1 "a function of 61 lines fails" "$sizes" bad
out_is "src/base/function.c:3: function of 61 lines; the limit is 60" "and is named"
rm bad/src/base/function.c

file_of 601 >bad/src/base/file.c
expect 1 "a file of 601 lines fails" "$sizes" bad
out_is "src/base/file.c:601: file of 601 lines; the limit is 600" "and is named"

echo 'int x;' >bad/src/base/file.c
expect 1 "a file without an opening comment fails" "$sizes" bad
out_is "src/base/file.c:1: no opening comment on the job of the file" "and is named"
done_testing
