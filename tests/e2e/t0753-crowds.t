#!/bin/sh
# Crowds of 1,000 slow, idle and greedy clients, while others are served within a second. The long
# form has every kind of crowd.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

if [ "$LONG" = 0 ]; then
	set -- 0.5 1000 "idle, without a byte" "dripping headers" "dripping small bodies" \
		"sending large bodies, without a key" "reading long pages at once" \
		"idle before a TLS handshake"
else
	set -- 5 1000
fi
proof crowd.py "$@"
