#!/bin/sh
# What ./bootstrap does to a machine: packages only when they are missing, and clear words when it
# cannot. dpkg-query, apt-get, sudo and id are fakes; nothing is installed.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
bootstrap=$abs_top_srcdir/bootstrap

# A machine whose PATH has the usual tools, and the fakes that a test puts there.
mkdir bin
for tool in sh env dirname nproc id cat sed grep; do
	ln -s "$(command -v "$tool")" "bin/$tool"
done

# fake NAME LINE…: a command that notes its arguments and then does this.
fake() {
	name=$1
	shift
	rm -f "bin/$name"
	printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n' "$name" "$T" >"bin/$name"
	printf '%s\n' "$@" >>"bin/$name"
	chmod +x "bin/$name"
}

on_machine() {
	: >calls
	run env PATH="$T/bin" "$@"
}

on_machine "$bootstrap"
exits 0 "without an argument it explains itself"
for word in demo check build deps clean; do
	out_has "  $word " "and names $word"
done
is "$(cat calls)" "" "and does nothing"

on_machine "$bootstrap" frobnicate
exits 2 "an unknown command fails"
err_has 'there is no command "frobnicate"' "and is named"
err_has 'usage: ./bootstrap' "with what there is"

on_machine "$bootstrap" deps
exits 1 "deps fails where there is no apt"
err_has "not a Debian system" "and says so"
err_has "libgit2-dev" "and names what is needed"

fake dpkg-query 'printf installed'
fake apt-get 'exit 1'
on_machine "$bootstrap" deps
exits 0 "deps is content when all packages are there"
nok "and does not call apt-get" grep -q apt-get calls

# shellcheck disable=SC2016 # expanded by the fake
fake dpkg-query 'case $3 in libgit2-dev | jq) exit 1 ;; esac' 'printf installed'
fake apt-get 'exit 0'
fake id 'echo 0'
on_machine "$bootstrap" deps
exits 0 "deps installs what is missing"
is "$(grep '^apt-get' calls)" \
	"apt-get install -y -q --no-install-recommends libgit2-dev jq" "only that, as root without sudo"
nok "without fetching the package lists anew" grep -q 'apt-get update' calls

on_machine "$bootstrap" deps --all
exits 0 "deps --all works alike"
ok "and asks for the linters too" grep -q 'dpkg-query .* clang-tidy' calls

fake apt-get "[ \"\$1\" != install ] || [ -f $T/updated ] || exit 100" \
	"[ \"\$1\" != update ] || : >$T/updated"
on_machine "$bootstrap" deps
exits 0 "when apt does not know a package yet, the lists are fetched"
is "$(grep -c 'apt-get update' calls)" 1 "once"

fake apt-get 'exit 0'
fake id 'echo 1000'
on_machine "$bootstrap" deps
exits 1 "deps fails for an ordinary user without sudo"
err_has "as root, run: " "and says what to run as root"
nok "and does not call apt-get" grep -q apt-get calls

fake true 'exit 0'
# shellcheck disable=SC2016 # expanded by the fake
fake sudo 'shift' 'exec "$@"'
on_machine "$bootstrap" deps
exits 0 "with sudo it installs"
ok "without waiting for a password where nobody can type one" grep -q '^sudo -n ' calls

on_machine env BOOTSTRAP_NO_DEPS=1 "$bootstrap" deps
exits 0 "BOOTSTRAP_NO_DEPS leaves the packages alone"
is "$(grep -c -e apt-get -e dpkg calls)" 0 "and does not even ask"
done_testing
