#!/bin/sh
# tools/lint/layers on a tree that follows the arrows and on trees that do not.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
layers=$abs_top_srcdir/tools/lint/layers

# file NAME LINE…
file() {
	mkdir -p "$(dirname "$1")"
	to=$1
	shift
	printf '%s\n' "$@" >"$to"
}

# refused NAME LINE TEXT DESCRIPTION: one wrong line makes the good tree bad, and is named.
refused() {
	rm -rf bad
	cp -r good bad
	file "bad/$1" '/* Wrong. */' "$2"
	expect 1 "$4" "$layers" bad
	out_has "$1:2: $3" "$4: says where"
}

file good/src/base/error.h '/* Errors. */' '#include <stdio.h>'
file good/src/base/sha256.c '/* Hash. */' '#include "base/error.h"' '#include <openssl/evp.h>'
file good/src/base/json.h '/* JSON. */' '#include <jansson.h>'
file good/src/ledger/record.c '/* Records. */' '#include "base/error.h"' '#include "ledger/record.h"'
file good/src/sync/pull.c '/* Pull. */' '#include "ledger/record.h"'
file good/src/adapt/vcs_git.c '/* Git. */' '#include "project/vcs.h"' '#include <git2.h>'
file good/src/xata/main.c '/* Main. */' '#include "config.h"' '#include "adapt/vcs_git.h"'

expect 0 "a tree that follows the arrows passes" "$layers" good
out_is "" "and nothing is said about it"
refused src/base/up.c '#include "ledger/record.h"' 'src/base may not include "ledger/record.h"' \
	"base does not see the ledger"
refused src/ledger/up.c '#include "project/vcs.h"' 'src/ledger may not' \
	"the ledger does not see a project on disk"
refused src/server/beside.c '#include "sync/pull.h"' 'src/server may not' \
	"layers side by side do not see each other"
refused src/sync/up.c '# include "adapt/vcs_git.h"' 'src/sync may not' \
	"only the programs name an adapter"
refused src/xata/beside.c '#include "xatad/serve.h"' 'src/xata may not' \
	"one program does not see the other"
refused src/sync/curl.c '#include <curl/curl.h>' '<curl/curl.h> belongs behind an interface' \
	"libcurl stays in its adapter"
refused src/xata/git.c '#include <git2.h>' '<git2.h> belongs' "libgit2 stays in its adapter"
refused src/server/db.c '#include <sqlite3.h>' '<sqlite3.h> belongs' "SQLite stays in its adapter"
refused src/server/web.c '#include <microhttpd.h>' '<microhttpd.h> belongs' \
	"libmicrohttpd stays in its adapter"
refused src/base/tls.c '#include <openssl/ssl.h>' '<openssl/ssl.h> belongs' \
	"only one file of base uses OpenSSL"
refused src/base/bare.c '#include "error.h"' '"error.h" without its folder' \
	"an include names its folder"
rm -rf bad
cp -r good bad
file bad/src/extra/new.c "/* New. */"
expect 1 "a folder that nobody placed is reported" "$layers" bad
out_has 'src/extra/new.c:1: "extra" is no known layer' "by its name"
done_testing
