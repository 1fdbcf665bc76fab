"""What goes wrong below the answers: HTTP, statuses, time, connections, TLS, redirects."""

from .case import BOTH, BROKE, GOOD, HEAD, case, good, text
from .pages import LONG, endless, promising, trees

# ---- HTTP that is none


def raw(data):
    def answer(x):
        x.send(data)
        x.drop()
    return {"head": answer}


def flood(x, start, unit):
    x.send(start)
    while True:
        x.send(unit * 1000)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
case("http-headers-endless", "headers without an end", good(),
     {"head": lambda x: flood(x, OK, b"X-Header: more\r\n")}, status=7, says="too large headers")
case("http-header-long", "one header line of megabytes", good(),
     {"head": lambda x: flood(x, OK + b"X-Header: ", b"x" * 1000)}, status=7,
     says="too large headers")
case("http-100-endless", "100 Continue, for ever", good(),
     {"head": lambda x: flood(x, b"", b"HTTP/1.1 100 Continue\r\n\r\n")}, status=7,
     says="too large headers")
case("http-banner", "the greeting of another protocol", good(), raw(b"SSH-2.0-OpenSSH_9\r\n"),
     status=7, says="does not speak HTTP")
case("http-binary", "bytes that mean nothing", good(), raw(bytes(range(256)) * 16), status=7,
     says="does not speak HTTP")
case("http-status-word", "a status that is no number", good(),
     raw(b"HTTP/1.1 abc OK\r\n\r\n"), status=7, says="does not speak HTTP")
case("http-status-999", "a status that does not exist", good(),
     {"head": lambda x: x.reply(HEAD, 999)}, status=7, says="HTTP 999")
case("http-switching", "101: another protocol from here on", good(),
     raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
     status=5, says=BROKE, timeout=2)
case("http-length-negative", "a length below nothing", good(),
     raw(OK + b"Content-Length: -5\r\n\r\n" + HEAD.encode()), status=7,
     says="length makes no sense")
case("http-length-twice", "two lengths that differ", good(),
     raw(OK + b"Content-Length: 5\r\nContent-Length: 900\r\n\r\n" + HEAD.encode()), status=5,
     says=BROKE)
case("http-chunk-size", "a chunk whose size is no number", good(),
     raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + HEAD.encode()), status=7,
     says="chunks")
case("http-chunk-huge", "a chunk of more bytes than there are", good(),
     raw(OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + HEAD.encode()),
     status=7, says="chunks")

# ---- statuses

PAGE = "<html><h1>502 Bad Gateway</h1></html>"
case("status-502-html", "a gateway's page, 502", good(),
     text(PAGE, 502, "text/html"), status=7,
     says=("could not show branch", "HTTP 502", "text/html"), commands=BOTH, requests={"head": 4})
case("status-502-history", "a gateway's page in place of the history", good(),
     text(PAGE, 502, "text/html", what="history"), status=7,
     says=("could not send the history", "HTTP 502", "text/html"),
     requests={"head": 1, "history": 4})
case("status-503-json", "503 with a message", good(),
     {"head": lambda x: x.error(503, "down for maintenance")}, status=7,
     says=("down for maintenance", "HTTP 503"), requests={"head": 4})
case("status-500", "500 with a message", good(), {"head": lambda x: x.error(500, "oops")},
     status=7, says=("oops", "HTTP 500"))
case("status-400", "400 with a message", good(), {"head": lambda x: x.error(400, "no")},
     status=7, says=("refused to show branch", "HTTP 400"))
case("status-401", "401", good(), {"head": lambda x: x.error(401, "invalid API key")}, status=6,
     says=("invalid API key", "xata auth login"), commands=BOTH)
case("status-403", "403", good(), {"head": lambda x: x.error(403, "not yours")}, status=6,
     says=("refused to show branch", "not yours", "HTTP 403"))
case("status-404", "404 for the branch", good(),
     {"head": lambda x: x.error(404, "database branch [x:main] not found")}, status=7,
     says=("database branch [x:main] not found", "HTTP 404"))
case("status-404-html", "404 with a page", good(), text(PAGE, 404, "text/html"), status=7,
     says=("refused to show branch", "HTTP 404", "text/html"))
case("status-407", "a proxy's 407 from the endpoint", good(),
     {"head": lambda x: x.error(407, "proxy")}, status=7, says="HTTP 407")


def first_time(x, answer, then):
    seen = x.memory.get("times", 0)
    x.memory["times"] = seen + 1
    (answer if seen == 0 else then)(x)


case("status-429", "429 without a word about when", good(),
     {"head": lambda x: x.error(429, "slow down")}, status=5, says=("slow down", "HTTP 429"),
     requests={"head": 4})
