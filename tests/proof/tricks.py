"""usage: tricks.py
Malformed HTTP, tricks with paths, hosts and headers, and everything oversized, over TLS and in
clear: each is refused with the right status or cut, nothing slips through, nobody else notices."""

import re
import socket
import ssl
import time
import warnings

from answers import wrong_with
from xatad import Tap, WORKSPACE, Xatad, read_answer, store_rows

CUT = None  # the connection is closed without an answer
LIBRARY = (400, 413, 414, 431, 505)
WAITS = "waits"  # for the end of a line that has not come: that is what slow clients are tested for


def request(line="GET /user HTTP/1.1", *headers, host="Host: localhost", body=b"", key="KEY"):
    """Bytes of a request that would be good; parts in latin-1. key None: no Authorization."""
    lines = [line] + ([host] if host else []) + \
        (["Authorization: Bearer " + key] if key else []) + list(headers)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def get(path, **more):
    return request("GET %s HTTP/1.1" % path, **more)


def post(path, body, *headers, **more):
    return request("POST %s HTTP/1.1" % path, "Content-Length: %d" % len(body), *headers, body=body,
                   **more)


# A body in chunks is refused for being one, so nothing in it is read.
def chunked(*chunks, end=b"0\r\n\r\n", **more):
    body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + end
    return request("POST /db/d:main/schema/history HTTP/1.1", "Transfer-Encoding: chunked",
                   body=body, **more)


HISTORY = b'{"page":{"size":1}}'
GOOD = {
    "as it should be": (get("/user"), 200),
    "escaped letters of a name": (get("/dbs/%64"), 200),
    "an escaped colon": (get("/db/d%3Amain/schema"), 200),
    "a query of nothing": (get("/user?"), 200),
    "an HTTP/1.0 request": (request("GET /user HTTP/1.0", host=None), 200),
    "a body": (post("/db/d:main/schema/history", HISTORY), 200),
    "an empty line first": (b"\r\n" + get("/user"), 200),
    "a header folded in white space": (request("GET /user HTTP/1.1", "X-A:   b  "), 200),
}

PATHS = {
    "an encoded slash in a name": ("/db/d%2fmain", 400),
    "an encoded slash as a separator": ("/db%2Fd:main", 404),
    "a NUL": ("/dbs/d%00", 400),
    "a NUL before a suffix": ("/dbs/d%00/gitBranches", 400),
    "a NUL in a query": ("/dbs/d/resolveBranch?gitBranch=a%00b", 400),
    "dot segments": ("/dbs/../dbs/d", 404),
    "dot segments at the root": ("/../../etc/passwd", 404),
    "encoded dot segments": ("/dbs/%2e%2e", 400),
    "encoded dots and slashes": ("/dbs/%2e%2e%2fd", 400),
    "doubly encoded dots": ("/dbs/%252e%252e%252f", 400),
    "a dot": ("/dbs/./d", 404),
    "a backslash": ("/dbs/..\\d", 400),
    "an encoded backslash": ("/dbs/..%5cd", 400),
    "two slashes": ("/dbs//d", 404),
    "two slashes first": ("//dbs/d", 404),
    "a slash at the end": ("/dbs/d/", 404),
    "a matrix parameter": ("/dbs/d;x=1", 400),
    "capitals": ("/DBS/d", 404),
    "another case of the name": ("/dbs/D", 404),
    "CR LF in a name": ("/dbs/d%0d%0aX-Evil:%201", 400),
    "LF in a query": ("/dbs/d/resolveBranch?gitBranch=a%0aX-Evil:1", 400),
    "CR LF in a branch to make": ("/db/d:b%0d%0aSet-Cookie:x", 400),
    "a bad escape": ("/dbs/%zz", 400),
    "half an escape": ("/dbs/d%6", 400),
    "a bad escape in a query": ("/dbs/d/resolveBranch?gitBranch=%", 400),
    "an overlong slash": ("/dbs/d%c0%af", 400),
    "bytes that are no UTF-8": ("/dbs/d%ff", 400),
    "a letter that looks like one": ("/dbs/%d0%b0", 400),
    "a surrogate": ("/dbs/%ed%a0%80", 400),
    "a space encoded": ("/dbs/d%20", 400),
    "a plus sign": ("/dbs/d+e", 400),
    "a branch without its database": ("/db/:main", 400),
    "a database without its branch": ("/db/d:", 400),
    "two colons": ("/db/d:main:main", 400),
    "no colon": ("/db/d", 400),
    "a wildcard": ("/dbs/*", 400),
    "a pattern of the table itself": ("/dbs/{db}", 400),
    "a pattern of SQL": ("/dbs/%25", 400),
    "a workspace that is none": ("/workspaces/..%2f..", 400),
    "a page before the first": ("/db/r:main/migrations/history?cursor=-1", 400),
    "a page size of none": ("/db/r:main/migrations/history?limit=0", 400),
    "a page size of all": ("/db/r:main/migrations/history?limit=99999999999999999999", 400),
    "a cursor of words": ("/db/r:main/migrations/history?cursor=1%20OR%201", 400),
    "a fragment": ("/dbs/d#x", 400),
    "a byte that is no ASCII": ("/dbs/d\xe9", 400),
}

