#!/bin/sh
# xatad serve: its ready file, its log, its signals, its lock, what it refuses to listen on.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq curl python3

# ---- ready file and log

start_xatad
is "$(wc -l <"$XATAD_DIR.ready" | tr -d ' ')" 1 "the ready file has one line"
ok "which is a URL for localhost" grep -q '^https://localhost:[0-9]*$' "$XATAD_DIR.ready"
api GET /healthz
answers 200 "the endpoint answers there"
out_is '{"status":"ok"}' "that it is well"
api GET "/workspaces?secret=word"
answers 200 "the admin key is good"
api GET /nowhere
answers 404 "what is not there is not found"
XATA_API_KEY=xata_wrong api GET /workspaces
answers 401 "another key is not"

grep '^{' "$XATAD_LOG" >log
is "$(jq -s 'length' log)" 5 "the log has a line for the start and for each request"
is "$(jq -r 'select(.method) | [.method, .route, .status] | join(" ")' log | sed -n 2p)" \
	"GET /workspaces 200" "with method, route and status"
is "$(jq 'select(.method) | select((.id | length) == 20 and (.ms | type) == "number")' log |
	jq -s length)" 4 "request id and time"
is "$(jq -s 'map(.key // empty) | length > 0 and all(test("^key_"))' log)" true \
	"and the key's public id"
nok "but never the key" grep -q "$XATA_API_KEY" log
nok "nor a query" grep -q secret log
ok "the request id is the one the client got" grep -q "$(sed -n \
	's/^x-request-id: \([0-9a-v]*\).*/\1/p' "$HEADERS")" log

# ---- a second server, a stop, a restart

run xatad serve "$XATAD_DIR" --listen 127.0.0.1:0
exits 8 "a second server of the directory is refused"
err_has "process $XATAD_PID" "naming the first"
run xatad init other
run xatad serve other --listen "127.0.0.1:${URL##*:}"
exits 3 "a port that is taken is refused"
err_has "in use" "and said to be"
stop_xatad
is "$xatad_status" 0 "SIGTERM ends it with success"
nok "and the ready file is gone" test -e "$XATAD_DIR.ready"
ok "and the log says that it stopped" grep -q '"event":"stop"' "$XATAD_LOG"

start_xatad
kill -INT "$XATAD_PID"
tap_reap "$XATAD_PID"
is "$xatad_status" 0 "SIGINT does the same"
start_xatad
kill_xatad
ok "a server that is killed leaves its ready file" test -e "$XATAD_DIR.ready"
cp "$XATAD_DIR.ready" stale
start_xatad
nok "which the next one replaces" cmp -s stale "$XATAD_DIR.ready"
api GET /workspaces
answers 200 "and the lock of a dead server is nobody's"
stop_xatad

# ---- a request in flight

cat >slow.py <<'END'
# Sends half of a request, says so, and the rest a second later; prints the status line.
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n12")
open("sent", "w").close()
time.sleep(1)
s.sendall(b"34")
print(s.recv(4096).decode().split("\r\n")[0])
END
start_xatad --http
is "${URL%:*}" "http://localhost" "--http serves plain HTTP on loopback"
python3 slow.py "${URL##*:}" >slow.out 2>&1 &
slow=$!
wait_for "half a request" test -e sent
stop_xatad
is "$xatad_status" 0 "a stop waits for what is in flight"
wait "$slow"
is "$(cat slow.out)" "HTTP/1.1 404 Not Found" "and the client gets its answer"
is "$(tail -n 1 "$XATAD_LOG" | jq .cutOff)" 0 "nobody was cut off"

# ---- what goes where

xatad init quiet >"$OUT"
printf 'old line\n' >app.log
XATAD_DIR=$T/quiet
jq -n '{key: "x", certificate: "x"}' >quiet.json
start_xatad --http --quiet --log app.log
api GET /healthz
is "$(cat "$XATAD_LOG")" "" "--quiet prints nothing"
ok "--log appends" grep -q '^old line$' app.log
is "$(grep -c healthz app.log)" 1 "the requests"
mv app.log moved.log
kill -HUP "$XATAD_PID"
wait_for "a new log" test -e app.log
api GET /healthz
is "$(grep -c healthz app.log) $(grep -c healthz moved.log)" "1 1" "SIGHUP opens the log anew"
python3 - "${URL##*:}" <<'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"G\x1b]0;x\x07\xff\"T /\x1b[2J HTTP/1.1\r\nHost: localhost\r\n\r\n")
s.recv(4096)
END
ok "control characters of a client cannot leave the log" \
	python3 -c 'import sys,json; [json.loads(l) for l in open("app.log", encoding="ascii")]'
stop_xatad

cat >notify.py <<'END'
# A service manager: prints the states that the server tells it.
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify.sock")
s.settimeout(20)
out = open("states", "w")
while True:
    state = s.recv(100).decode()
    print(state, file=out, flush=True)
    if state == "STOPPING=1":
        break
END
python3 notify.py &
notify=$!
wait_for "the manager" test -S notify.sock
NOTIFY_SOCKET=$T/notify.sock
export NOTIFY_SOCKET
start_xatad --http
unset NOTIFY_SOCKET
stop_xatad
wait "$notify"
is "$(tr '\n' ' ' <states)" "READY=1 STOPPING=1 " "a service manager hears of start and stop"

# ---- refused

for address in 0.0.0.0:0 '[::]:0'; do
	run xatad serve quiet --http --listen "$address"
	exits 2 "--http is refused on $address"
done
err_has "plain HTTP" "and says why"
for address in '' 8443 127.0.0.1 127.0.0.1:http 127.0.0.1:70000 nowhere.invalid:1; do
	run xatad serve quiet --listen "$address"
	exits 2 "\"$address\" is no address to listen on"
done
run sh -c 'ulimit -n 100 && exec xatad serve quiet --http --listen 127.0.0.1:0'
exits 3 "too few files for a server are refused"
err_has "ulimit -n" "with what to raise"
run xatad serve quiet --http --ready-file no/such/dir/ready
exits 3 "a ready file that cannot be written ends the server"
run xatad serve quiet --http --log /no/such/dir/log
exits 3 "so does a log"
run xatad serve nothing
exits 3 "a directory that is not there is refused"
err_has "xatad init" "with the way to make one"
mkdir plain
run xatad serve plain
exits 3 "so is one that init did not make"
run xatad serve
exits 2 "and none at all"
run sh -c 'xatad serve quiet --http --listen 127.0.0.1:0 >/dev/full'
[ -w /dev/full ] && exits 3 "a standard output that is full is an error"
done_testing