case("status-429-once", "429 once, with a delay of 1 s", good(),
     {"head": lambda x: first_time(x, lambda y: y.json(
         {"message": "slow down"}, 429, ["Retry-After: 1"]), good().head)},
     status=0, says="HTTP 429, trying again in", writes=GOOD["v1"],
     requests={"head": 2}, apart=(1,))
case("status-429-reset", "429 with x-ratelimit-reset, again and again", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["x-ratelimit-reset: 1"])},
     status=5, says=("slow down", "HTTP 429"), requests={"head": 4}, apart=(1, 1, 1))
case("status-429-day", "429 until tomorrow", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: 86400"])},
     status=5, says="asks to wait 86400 seconds", requests={"head": 1}, limit=5.0)
case("status-429-huge", "429 with a delay beyond all numbers", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: " + "9" * 40])},
     status=5, says="asks to wait", requests={"head": 1}, limit=5.0)
case("status-429-odd", "429 with a delay that is no time", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: -5",
                                                               "x-ratelimit-reset: soon"])},
     status=5, says=("slow down", "HTTP 429"), requests={"head": 4})
case("status-429-patience", "429 with a delay that is longer than --timeout", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: 25"])}, timeout=2,
     status=5, says="asks to wait 25 seconds", requests={"head": 1}, limit=2.0)

# ---- slow


def slowly(x, what):
    body = HEAD.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body)
    if what == "silent":
        x.hold(300)
    if what == "head":
        x.drip(head, 0.25)
    x.send(head)
    if what == "body":
        x.drip(body, 0.5)
    if what == "steady":  # fast enough for a limit on the rate, for ever
        x.drip(b" " * 10_000_000, 0.1, 100)


for short, summary in [("silent", "no answer"), ("head", "one byte of the headers at a time"),
                       ("body", "one byte of the body at a time")]:
    case(f"slow-{short}", summary, good(), {"head": lambda x, w=short: slowly(x, w)}, status=5,
         says="did not answer within", timeout=2, limit=6.0, requests={"head": 1})
    case(f"slow-{short}-default", summary + ", and nobody said --timeout", good(),
         {"head": lambda x, w=short: slowly(x, w)}, status=5, says="did not answer within",
         limit=60.0, long=True)
case("slow-steady", "a large answer that comes slowly and steadily", good(),
     {"head": lambda x: x.reply(b"", length=1_000_000) or x.drip(b" " * 1_000_000, 0.1, 100)},
     status=5, says="did not answer within", timeout=2, limit=6.0)


def slow_page(x, seconds, most=5, pad=0):
    x.hold(seconds)
    endless("v1", False, pad, most)(x)


def slow_drop(x, seconds):
    x.hold(seconds)
    x.drop()


case("slow-pages", "each page takes a while, and there is always another", good(),
     {"history": lambda x: slow_page(x, 1.2)}, status=5, timeout=2, limit=8.0,
     says="the endpoint is too slow")
case("slow-pages-default", "the same, and nobody said --timeout", good(),
     {"history": lambda x: slow_page(x, 20)}, status=5, limit=60.0,
     says="the endpoint is too slow", long=True)
case("slow-line", "page after page of a long history, as fast as over a slow line",
     good("v1", True), {"head": promising("v1", 450_000),
                        "history": lambda x: slow_page(x, 0.3, 1000, 200)},
     status=5, timeout=2, limit=4.0, says="the endpoint is too slow")
case("slow-line-default", "the same, and nobody said --timeout", good("v1", True),
     {"head": promising("v1", 450_000), "history": lambda x: slow_page(x, 1, 1000, 200)},
     status=5, limit=60.0, says="the endpoint is too slow", long=True)
# Pages on which much has to be computed, each sent late: 30,000 members in no order.
SHUFFLED = "{" + ",".join(f'"{n * 7919 % 30011:x}":0' for n in range(30_000)) + "}"
case("slow-heavy", "pages that come late and take long to check", good("v1", True),
     {"head": promising("v1", 90_000), "history": lambda x: x.hold(0.1) or trees(SHUFFLED)(x)},
     status=5, timeout=2, limit=5.0, says="the endpoint is too slow")
case("slow-drops", "each attempt is dropped after a while", good(),
     {"head": lambda x: slow_drop(x, 1.2)}, status=5, timeout=2, limit=4.5,
     says="broke before the answer was complete")
case("slow-drops-default", "the same, and nobody said --timeout", good(),
     {"head": lambda x: slow_drop(x, 25)}, status=5, limit=60.0,
     says="broke before the answer was complete", long=True)

# ---- connections that break

CUT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
for listener, words in [("closed", "could not connect"), ("hang-up", "broke")]:
    case(f"drop-{listener}", "nobody listens, or hangs up at once", good(), status=5,
         listener=listener, says=words, commands=BOTH)
