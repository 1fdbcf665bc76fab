"""usage: crowd.py SECONDS [CONNECTIONS [NAME...]]
Crowds of slow, idle and greedy clients, each for some seconds; meanwhile others are served: what
the slowest of them waited is measured, connection and TLS handshake included. The same visits to a
second server, which has no crowd, tell what the machine itself made them wait."""

import itertools
import json
import os
import resource
import socket
import sqlite3
import ssl
import sys
import threading
import time

from xatad import (Tap, Xatad, broken_link, head_of, instrument, make_record, make_records, push,
                   read_answer)

# What the sanitizers and Valgrind slow down, by two to fifty times, is measured without them.
BAR_S = {None: 1.0, "asan": 2.0}.get(instrument(), 40.0)
# A server slowed down so much is rightly busy, and gets schemas of a tenth of the size.
SLOWED = instrument() not in (None, "asan")
TABLES = 10_000 if SLOWED else 100_000
BRANCHES = 1_000 if SLOWED else 10_000  # as many as there may be
# A machine with much else to do delays one run; a server that is at fault, most.
ATTEMPTS = int(os.environ.get("PROOF_ATTEMPTS", 3))
OTHERS = {1: "others", 400: "more"}  # records of a push, database; 400 are a large body
LONG = 300  # records of some 16 kB, all in one page
FILL_S = 20  # until all of a crowd must be there
LEAVE_S = 25  # less than the 30 after which any idle one is closed
MEMORY_MB = 700  # see "the most that it held" below


class Other(threading.Thread):
    """A client like any other, with a key of its own: asks, and pushes so many records, on a new
    connection each time. Its visits are measured, not how long the records take to make here."""

    def __init__(self, xatad, count):
        super().__init__(daemon=True)
        self.xatad, self.count, self.stop = xatad, count, threading.Event()
        self.branch, self.waits, self.troubles = OTHERS[count] + ":main", [], []
        self.head = xatad.client().head(self.branch)

    def run(self):
        while not self.stop.is_set():
            records = make_records(False, self.head, self.count)
            begun = time.monotonic()
            try:
                self.visit(records)
            except Exception as e:
                self.troubles.append("%r after %.2f s" % (e, time.monotonic() - begun))
            self.waits.append(time.monotonic() - begun)
            self.stop.wait(0.05)

    def visit(self, records):
        client = self.xatad.client(self.xatad.other_key, timeout=max(30, BAR_S))
        if client.ask("GET", "/db/%s?form=head" % self.branch).status != 200:
            raise RuntimeError("no head")
        answer = push(client, self.branch, False, self.head, records)
        if answer.status == 200:
            self.head = head_of(records[-1])
        elif answer.status != 503 or not SLOWED:
            raise RuntimeError("push: %r" % answer)
        client.close()


