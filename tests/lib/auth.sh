# shellcheck shell=sh disable=SC2034 # variables are read by the tests that source this
# What the tests of xata auth and xata init share; after tap.sh.

need jq python3
CREDENTIALS=$HOME/.config/xata/credentials

# Takes the key and the certificate of start_xatad out of the environment: profiles have them then.
leave_environment() {
	KEY=$XATA_API_KEY
	CA=$SSL_CERT_FILE
	unset XATA_API_KEY SSL_CERT_FILE
	printf '%s\n' "$KEY" >"$T/key"
}

# login [ARGUMENT…]: with the key of the endpoint on standard input.
login() {
	RUN_INPUT=$T/key
	run xata auth login "$@"
	RUN_INPUT=
}

# no_key DESCRIPTION: the key is in nothing that the last command printed.
no_key() {
	nok "$1" grep -qF -e "$KEY" "$OUT" "$ERR"
}

mode_of() {
	stat -c %a "$1"
}

# on_terminal [QUESTION ANSWER]… -- COMMAND…: leaves $SCREEN, and $status.
SCREEN=$TAP_DIR/screen
on_terminal() {
	run python3 "$abs_top_srcdir/tests/lib/pty_run.py" "$SCREEN" "$@"
}

screen_has() {
	ok "$2" grep -qF -e "$1" "$SCREEN"
}

screen_lacks() {
	nok "$2" grep -qF -e "$1" "$SCREEN"
}

# listen NAME [LOCATION]: a listener that records in $T/NAME; leaves its port in $PORT.
listen() {
	python3 "$abs_top_srcdir/tests/lib/listener.py" "$T/$1.port" "$T/$1" ${2+"$2"} \
		>/dev/null 2>&1 </dev/null &
	xatad_pids="$xatad_pids $!"
	wait_for "a listener" test -s "$T/$1.port"
	PORT=$(cat "$T/$1.port")
	: >"$T/$1"
}