for where, data in [("before-answer", b""), ("in-status", b"HTTP/1."),
                    ("in-headers", CUT[:40]), ("in-body", CUT + HEAD.encode()[:50]),
                    ("in-chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\nxxx")]:
    case(f"drop-{where}", "the connection is closed " + where.replace("-", " "), good(),
         raw(data), status=5, says=BROKE, requests={"head": 4})
case("drop-reset", "the connection is reset in the middle of the body", good(),
     {"head": lambda x: (x.send(CUT), x.hold(0.1), x.reset())}, status=5, says=BROKE,
     requests={"head": 4})
case("drop-in-history", "the connection is closed in the middle of the history", good(),
     {"history": lambda x: (x.send(CUT), x.drop())}, status=5, says=BROKE,
     requests={"head": 1, "history": 4})
case("drop-page-2", "the connection is closed before the second page", good(log=LONG["v1"]),
     {"history": lambda x: x.drop() if x.cursor else good(log=LONG["v1"]).history(x)}, local=[],
     status=5, says=BROKE)
case("drop-once", "the first connection is dropped, the second is good", good(),
     {"head": lambda x: first_time(x, lambda y: y.drop(), good().head)}, status=0,
     says=(BROKE, "trying again in"), writes=GOOD["v1"], requests={"head": 2})
case("drop-tls-body", "TLS ends in the middle of the body, without a word", good(),
     raw(CUT + HEAD.encode()[:50]), status=5, says=BROKE, listener="good", requests={"head": 4})

# ---- TLS

for listener, words in [("self-signed", ("unknown authority", "self-signed", "--cacert")),
                        ("expired", ("has expired",)), ("early", ("not valid yet",)),
                        ("wrong-name", ("for another name",)),
                        ("wrong-purpose", ("certificate", "unsuitable certificate purpose")),
                        ("old-tls", ("only versions of TLS before 1.2",)),
                        ("handshake-drop", ("broke in the TLS handshake",)),
                        ("handshake-plain", ("does not speak TLS", "http://"))]:
    case(f"tls-{listener}", "the encryption is not to be trusted: " + listener, good(), status=5,
         listener=listener, says=words, commands=(*BOTH, "push main --yes"),
         local=GOOD["v1"])
case("tls-silent", "the handshake gets no answer", good(), status=5, listener="silent", timeout=2,
     limit=6.0, says="in time")
case("tls-flood", "the handshake gets answers without an end that mean nothing", good(), status=5,
     listener="handshake-flood", timeout=2, limit=6.0, says="in time")
case("tls-silent-default", "the same, and nobody said --timeout", good(), status=5,
     listener="silent", says="in time", long=True)

# ---- redirects


def redirect(status, where="elsewhere", path="/db/x:main", raw_location=None):
    def answer(x):
        to = raw_location
        if to is None:
            host = "127.0.0.2" if where == "elsewhere" else "127.0.0.1"
            to = f"http://{host}:{x.server.ports[where]}{path}"
        x.reply(b"{}", status, headers=[f"Location: {to}"] if to else [])
    return answer


for status in (301, 302, 303, 307, 308):
    case(f"redirect-{status}", f"{status} to another host", good(),
         {"head": redirect(status)}, status=7, says=('redirects to "http://127.0.0.2', "key"),
         commands=BOTH)
case("redirect-history", "307 of a request with a body", good(), {"history": redirect(307)},
     status=7, says='redirects to "http://127.0.0.2', requests={"history": 1})
case("redirect-push", "308 of a push", good(log=GOOD["v1"][:2]), {"push": redirect(308)},
     local=GOOD["v1"], status=7, says='redirects to "http://127.0.0.2',
     commands=("push main --yes",), requests={"push": 1})
case("redirect-port", "302 to another port of the same host", good(),
     {"head": redirect(302, "elsewhere-here")}, status=7, says='redirects to "http://127.0.0.1')
case("redirect-tls", "302 from https to http", good(), {"head": redirect(302)}, status=7,
     says='redirects to "http://127.0.0.2', listener="good")
case("redirect-self", "302 to itself", good(), {"head": redirect(302, "http", "/db/redirect-self")},
     status=7, says='redirects to "http://127.0.0.1')
case("redirect-nowhere", "302 without an address", good(), {"head": redirect(302, raw_location="")},
     status=7, says='redirects to "nowhere"')
case("redirect-file", "302 to a file", good(),
     {"head": redirect(302, raw_location="file:///etc/passwd")}, status=7,
     says='redirects to "file://')
case("redirect-escape", "302 to an address that talks to the terminal", good(),
     {"head": redirect(302, raw_location="http://evil\x1b[31m\x9b/x")}, status=7,
     says=r'redirects to "http://evil\x1b[31m')
case("redirect-304", "304 to a request that asked for no such thing", good(),
     {"head": lambda x: x.reply(status=304)}, status=7, says="HTTP 304")
