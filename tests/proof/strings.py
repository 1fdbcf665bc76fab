"""usage: strings.py some|all|bombs
SQL, markup, control characters and line ends in every string of every request, and bodies that
are bombs: each is taken as text or refused, and does nothing else to anybody. some: three of the
texts everywhere, and each of the others in every eighth place. bombs: these alone."""

import copy
import json
import os
import sqlite3
import sys
import urllib.parse

from answers import wrong_with
from routes import check_coverage, read_routes
from xatad import Tap, Xatad, instrument, store_rows, store_troubles

MEMORY_MB = 640
BOMB_S = 5

TEXTS = {
    "SQL that ends a statement": "'; DROP TABLE record; --",
    "SQL that is always true": "' OR '1'='1",
    "SQL in double quotes": '" OR 1=1; DELETE FROM api_key; --',
    "SQL that asks for more": "x' UNION SELECT hash, id FROM api_key --",
    "SQL that attaches": "'); ATTACH DATABASE 'evil.db' AS evil; --",
    "SQL of a numbered parameter": "?1",
    "a wildcard": "%",
    "a format": "%s%n%1000000d%p",
    "line ends and a header": "a\r\nX-Evil: 1\r\n\r\n<html>",
    "a terminal escape": "\x1b]0;evil\x07\x1b[2J",
    "markup": "<script>alert(1)</script>",
    "a path": "../../../../etc/passwd",
    "a command": "$(reboot)`reboot`;|reboot",
    "a lone NUL": "a\x00b",
    "text from right to left": "\u202eevil\u2066",
    "letters beyond the basic plane": "\U0001f4a9" * 20,
    "very long text": "x" * 70000,
    "no text": "",
    "white space": " \t ",
}


EVERYWHERE = ("SQL that ends a statement", "line ends and a header", "a lone NUL")


