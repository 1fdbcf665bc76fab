"""The crowds of crowd.py: slow, idle and greedy clients of many kinds."""

import itertools
import json
import os
import socket
import sqlite3
import ssl
import threading
import time

from xatad import (WORKSPACE, broken_link, head_of, instrument, make_record, make_records, push,
                   read_answer, v1_checksum)

# A server slowed down that much is rightly busy, and gets schemas of a tenth of the size.
SLOWED = instrument() not in (None, "asan")
TABLES = 10_000 if SLOWED else 100_000
BRANCHES = 1_000 if SLOWED else 10_000  # as many as there may be
HISTORY = 10_000 if SLOWED else 120_000  # records of one that is removed
LONG = 300  # records of some 16 kB, all in one page
FILL_S = 20  # until all of a crowd must be there


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


class Removers(Busy):
    """Each removes a long history, with its database or as the last branch that has it, and pushes
    another record of a name that was in it."""

    def __init__(self, xatad, size):
        super().__init__(xatad, size)
        self.names = ["removed%x-%d" % (id(self), n) for n in range(size)]
        client = xatad.client(timeout=60)
        for name in self.names:
            client.new_database(name)
        client.close()
        self.make()

    def make(self):
        """As Listers.make(). Nobody else is there yet."""
        db = sqlite3.connect(os.path.join(self.xatad.dir, "xatad.db"), timeout=60)
        with db:
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT INTO record (segment, database, depth, id, checksum, content, done,"
                " created_at, doc) SELECT b.segment, b.database, i, 'mig_' || i, '1:' || i,"
                " hex(zeroblob(32)), 1, 0, printf('{%.*c}', 400, 'x') FROM database d"
                " JOIN branch b ON b.database = d.rowid_ JOIN n"
                " WHERE d.name LIKE ? ORDER BY b.segment, i", (HISTORY, self.names[0][:-1] + "%"))
        db.close()

    def work(self, number):
        name, client = self.names[number], self.xatad.client(timeout=60)
        path = "/db/%s:main" % name if number % 2 else \
            "/workspaces/%s/dbs/%s" % (WORKSPACE, name)
        answer = client.ask("DELETE", path)
        if answer.status != 200:
            self.troubles.append("a removal: %r" % answer)
        elif number % 2:
            client.must("PUT", "/db/%s:main" % name)
        else:
            client.new_database(name)
        record = make_record(False, None)
        record["id"] = "mig_1"
        record["checksum"] = v1_checksum(record, None)
        answer = push(client, name + ":main", False, None, [record])
        if answer.status != 200:
            self.troubles.append("a push to the new one: %r" % answer)
        self.over.wait()
        client.close()


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
    """What they push would change all of the schema with each of a thousand renames."""

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


def indexed_schema():
    """A table with many indexes over one column."""
    return in_parts([{"name": "t", "columns": [ID]}]) + [
        [{"create_index": {"name": "index_%d" % i, "table": "t", "columns": ["id"]}}
         for i in range(n, n + 5000)] for n in range(0, TABLES // 5, 5000)]


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
        "removing long histories": lambda: Removers(xatad, 4),
        "pushing real numbers": lambda: Pushers(
            xatad, 8, lambda last: full_records(last, subnormal)),
        "pushing whole numbers": lambda: Pushers(
            xatad, 8, lambda last: full_records(last, [0] * 139000)),
        "pushing to a schema of many values": lambda: SchemaPushers(xatad, 8, wide_schema()),
        "pushing to a schema of many tables": lambda: SchemaPushers(xatad, 8, long_schema()),
        "renaming a column of many indexes": lambda: Renamers(xatad, 8, indexed_schema()),
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