class Crowd:
    """Sockets that one thread feeds; what the server cuts is opened anew. kept: the part of them
    that the server must have held at one moment. It makes room beyond 875 of its 1,000, and has
    room for 8 large bodies of one key."""

    def __init__(self, xatad, size, first, drip=None, handshake=True, kept=0.85):
        self.xatad, self.size, self.first, self.drip = xatad, size, first, drip
        self.handshake, self.least = handshake, int(size * kept)
        self.sockets, self.cut, self.refused = [], 0, 0
        self.most_here = self.most_there = 0
        self.troubles = []  # of those in it who expect answers

    def open_one(self):
        try:
            if self.handshake:
                s = self.xatad.connect(5)
            else:
                s = socket.create_connection(("127.0.0.1", self.xatad.port), 5)
            s.setblocking(False)
            if self.first:
                send(s, self.first)
            self.sockets.append(s)
        except OSError:
            self.refused += 1

    def fill(self):
        """Until all have been there at once."""
        until = time.monotonic() + FILL_S
        while self.most_here < self.size and time.monotonic() < until:
            self.turn()

    def run(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn()
            time.sleep(0.02)

    def turn(self):
        for _ in range(min(100, self.size - len(self.sockets))):
            self.open_one()
        self.look()
        for s in list(self.sockets):
            if is_cut(s) or (self.drip and not send(s, self.drip)):
                s.close()
                self.sockets.remove(s)
                self.cut += 1

    def look(self):
        self.most_here = max(self.most_here, len(self.sockets))
        if self.most_there < self.least:
            self.most_there = max(self.most_there, self.xatad.connections() - 1)

    def close(self):
        for s in self.sockets:
            s.close()


class Busy(Crowd):
    """Clients that do nothing wrong, but much: a thread for each."""

    def __init__(self, xatad, size):
        super().__init__(xatad, size, b"")
        self.over = threading.Event()

    def fill(self):
        self.sockets = [threading.Thread(target=self.work, args=(i,), daemon=True)
                        for i in range(self.size)]
        for t in self.sockets:
            t.start()

    def run(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(0.1)

    def ask(self, client, *request):
        """Its answer; a server that is slowed down is asked again when it is busy."""
        for _ in range(600):
            answer = client.ask(*request)
            if answer.status != 503 or not SLOWED:
                break
            time.sleep(0.1)
        return answer

    def close(self):
        self.over.set()
        for t in self.sockets:
            t.join(60)


class Readers(Busy):
    """Each answer is the page, to the last byte."""

    def __init__(self, xatad, size, request, count):
        super().__init__(xatad, size)
        self.request, self.count, self.page, self.pages = request, count, None, 0

    def fill(self):
        with self.xatad.connect(60) as s:
            s.sendall(self.request)
            answer = read_answer(s)
        self.page = answer.body
        broken = broken_link(json.loads(self.page)["logs"][::-1])
        if len(json.loads(self.page)["logs"]) != self.count or broken:
            self.troubles.append("the page itself: %s" % (broken or answer))
        super().fill()

    def work(self, number):
        s = self.xatad.connect(60)
        while not self.over.is_set():
            s.sendall(self.request)
            answer = read_answer(s)
            if answer is None or answer.status != 200 or answer.body != self.page:
                return self.troubles.append("another answer than the page: %r" % answer)
            self.pages += 1
        return s.close()


class Listers(Busy):
    """They list the branches of a database with as many as it may have; of four, three do not read
    what they asked for."""

    def __init__(self, xatad, size):
        super().__init__(xatad, size)
        self.database = "listed%x" % id(self)

    def fill(self):
        client = self.xatad.client(timeout=60)
        client.new_database(self.database)
        self.make()
        more = client.ask("PUT", "/db/%s:more" % self.database)
        if more.status != (413 if BRANCHES == 10_000 else 201):
            self.troubles.append("a branch more than there may be: %r" % more)
        client.close()
        super().fill()

    def make(self):
        """As the server does, but all at once: its way takes a sync of the disk for each."""
        db = sqlite3.connect(os.path.join(self.xatad.dir, "xatad.db"), timeout=60)
        with db:
            (row,) = db.execute("SELECT rowid_ FROM database WHERE name = ?",
                                (self.database,)).fetchone()
            for n in range(1, BRANCHES):  # and main
                segment = db.execute("INSERT INTO segment (database, jump, level, fork_depth)"
                                     " VALUES (?, 0, 0, 0)", (row,)).lastrowid
                db.execute("INSERT INTO branch (database, segment, name, id, format, length,"
                           " created_at) VALUES (?, ?, ?, ?, 1, 0, 0)",
                           (row, segment, "b%d" % n + "x" * 200, "bb_%d_%d" % (row, n)))
        db.close()

    def work(self, number):
        request = head("GET", "/dbs/" + self.database,
                       "Authorization: Bearer " + self.xatad.key) + b"\r\n"
        s = self.xatad.connect(60)
        if number % 4:
            s.sendall(request * 4)
            self.over.wait()
        while not self.over.is_set():
            s.sendall(request)
            answer = read_answer(s)
            if answer is None or answer.status != 200 or answer.body.count(b'"name"') < BRANCHES:
                return self.troubles.append("another list: %r" % answer)
        return s.close()


class Pushers(Busy):
    """Each fills branches of its own, one after the other. make gives the records that follow a
    head; they are made before anybody pushes, as that would keep the others here waiting."""

    def __init__(self, xatad, size, make, pushes=10):
        super().__init__(xatad, size)
        self.make, self.pushes, self.bodies = make, pushes, []

    def fill(self):
        last = None
        for _ in range(self.pushes):
            records = self.make(last)
            last = head_of(records[-1])
            self.bodies.append((json.dumps({"migrations": records}).encode(), len(records), last))
        super().fill()

    def work(self, number):
        client = self.xatad.client(timeout=60)
        for n in itertools.count():
            database = "busy%x-%d-%d" % (id(self), number, n)
            client.new_database(database)
            if not self.push_all(client, database + ":main"):
                return client.close()

    def push_all(self, client, branch):
        pushed, last = 0, None
        for body, count, head in self.bodies:
            if self.over.is_set():
                break
            answer = self.ask(client, "POST", "/db/%s/schema/push" % branch, body)
            if answer.status != 200:
                self.troubles.append("a push: %r" % answer)
                return False
            pushed, last = pushed + count, head
        there = client.head(branch)
        if there != (last and {**last, "length": pushed}):
            self.troubles.append("%d pushed, but the head is %s" % (pushed, there))
        return not self.over.is_set()


class SchemaPushers(Busy):
    """Each has a branch whose schema is almost as large as may be, and pushes small records to it;
    some read it. operations: lists of them, each for a record that makes a part of the schema."""

    wanted = 200

    def __init__(self, xatad, size, operations, pushes=40):
        super().__init__(xatad, size)
        self.operations, self.pushes, self.bodies = operations, pushes, []
        self.database = "schema%x" % id(self)

    def fill(self):
        client = self.xatad.client(timeout=60)
        client.new_database(self.database, True)
        last = None
        for operations in self.operations:
            record = make_record(True, last, operations)
            answer = push(client, self.database + ":main", True, last, [record])
            if answer.status != 200:
                self.troubles.append("a part of the schema: %r" % answer)
            last = head_of(record)
        for n in range(self.size):
            client.must("PUT", "/db/%s:b%d" % (self.database, n), {"from": "main"})
        self.make_bodies(last)
        super().fill()

    def make_bodies(self, last):
        for _ in range(self.pushes):
            record = make_record(True, last)
            self.bodies.append(json.dumps({"expected": last, "records": [record]}).encode())
            last = head_of(record)

    def work(self, number):
        client, branch = self.xatad.client(timeout=60), "%s:b%d" % (self.database, number)
        for body in itertools.cycle((None,)) if number % 4 == 3 else self.bodies:
            if self.over.is_set():
                break
            answer = self.ask(client, "POST", "/db/%s/migrations/push" % branch, body) if body else \
                self.ask(client, "GET", "/db/%s/schema" % branch)
            if answer.status != (self.wanted if body else 200):
                return self.troubles.append("%r" % answer)
        return client.close()


class Renamers(SchemaPushers):
    """What they push would change half of the schema with each of a thousand renames."""

    wanted = 413

    def make_bodies(self, last):
        record = make_record(True, last, [{"rename_column": {
            "table": "t", "from": ("id", "no")[n % 2], "to": ("no", "id")[n % 2]}}
                                          for n in range(1000)])
        body = json.dumps({"expected": last, "records": [record]}).encode()
        self.bodies = [body] * 10000


def in_parts(tables):
    """An operation for each table, in lists of as many as a record may have values for."""
    return [[{"create_table": t} for t in tables[i:i + 5000]] for i in range(0, len(tables), 5000)]


ID = {"name": "id", "type": "int", "pk": True}


def linked_schema():
    """Many tables with a foreign key to one."""
    references = {"name": "key", "table": "t", "column": "id"}
    return in_parts([{"name": "t", "columns": [ID]}] + [
        {"name": "table_%d" % n, "columns": [ID, {"name": "t", "type": "int",
                                                  "references": references}]}
        for n in range(TABLES // 5)])


def long_schema():
    """As many tables as a schema may be thought to have, of two columns."""
    return in_parts([{"name": "table_%d" % n, "columns": [ID, {"name": "title", "type": "text"}]}
                     for n in range(TABLES)])


def wide_schema():
    """Seven tables: each has a column with as many values as a record may have."""
    return [[{"create_table": {"name": "t%d" % n, "columns": [
        {"name": "id", "type": "int", "later": [0] * (TABLES * 139 // 100)}]}}] for n in range(7)]


class Refused(Busy):
    """Each sends its body over and over, which is more than may be read."""

    def __init__(self, xatad, size, bodies):
        super().__init__(xatad, size)
        self.bodies = bodies

    def work(self, number):
        client = self.xatad.client(timeout=60)
        body = self.bodies[number % len(self.bodies)]
        while not self.over.is_set():
            answer = client.ask("POST", "/db/others:main/schema/push", body)
            # 503: there is no room for more large bodies of this key
            if answer.status not in (413, 503):
                return self.troubles.append("nonsense: %r" % answer)
        return client.close()


def full_records(last, values):
    records = []
    for _ in range(7):
        records.append(make_record(False, last, [{"x": values}]))
        last = head_of(records[-1])
    return records


def zeros(count):
    return b'{"migrations":[%s]}' % b",".join([b"0"] * count)


def send(s, data):
    """As much as goes without waiting; False when the connection has ended."""
    try:
        s.send(data)
    except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return True


def is_cut(s):
    try:
        if isinstance(s, ssl.SSLSocket):
            return s.recv(1) == b""
        return s.recv(1, socket.MSG_PEEK) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def head(method="POST", path="/db/others:main/schema/push", *headers):
    lines = ("%s %s HTTP/1.1" % (method, path), "Host: localhost") + headers
    return "\r\n".join(lines).encode() + b"\r\n"


def plain_crowds(xatad, size):
    """{name: what makes the crowd}, in the order in which they come."""
    key = "Authorization: Bearer " + xatad.key
    push_path, big = "/db/others:main/schema/push", "Content-Length: %d" % (15 << 20)
    large, megabyte = head("POST", push_path, big) + b"\r\n", b"x" * (1 << 20)
    large_with_key = head("POST", push_path, big, key) + b"\r\n"
    small = head("POST", "/x", "Content-Length: 60000") + b"\r\n"
    long_page = head("POST", "/db/long:main/schema/history", "Content-Length: 22", key) + \
        b'\r\n{"page":{"size":1000}}'
    health = head("GET", "/healthz") + b"\r\n"
    no_key = head("GET", "/user", "Authorization: Bearer x") + b"\r\n"
    no_key_at_all = head("GET", "/user") + b"\r\n"
    # As many values as there may be, in a record and in a push. Subnormal numbers are slow to
    # print, and count for many.
    subnormal = [(1 + k / 1e7) * 1.2345678e-308 for k in range(1000)]
    return {
        "idle, without a byte": lambda: Crowd(xatad, size, b""),
        "idle behind an answer": lambda: Crowd(xatad, size, health),
        "dripping a first line": lambda: Crowd(xatad, size, b"GET /", b"x"),
        "dripping headers": lambda: Crowd(xatad, size, head(), b"X-A: b\r\n"),
        "dripping small bodies": lambda: Crowd(xatad, size, small, b"x"),
        "sending large bodies, without a key": lambda: Crowd(
            xatad, size // 5, large, megabyte, kept=0.04),
        "sending large bodies, with a key": lambda: Crowd(
            xatad, size // 5, large_with_key, megabyte, kept=0.04),
        "asking for long pages and not reading": lambda: Crowd(xatad, size // 10, long_page * 4),
        "reading long pages at once": lambda: Readers(xatad, 16, long_page, LONG),
        "listing branches": lambda: Listers(xatad, 48),
        "pushing 1,000 records at once": lambda: Pushers(
            xatad, 8, lambda last: make_records(False, last, 1000), 20),
        "pushing real numbers": lambda: Pushers(
            xatad, 8, lambda last: full_records(last, subnormal)),
        "pushing whole numbers": lambda: Pushers(
            xatad, 8, lambda last: full_records(last, [0] * 139000)),
        "pushing to a schema of many values": lambda: SchemaPushers(xatad, 8, wide_schema()),
        "pushing to a schema of many tables": lambda: SchemaPushers(xatad, 8, long_schema()),
        "renaming what much points to": lambda: Renamers(xatad, 8, linked_schema()),
        # Too many values to be read at all, and as many as are read: too many records, then.
        "pushing nothing but values": lambda: Refused(
            xatad, 24, (zeros(1990000), zeros(990000))),
        "pipelining without end": lambda: Crowd(xatad, 32, health * 500, health * 100),
        "trying keys without end": lambda: Crowd(xatad, 32, no_key * 500, no_key_at_all * 100),
    }


def tls_crowds(xatad, size):
    return {
        "idle before a TLS handshake": lambda: Crowd(xatad, size, b"", handshake=False),
        "idle in a TLS handshake": lambda: Crowd(xatad, size, b"\x16\x03\x01", handshake=False),
        "idle behind a TLS handshake": lambda: Crowd(xatad, size // 5, b""),
        "dripping headers over TLS": lambda: Crowd(xatad, size // 5, head(), b"X-A: b\r\n"),
    }


def set_up(xatad):
    client = xatad.client()
    for name in (*OTHERS.values(), "long"):
        client.new_database(name)
    _, xatad.other_key = xatad.new_key("write")
    last = None
    for _ in range(LONG // 50):
        records = make_records(False, last, 50)
        for r in records:  # so that a page is several megabytes
            r["title"] = "x" * 16000
        assert push(client, "long:main", False, last, records).status == 200
        last = head_of(records[-1])
    client.close()


class Outcome:
    """What one run of a crowd showed. quiet: a server like xatad, without the crowd."""

    def __init__(self, xatad, quiet, crowd, seconds):
        self.crowd = crowd
        self.others = [Other(xatad, count) for count in OTHERS]
        alone = [Other(quiet, count) for count in OTHERS]
        for o in self.others + alone:
            o.start()
        crowd.fill()
        crowd.run(seconds)
        for o in self.others + alone:
            o.stop.set()
        for o in self.others + alone:
            o.join(30)
        crowd.close()
        self.worst = [max(o.waits) for o in self.others]
        self.machine = max(max(o.waits) for o in alone)

    def prompt(self):
        """What the machine makes anybody wait is not the crowd's doing."""
        return max(self.worst) < BAR_S + self.machine

    def full(self):
        return self.crowd.most_here == self.crowd.size and \
            self.crowd.most_there >= self.crowd.least

    def troubles(self):
        return [t for o in self.others for t in o.troubles[:5]] + self.crowd.troubles[:5]

    def visits(self):
        return ["%d visits to push %d: %.0f ms" % (len(o.waits), o.count, w * 1000)
                for o, w in zip(self.others, self.worst)] + \
            ["without the crowd: %.0f ms" % (self.machine * 1000)]

    def members(self):
        c = self.crowd
        return "at once %d, at the server %d, %d refused, %d cut" % (
            c.most_here, c.most_there, c.refused, c.cut)


def one_crowd(tap, xatad, quiet, name, make, seconds):
    for _ in range(ATTEMPTS):
        seen = Outcome(xatad, quiet, make(), seconds)
        until = time.monotonic() + LEAVE_S
        while xatad.connections() > 1 and time.monotonic() < until:
            time.sleep(0.25)
        left = xatad.connections() - 1
        tap.note("slowest of %s; %s; %d MB" % (
            ", ".join(seen.visits()), seen.members(), xatad.memory("VmRSS")))
        if left or seen.troubles() or (seen.prompt() and seen.full()):
            break
    tap.ok(left == 0, "%s: no connection stays behind theirs" % name, left)
    tap.ok(seen.prompt(), "%d clients %s: the others wait for less than %g s" % (
        seen.crowd.size, name, BAR_S), *seen.visits())
    tap.ok(not seen.troubles(), "they and the others get what is theirs", *seen.troubles())
    tap.ok(seen.full(), "they are there at once, at least %d at the server" % seen.crowd.least,
           seen.members())


def check_memory(tap, xatad):
    if instrument():
        tap.skip("memory stays within bounds", "with sanitizers: see t0762")
        return
    tap.ok(xatad.memory() < MEMORY_MB, "memory stays within %d MB" % MEMORY_MB, xatad.memory())
    tap.note("the most that it held: %d MB" % xatad.memory())


def check_server(tap, plain, size, seconds, only):
    kind = "plain" if plain else "tls"
    xatad, quiet = Xatad("crowded-" + kind, plain=plain), Xatad("quiet-" + kind, plain=plain)
    crowds = {name: make for name, make in (plain_crowds if plain else tls_crowds)(
        xatad, size).items() if not only or name in only}
    if not crowds:
        return
    for server in (xatad, quiet):
        server.start()
        set_up(server)
    for name, make in crowds.items():
        one_crowd(tap, xatad, quiet, name, make, seconds)
    check_memory(tap, xatad)
    tap.ok(xatad.alive(), "it is alive", xatad.last_log())
    tap.equal(xatad.stop(), 0, "and ends in good order")
    quiet.stop()


def main():
    tap, seconds = Tap(), float(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    only = sys.argv[3:]
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (size + 500, most))
    for plain in (True, False):
        check_server(tap, plain, size, seconds, only)
    tap.done()


if __name__ == "__main__":
    main()