def places(value, path=()):
    """Every way to a string in a JSON value, and to every member's name."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from places(v, path + (k,))
            yield path + (k, None)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from places(v, path + (i,))
    elif isinstance(value, str):
        yield path


def put(value, path, text):
    """A copy with text at the place; None last: as the name of a member."""
    value = copy.deepcopy(value)
    at = value
    name = path[-1] is None
    steps = path[:-1] if name else path
    for step in steps[:-1]:
        at = at[step]
    if name:
        at[text] = at.pop(steps[-1])
    else:
        at[steps[-1]] = text
    return value


def variants(world, route, text):
    """The good request of a route with text in one place after the other."""
    method, target, body = route.request(world)
    path, _, query = target.partition("?")
    segments = path.split("/")
    quoted = urllib.parse.quote(text, safe="")[:7000]
    for i in range(1, len(segments)):
        yield method, "/".join(segments[:i] + [quoted] + segments[i + 1:]), body, {}
    if ":" in path:
        yield method, path.replace(":main", ":" + quoted, 1), body, {}
    pairs = urllib.parse.parse_qsl(query)
    for i in range(len(pairs)):
        changed = pairs[:i] + [(pairs[i][0], text[:7000])] + pairs[i + 1:]
        yield method, path + "?" + urllib.parse.urlencode(changed), body, {}
    for place in places(body) if body else ():
        yield method, target, put(body, place, text), {}
    if text.isascii() and text.isprintable() and len(text) < 8000:
        for header in ("Host", "Content-Type", "X-Xata-Client-ID", "User-Agent", "Accept-Encoding"):
            yield method, target, body, {header: text.strip() or "x"}


def check_text(tap, routes, client, what, text, number, step):
    """step: in every step-th place, others for each text."""
    wrong, asked, place = [], 0, number
    for i, route in enumerate(routes):
        world = route.world(client, "t%d_%d" % (number, i))
        for method, target, body, headers in variants(world, route, text):
            place += 1
            if place % step:
                continue
            asked += 1
            sent = json.dumps([target, body, headers], ensure_ascii=False).encode()
            answer = client.ask(method, target, body, headers)
            problem = wrong_with(answer, sent) or strange(answer, text)
            if problem:
                wrong.append("%s %s %.200s: %s" % (method, target[:200], body, problem))
        client.ask("DELETE", "/workspaces/xatad-local0/dbs/%s" % world.db)
    tap.ok(not wrong, "%s: %d requests" % (what, asked), *wrong)
    return asked


def strange(answer, text):
    if any("evil" in (n + v).lower() for n, v in answer.headers):
        return "in a header: %s" % answer.headers
    if any(ord(c) < 32 for _, v in answer.headers for c in v):
        return "control characters in a header: %s" % answer.headers
    if b"\x1b" in answer.body or b"\r" in answer.body:
        return "control characters in the body"
    return None


def tables(directory):
    c = sqlite3.connect("file:%s/xatad.db?mode=ro" % directory, uri=True)
    try:
        return sorted(c.execute("SELECT type, name, sql FROM sqlite_master"), key=str)
    finally:
        c.close()


# ---- bombs

def bombs():
    """(name, body, statuses). Bodies of up to 16 MiB."""
    mega = (16 << 20) - 100
    many = lambda item, n: b",".join([item] * n)
    whole = lambda inside: b'{"migrations":[' + inside + b"]}"
    return (
        ("arrays 100,000 deep", b'{"migrations":' + b"[" * 100000 + b"]" * 100000 + b"}", (413,)),
        ("objects 100,000 deep", b'{"a":' * 100000 + b"1" + b"}" * 100000, (413,)),
        ("brackets and no end", b"[" * mega, (413,)),
        ("65 levels", b'{"migrations":' + b"[" * 65 + b"]" * 65 + b"}", (413,)),
        ("arrays wide", whole(many(b"[]", mega // 3)), (413,)),
        ("objects wide", whole(many(b"{}", mega // 3)), (413,)),
        ("numbers wide", whole(many(b"1", mega // 2)), (413,)),
        ("strings wide", whole(many(b'""', mega // 3)), (413,)),
        ("arrays as wide as it may be", whole(many(b"[]", 499000)), (413,)),
        ("objects as wide as it may be", whole(many(b"{}", 499000)), (413,)),
        ("2,001 records", whole(many(b"{}", 2001)), (413,)),
        ("a million members", b"{" + b",".join(b'"%x":1' % i for i in range(990000)) + b"}",
         (400,)),
        ("a member twice", b'{"migrations":[],"migrations":[]}', (400,)),
        ("a member twice, escaped", b'{"migrations":[],"\\u006digrations":[]}', (400,)),
        ("a number past a double", whole(b"1e999999999"), (400,)),
        ("a number of a megabyte", whole(b"9" * (1 << 20)), (400,)),
        ("16 MB of digits", whole(b"9" * mega), (400,)),
        ("many numbers past 64 bits", whole(many(b"9" * 30, 400000)), (400, 413)),
        ("a string of 16 MB", b'{"migrations":"' + b"x" * mega + b'"}', (400,)),
        ("escapes of 16 MB", b'{"migrations":"' + b"\\u0041" * (mega // 6) + b'"}', (400,)),
        ("half a surrogate", b'{"a":"\\ud800"}', (400,)),
        ("a NUL in a name", b'{"a\\u0000b":1}', (400,)),
        ("bytes that are no UTF-8", b'{"a":"\xff\xfe"}', (400,)),
        ("UTF-16", '{"migrations":[]}'.encode("utf-16"), (400,)),
        ("two values", b"{}{}", (400,)),
        ("NaN", b'{"migrations":NaN}', (400,)),
        ("a comment", b'{/* */"migrations":[]}', (400,)),
        ("white space of 16 MB", b" " * mega, (400,)),
        ("an array", b"[]", (400,)),
        ("null", b"null", (400,)),
        ("a form", b"migrations=1&x=2", (400,)),
        ("XML with entities", b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', (400,)),
        ("a record with a million operations", whole(
            b'{"id":"mig_x","checksum":"1:0","operations":[' +
            many(b'{"a":1}', 900000) + b"]}"), (400, 413)),
        ("a record of 15 MB", whole(b'{"id":"mig_x","checksum":"1:0","title":"' + b"x" * (15 << 20) +
                                    b'","operations":[]}'), (400, 413)),
    )


def check_bombs(tap, client, xatad):
    instrumented, slowest = instrument(), 0
    for name, body, statuses in bombs():
        begun = xatad.worked()
        answer = client.ask("POST", "/db/bombs:main/schema/push", body)
        took = xatad.worked() - begun
        slowest = max(slowest, took)
        problem = wrong_with(answer)
        tap.ok(answer.status in statuses and not problem and
               (instrumented or took < BOMB_S) and len(answer.body) < 2000,
               "%s (%.1f MB) is refused" % (name, len(body) / 1e6),
               answer, problem, "%.2f s" % took)
    if instrumented:
        tap.skip("in little memory", "with sanitizers: see t0762")
    else:
        tap.ok(xatad.memory() < MEMORY_MB, "in little memory", "%d MB" % xatad.memory())
    tap.note("the slowest bomb took %.2f s of a processor, the most memory was %d MB" % (slowest, xatad.memory()))


def check_texts(tap, client, xatad):
    routes = check_coverage(tap, read_routes())
    client.new_database("untouched")
    before = tables(xatad.dir), store_rows(xatad.dir)
    asked = sum(check_text(tap, routes, client, what, text, n,
                           1 if what in EVERYWHERE or sys.argv[1] == "all" else 8)
                for n, (what, text) in enumerate(TEXTS.items()))
    tap.equal(tables(xatad.dir), before[0], "no table came, went or changed")
    rows = store_rows(xatad.dir)
    # "sqlite_sequence" is SQLite's own: the highest number that a table gave.
    lost = [t for t, old in before[1].items() for r in old
            if r not in rows[t] and t != "sqlite_sequence"]
    tap.equal(lost, [], "no row of before was lost or changed")
    tap.equal(store_troubles(xatad.dir), [], "SQLite finds the store whole")
    tap.ok(not os.path.lexists("evil.db"), "no other database came to be")
    tap.note("%d requests" % asked)
    return asked


def main():
    tap, asked = Tap(), 0
    xatad = Xatad("strings", plain=True).start()
    client = xatad.client(timeout=600 if instrument() == "wrap" else 60)
    client.new_database("bombs")
    check_bombs(tap, client, xatad)
    if sys.argv[1] != "bombs":
        asked = check_texts(tap, client, xatad)
    tap.ok(xatad.alive() and client.ask("GET", "/user").status == 200, "the server is well")
    client.close()
    tap.equal(xatad.stop(), 0, "and ends in good order")
    with open(xatad.log, "rb") as f:
        log = f.read()
    tap.ok(all(32 <= b < 127 or b == 10 for b in log), "the log is plain text of one line each")
    lines = [json.loads(line) for line in log.splitlines() if not line.startswith(b"serving")]
    tap.ok(len(lines) > asked and all(isinstance(x, dict) for x in lines), "of JSON")
    tap.done()


if __name__ == "__main__":
    main()
