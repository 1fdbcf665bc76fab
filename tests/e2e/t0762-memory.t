#!/bin/sh
# What t0710, t0752 and t0753 bound can be seen only in a build without sanitizers: the memory of the
# client under an endpoint that sends too much, and that of xatad under bombs and crowds, and how
# long the bombs take. In the long form with all that they do.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

need openssl git
sanitized || skip_all "this build has no sanitizers: t0710, t0752 and t0753 bound its memory themselves"
plain_programs
nok "the client has no sanitizer" grep -q __asan_init "$(command -v xata)"
nok "nor has xatad" grep -q __asan_init "$(command -v xatad)"

if [ "$LONG" = 0 ]; then
	passes "the client stays within 64 MB, whatever is sent" ../hostile/run.py \
		"$(command -v xata)" hostile large- gzip- shape-record-large endless json-d
	passes "nor does it believe what is announced" ../hostile/run.py \
		"$(command -v xata)" hostile v1-endless-part large-members-part --long
	passes "xatad stays within its bounds under bombs" strings.py bombs
	passes "and under crowds" crowd.py 0.5 1000 "sending large bodies, with a key" \
		"asking for long pages and not reading" "pushing 1,000 records at once" \
		"pushing nothing but values"
else
	passes "the client stays within 64 MB, whatever is sent" ../hostile/run.py \
		"$(command -v xata)" hostile --long
	passes "xatad stays within its bounds under texts and bombs" strings.py all
	passes "and under crowds" crowd.py 5 1000
fi
done_testing
