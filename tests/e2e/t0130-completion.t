#!/bin/sh
# xata completion: each script knows every command and option, and works in its shell.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need jq

for shell in bash zsh fish; do
	run xata completion $shell
	exits 0 "there is a script for $shell"
	cp "$OUT" "xata.$shell"
	missing=
	"$abs_top_srcdir/tools/lint/commands" "$abs_top_builddir" >commands
	while read -r program command subcommand; do
		[ "$program" = xata ] || continue
		grep -qF "${subcommand:-$command}" "xata.$shell" || missing="$missing $command"
	done <commands
	is "$missing" "" "with every command"
	for option in --oneline --migration-json --cacert --lock-wait --json; do
		case $shell in
		fish) grep -qF -e "-l ${option#--}" "xata.$shell" ;;
		*) grep -qF -e "$option" "xata.$shell" ;;
		esac || missing="$missing $option"
	done
	is "$missing" "" "and options"
done
run xata completion csh
exits 2 "other shells have none"
err_has 'csh' "and the shell is named"
run xata completion
exits 2 "a shell has to be named"
run xata completion bash --json
out_json .shell bash "--json has the script, too"

mkdir empty
project one
add_table users
first=$added
add_column users email
second=$added
touch "$T/one/a_file.json"

# complete_bash WORD…: what bash offers for the last word.
complete_bash() {
	bash --norc --noprofile -c '
		. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_xata
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$T/xata.bash" "$@" 2>&1 | tr '\n' ' ' | sed 's/ *$//'
}

if command -v bash >/dev/null 2>&1; then
	is "$(complete_bash xata pu)" "pull push" "bash: commands"
	is "$(complete_bash xata auth '')" "login logout status trust" "bash: subcommands"
	is "$(complete_bash xata auth login --ca)" "--cacert" "bash: options"
	is "$(complete_bash xata pull --fo)" "--force" "bash: options of a command"
	is "$(complete_bash xata help ver)" "verify version" "bash: help of commands"
	is "$(complete_bash xata new --format '')" "v1 pgroll" "bash: values of an option"
	is "$(complete_bash xata new --format = v)" "v1" "bash: values behind ="
	is "$(complete_bash xata resolve --upstream '')" "ours theirs" "bash: the sides of a resolve"
	is "$(complete_bash xata merge --upstream '')" "base head" "bash: those of a merge"
	is "$(complete_bash xata init --ci '')" "github gitlab" "bash: CI systems"
	is "$(complete_bash xata ci check --format g)" "github gitlab" "bash: formats of a report"
	is "$(complete_bash xata new a_)" "a_file.json" "bash: files"
	is "$(complete_bash xata status --cacert a_)" "a_file.json" "bash: files of an option"
	is "$(complete_bash xata completion z)" "zsh" "bash: words"
	is "$(complete_bash xata show '')" "$second $first" "bash: records"
	is "$(complete_bash xata show "${second%?????}")" "$second" "bash: the record that begins so"
	is "$(complete_bash xata pull --db x)" "" "bash: nothing where nothing is known"
	is "$(complete_bash xata nothing '')" "" "bash: nothing for what is no command"
	is "$(cd "$T/empty" && complete_bash xata show '')" "" "bash: no records outside a project"
else
	skip "bash" "bash is not installed"
fi

if command -v zsh >/dev/null 2>&1; then
	ok "zsh reads its script" zsh -n "$T/xata.zsh"
else
	skip "zsh" "zsh is not installed"
fi

complete_fish() {
	fish --no-config -c "source $T/xata.fish; complete -C '$1'" 2>&1 | cut -f 1 | tr '\n' ' ' |
		sed 's/ *$//'
}

if command -v fish >/dev/null 2>&1; then
	is "$(complete_fish 'xata pu')" "pull push" "fish: commands"
	is "$(complete_fish 'xata auth lo')" "login logout" "fish: subcommands"
	is "$(complete_fish 'xata pull --fo')" "--force" "fish: options"
	is "$(complete_fish 'xata new --format ')" "pgroll v1" "fish: values of an option"
	is "$(complete_fish "xata show ${second%?????}")" "$second" "fish: records"
else
	skip "fish" "fish is not installed"
fi
done_testing
