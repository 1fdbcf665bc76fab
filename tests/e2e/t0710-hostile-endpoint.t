#!/bin/sh
# An endpoint that misbehaves in every way that tests/hostile/misbehaviours tells: the client ends
# with the right status and names the cause, writes nothing, takes bounded time and memory, lets no
# terminal be spoken to, and gives the key to nobody else. In the long form every command that asks an
# endpoint meets them.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need python3 openssl git

form=
[ "$LONG" = 0 ] || form="--long --sweep"
# shellcheck disable=SC2086 # an option or nothing
PYTHONDONTWRITEBYTECODE=1 python3 "$abs_top_srcdir/tests/hostile/run.py" "$abs_top_builddir/xata" "$T/hostile" $form