LINES = {
    "an absolute target": (request("GET http://localhost/user HTTP/1.1"), 400),
    "an absolute target of elsewhere": (request("GET https://evil.example/user HTTP/1.1"), 400),
    "CONNECT": (request("CONNECT localhost:443 HTTP/1.1"), 400),
    "an asterisk": (request("GET * HTTP/1.1"), 400),
    "TRACE": (request("TRACE /user HTTP/1.1"), 405),
    "a method of our own": (request("FROB /user HTTP/1.1"), 405),
    "a method in small letters": (request("get /user HTTP/1.1"), 405),
    "a method that is no word": (request("G(T /user HTTP/1.1"), 501),
    "a method of a mile": (request("G" * 100 + " /user HTTP/1.1"), 501),
    "no target": (request("GET HTTP/1.1"), (400, 505, CUT)),
    "no version": (request("GET /user"), (400, 505, CUT)),
    "HTTP/2.0": (request("GET /user HTTP/2.0"), 505),
    "HTTP/1.2": (request("GET /user HTTP/1.2"), 505),
    "HTTP/0.9": (request("GET /user HTTP/0.9"), 505),
    "another protocol's version": (request("GET /user RTSP/1.0"), (400, 505, CUT)),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "two targets": (request("GET /user /user HTTP/1.1"), (400, 505)),
    "a target with a space": (request("GET /dbs/d e HTTP/1.1"), (400, 505)),
    "a tab for a space": (request("GET\t/user\tHTTP/1.1"), (400, 501, 505, CUT)),
    "only line feeds": (get("/user").replace(b"\r\n", b"\n"), (200, 400, CUT)),
    "TLS to nobody": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, WAITS),
    "an SSH greeting": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", (400, 501, 505, CUT)),
    "zeros": (b"\0" * 400 + b"\r\n\r\n", (400, 501, 505, CUT, WAITS)),
    "noise": (bytes(range(256)) * 8 + b"\r\n\r\n", (400, 501, 505, CUT)),
}

HEADERS = {
    "no host": (request(host=None), 400),
    "two hosts": (request("GET /user HTTP/1.1", "Host: evil.example"), 400),
    "two hosts that agree": (request("GET /user HTTP/1.1", "host: localhost"), 400),
    "an empty host": (request(host="Host:"), 400),
    "a host with a path": (request(host="Host: localhost/../x"), 400),
    "a host with a user": (request(host="Host: a@localhost"), 400),
    "a host with a space": (request(host="Host: local host"), 400),
    "a host of SQL": (request(host="Host: ' OR 1=1 --.local.x"), 400),
    "a host with a port of words": (request(host="Host: localhost:http"), 400),
    "a host of a mile": (request(host="Host: " + "a" * 300), 400),
    "a host of a workspace that is not there":
        (request(host="Host: nobody-a1b2c3.local.localhost"), 401),
    "a length twice": (request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: 2",
                               "Content-Length: 2", body=b"{}"), 400),
    "two lengths": (request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: 2",
                            "Content-Length: 50", body=b"{}"), 400),
    "two lengths in one": (request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: 2, 2",
                                   body=b"{}"), (400, CUT)),
    "a length and chunks": (chunked(HISTORY).replace(b"\r\nHost", b"\r\nContent-Length: 4\r\nHost"),
                            400),
    "a length below zero": (request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: -1"),
                            (400, CUT)),
    "a length with a sign": (request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: +2",
                                     body=b"{}"), (400, CUT)),
    "a length in hex": (request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: 0x2",
                                body=b"{}"), (400, CUT)),
    "a length past 64 bits": (request("POST /dbs/d/gitBranches HTTP/1.1",
                                      "Content-Length: 18446744073709551618", body=b"{}"),
                              (400, 413, CUT)),
    "another transfer coding": (request("POST /dbs/d/gitBranches HTTP/1.1",
                                        "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
                                (400, 501)),
    "a transfer coding twice": (request("POST /dbs/d/gitBranches HTTP/1.1",
                                        "Transfer-Encoding: chunked",
                                        "Transfer-Encoding: identity", body=b"0\r\n\r\n"), (400, 501)),
    "a transfer coding in disguise": (request("POST /dbs/d/gitBranches HTTP/1.1",
                                              "Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
                                      (400, 501)),
    "a compressed body": (post("/dbs/d/gitBranches", b"\x1f\x8b", "Content-Encoding: gzip"), 415),
    "a space before the colon": (request("GET /user HTTP/1.1", "X-A : b"), 400),
    "a header without a colon": (request("GET /user HTTP/1.1", "nonsense"), (400, CUT)),
    "a header without a name": (request("GET /user HTTP/1.1", ": b"), (200, 400, CUT)),
    "a NUL in a header": (request("GET /user HTTP/1.1", "X-A: b\0c"), (200, 400, CUT)),
    "a bare CR in a header": (request("GET /user HTTP/1.1", "X-A: b\rX-Evil: 1"), (400, CUT)),
    "a control character in a header": (request("GET /user HTTP/1.1", "X-A: \x1b[2J"), 400),
    "a name of bytes": (request("GET /user HTTP/1.1", "X-\xff: b"), 400),
    "an obsolete fold": (request("GET /user HTTP/1.1", "X-A: b\r\n c"), (200, 400, CUT)),
    "an expectation that nobody knows": (request("GET /user HTTP/1.1", "Expect: miracles"),
                                         (200, 400, 417)),
    "an upgrade": (request("GET /user HTTP/1.1", "Upgrade: h2c", "Connection: Upgrade",
                           "HTTP2-Settings: AAA"), 200),
    "a proxy's headers": (request("GET /user HTTP/1.1", "X-Forwarded-For: 127.0.0.1",
                                  "X-Original-URL: /metrics", "X-HTTP-Method-Override: DELETE",
                                  "Forwarded: for=x;host=evil"), 200),
}

CHUNKS = {
    "a chunked body": (chunked(HISTORY[:5], HISTORY[5:]), 411),
    "a chunk size of words": (chunked(end=b"zz\r\n\r\n"), 411),
    "a chunk size past 64 bits": (chunked(end=b"fffffffffffffffff\r\nx"), 411),
    "a chunk size below zero": (chunked(end=b"-1\r\nx\r\n0\r\n\r\n"), 411),
    "a chunk that lies about its size": (chunked(end=b"2\r\nxxxxxx\r\n0\r\n\r\n"), 411),
    "a chunk extension of a mile": (chunked(end=b"1;" + b"x" * 100000 + b"\r\nx\r\n"), 411),
    "trailers": (chunked(HISTORY, end=b"0\r\nAuthorization: Bearer x\r\nHost: evil\r\n\r\n"),
                 411),
}

MILE = "x" * (1 << 20)
SIZES = {
    "a path past 8 KiB": (get("/" + "x" * 9000), (404, 413, 414)),
    "a query past 8 KiB": (get("/user?" + "x" * 9000), 414),
    "a target of a megabyte": (get("/" + MILE), (414, 431, CUT)),
    "65 parameters": (get("/user?" + "&".join("a%d=b" % i for i in range(65))), 413),
    "headers past 16 KiB": (request("GET /user HTTP/1.1", "X-A: " + "x" * 17000), 431),
    "101 headers": (request("GET /user HTTP/1.1", *["X-%d: a" % i for i in range(101)]), 431),
    "100,000 headers": (request("GET /user HTTP/1.1", *["X-%d: a" % i for i in range(100000)]),
                        (413, 431, CUT)),
    "a header of a megabyte": (request("GET /user HTTP/1.1", "X-A: " + MILE), (413, 431, CUT)),
    "a name of a megabyte": (request("GET /user HTTP/1.1", MILE + ": a"), (413, 431, CUT)),
    "a line of a megabyte": (MILE.encode() + b"\r\n\r\n", (400, 414, 431, 501, CUT)),
    "a line without end": (b"GET /" + b"x" * (1 << 20), (400, 414, 431, CUT)),
    "a body that says it has 17 MB": (request("POST /dbs/d/gitBranches HTTP/1.1",
                                              "Content-Length: 17000000"), 413),
    "a body that says it has an exabyte": (request("POST /dbs/d/gitBranches HTTP/1.1",
                                                   "Content-Length: 1000000000000000000"), 413),
    "a body of 17 MB": (post("/dbs/d/gitBranches", b" " * 17000000), 413),
    "a chunked body of 17 MB": (chunked(*[b" " * 1000000] * 17), 411),
    "a name of 256 letters": (get("/dbs/" + "n" * 256), 400),
    "a database and a branch of 256": (get("/db/%s:%s" % ("n" * 256, "m" * 256)), 400),
    "a job of 8 KiB": (get("/db/r:main/migrations/jobs/" + "j" * 8000), 413),
}


def converse(xatad, data, wait=10):
    """What the server says to these bytes; CUT when it says nothing and closes."""
    s = xatad.connect(wait)
    try:
        try:
            s.sendall(data.replace(b"Bearer KEY", b"Bearer " + xatad.key.encode()))
        except OSError:
            pass  # it closed before the end: what it said may still be there
        return read_answer(s)
    except (ConnectionError, ssl.SSLError):
        return CUT
    finally:
        s.close()


def from_library(answer):
    """A short page of the HTTP library about what is no request; it must not name itself."""
    return b"<html>" in answer.body and len(answer.body) < 400 and answer.status in LIBRARY and \
        not re.search(rb"microhttpd|GNU|\d\.\d\.\d", answer.body, re.I) and \
        {n.lower() for n, _ in answer.headers} <= {"content-length", "content-type", "date",
                                                   "connection"}


def evil_headers(answer):
    return [n for n, v in answer.headers if "evil" in (n + v).lower() or n.lower() == "set-cookie"]


def check_one(xatad, data, wanted):
    """None, or what is wrong."""
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    try:
        answer = converse(xatad, data, 1 if WAITS in wanted else 10)
    except socket.timeout:
        return None if WAITS in wanted else "no answer within 10 s"
    if answer is CUT:
        return None if CUT in wanted else "cut without an answer"
    if answer.status not in wanted:
        return "%r" % answer
    if evil_headers(answer):
        return "injected: %s" % answer.headers
    return None if from_library(answer) else wrong_with(answer, data)


def check_table(tap, xatad, title, table):
    wrong, slowest = [], 0
    for what, (data, wanted) in table.items():
        begun = time.monotonic()
        problem = check_one(xatad, data, wanted)
        slowest = max(slowest, time.monotonic() - begun)
        if problem:
            wrong.append("%s: %s" % (what, problem))
    tap.ok(not wrong, "%s: %d requests" % (title, len(table)), *wrong)
    return slowest


def check_smuggling(tap, xatad):
    """What follows a request that was refused is never read as another request."""
    wrong = []
    evil = b"DELETE /workspaces/%s/dbs/d HTTP/1.1\r\nHost: localhost\r\n" \
        b"Authorization: Bearer KEY\r\n\r\n" % WORKSPACE.encode()
    for what, data in {
            "a length and chunks": request(
                "POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: 5",
                "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + evil),
            "two lengths": request("POST /dbs/d/gitBranches HTTP/1.1", "Content-Length: 0",
                                   "Content-Length: %d" % len(evil), body=evil),
            "a body behind GET": request("GET /user HTTP/1.1",
                                         "Content-Length: %d" % len(evil), body=evil),
            "a body that is too large": request("POST /dbs/d/gitBranches HTTP/1.1",
                                                "Content-Length: 99000000", body=evil),
            "a space before the colon": request("POST /dbs/d/gitBranches HTTP/1.1",
                                                "Content-Length : %d" % len(evil), body=evil),
            "a chunk that lies": chunked(end=b"1\r\n\r\n\r\n" + evil),
    }.items():
        try:
            converse(xatad, data)
        except socket.timeout:
            wrong.append("%s: no answer" % what)
        c = xatad.client()
        if c.ask("GET", "/dbs/d").status != 200:
            wrong.append("%s: the request inside was answered" % what)
            c.new_database("d")
        c.close()
    tap.ok(not wrong, "no request is smuggled in the body of another", *wrong)


def check_tls(tap, xatad):
    """Old protocol versions and clear text on the TLS port lead nowhere."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of the versions, which is the point
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl.create_default_context(cafile=xatad.certificate)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
        s = socket.create_connection(("127.0.0.1", xatad.port), 10)
        try:
            context.wrap_socket(s, server_hostname="localhost").close()
            tap.ok(False, version.name + " is refused")
        except OSError:
            tap.ok(True, version.name + " is refused")
        s.close()
    s = socket.create_connection(("127.0.0.1", xatad.port), 10)
    s.sendall(get("/healthz"))
    try:
        said = s.recv(1000)
    except ConnectionError:
        said = b""
    s.close()
    tap.ok(b"HTTP" not in said, "clear text on the port of TLS is not answered", said)


def main():
    tap = Tap()
    for plain in (True, False):
        how = "in clear" if plain else "over TLS"
        xatad = Xatad("tricks-" + ("plain" if plain else "tls"), plain=plain).start()
        client = xatad.client()
        client.new_database("d")
        client.new_database("r", pgroll=True)
        before, slowest = store_rows(xatad.dir), 0
        tables = {"good": GOOD, "paths": {k: (get(p), s) for k, (p, s) in PATHS.items()},
                  "first lines": LINES, "headers": HEADERS, "chunks": CHUNKS, "sizes": SIZES}
        for title, table in tables.items():
            slowest = max(slowest, check_table(tap, xatad, "%s, %s" % (title, how), table))
        check_smuggling(tap, xatad)
        if not plain:
            check_tls(tap, xatad)
        tap.ok(store_rows(xatad.dir) == before, "the store is as it was, row by row")
        tap.ok(xatad.alive() and client.ask("GET", "/user").status == 200,
               "and the server as it was, too")
        client.close()
        tap.note("%s: the slowest took %.2f s" % (how, slowest))
        tap.equal(xatad.stop(), 0, "it ends in good order")
    tap.done()


if __name__ == "__main__":
    main()
