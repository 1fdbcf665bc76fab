"""Drives a real xatad: starts and kills it, speaks HTTP to it, makes chains of records for it."""

import atexit
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

WORKSPACE = "xatad-local0"


# ---- TAP

class Tap:
    """Prints one result line a check; the plan comes last."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, passed, what, *diagnosis):
        self.count += 1
        self.failed += not passed
        print("%sok %d - %s" % ("" if passed else "not ", self.count, what))
        if not passed:
            for line in "\n".join(str(d) for d in diagnosis).splitlines()[:40]:
                print("# " + line[:400])
        sys.stdout.flush()
        return bool(passed)

    def equal(self, got, wanted, what):
        return self.ok(got == wanted, what, "got:    %r" % (got,), "wanted: %r" % (wanted,))

    def skip(self, what, why):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, what, why))

    def note(self, text):
        print("# " + text)
        sys.stdout.flush()

    def done(self):
        print("1..%d" % self.count)
        sys.exit(0 if not self.failed or os.environ.get("TAP_HARNESS") else 1)


# ---- the program

# Whatever ends a test, no process of it stays behind.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Xatad:
    """A data directory and the process that serves it, behind the command in PROOF_WRAP."""

    def __init__(self, directory, plain=False):
        self.dir, self.plain, self.wrap = directory, plain, os.environ.get("PROOF_WRAP", "").split()
        self.process = None
        atexit.register(lambda: self.process and self.alive() and self.kill())
        self.ready, self.log = directory + ".ready", directory + ".log"
        made = json.loads(self.run("init", directory, "--json"))
        self.key, self.certificate = made["key"], made["certificate"]

    @staticmethod
    def run(*argv):
        return subprocess.run(("xatad",) + argv, check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=120).stdout.decode()

    def start(self, wait=60):
        if os.path.exists(self.ready):
            os.unlink(self.ready)
        argv = self.wrap + ["xatad", "serve", self.dir, "--listen", "127.0.0.1:0", "--ready-file",
                            self.ready] + (["--http"] if self.plain else [])
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + wait
        while not (os.path.exists(self.ready) and os.path.getsize(self.ready)):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("xatad does not start: " + self.last_log())
            time.sleep(0.01)
        with open(self.ready) as f:
            self.port = int(f.read().strip().rsplit(":", 1)[1])
        return self

    def last_log(self, n=10):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-n:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, wait=60):
        """Returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.kill()
            return "killed: it did not stop within %d s" % wait

    def alive(self):
        return self.process.poll() is None

    def memory(self, what="VmHWM"):
        """MiB: VmHWM is the most it ever had resident, VmRSS what it has now."""
        with open("/proc/%d/status" % self.process.pid) as f:
            for line in f:
                if line.startswith(what + ":"):
                    return int(line.split()[1]) / 1024
        return 0

    def worked(self):
        """Seconds of a processor that it has taken so far, whatever else the machine does."""
        with open("/proc/%d/stat" % self.process.pid) as f:
            user, system = f.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def connections(self):
        """Its sockets, the listening one too."""
        fds, count = "/proc/%d/fd/" % self.process.pid, 0
        for fd in os.listdir(fds):
            try:
                count += os.readlink(fds + fd).startswith("socket:")
            except OSError:
                pass  # closed meanwhile
        return count

    # Keys are made beside the running server, as its administrator does.
    def new_key(self, scope, database=None):
        """Returns (public id, key)."""
        argv = ["key", "create", self.dir, "--scope", scope, "--json"]
        made = json.loads(self.run(*argv, *(["--database", database] if database else [])))
        return made["id"], made["key"]

    def revoke(self, key_id):
        self.run("key", "revoke", self.dir, key_id)

    def connect(self, timeout=30):
        """A raw connection, behind TLS unless plain."""
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s if self.plain else self.context().wrap_socket(s, server_hostname="localhost")

    def context(self):
        if not hasattr(self, "_context"):
            self._context = ssl.create_default_context(cafile=self.certificate)
        return self._context

    def client(self, key=None, timeout=30):
        return Client(self, self.key if key is None else key, timeout)


def instrument():
    """What makes figures of memory and time mean little: "wrap" (Valgrind), "asan", "tsan"; None."""
    if os.environ.get("PROOF_WRAP"):
        return "wrap"
    with open(shutil.which("xatad"), "rb") as f:
        program = f.read()
    return next((name for name in ("asan", "tsan") if b"__%s_init" % name.encode() in program), None)


# ---- HTTP

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    def __repr__(self):
        return "%s %r" % (self.status, self.body[:300])


class Client:
    """One connection after the other, each kept as long as it lasts."""

    def __init__(self, xatad, key, timeout):
        self.xatad, self.key, self.timeout, self.c = xatad, key, timeout, None

    def ask(self, method, path, body=None, headers=None):
        """Raises OSError or http.client.HTTPException when there was no whole answer."""
        if self.c is None:
            self.c = http.client.HTTPConnection("localhost", self.xatad.port, timeout=self.timeout)
            self.c.sock = self.xatad.connect(self.timeout)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        sent = {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"}
        if not self.key:
            del sent["Authorization"]
        try:
            self.c.request(method, path, body, {**sent, **(headers or {})})
            r = self.c.getresponse()
            answer = Answer(r.status, r.getheaders(), r.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if r.will_close:
            self.close()
        return answer

    def must(self, method, path, body=None, status=(200, 201, 204)):
        answer = self.ask(method, path, body)
        if answer.status not in status:
            raise RuntimeError("%s %s: %r" % (method, path, answer))
        return answer.json

    def close(self):
        if self.c is not None:
            self.c.close()
        self.c = None

    # What most tests do first.
    def new_database(self, name, pgroll=False):
        self.must("PUT", "/workspaces/%s/dbs/%s" % (WORKSPACE, name),
                  {"region": "local", "postgresEnabled": pgroll})

    def head(self, branch):
        return self.must("GET", "/db/%s?form=head" % branch)["head"]

    def history(self, branch, pgroll, page=1000):
        """All records, oldest first, as in their files."""
        records, cursor = [], None
        while True:
            if pgroll:
                got = self.must("GET", "/db/%s/migrations/history?form=record&limit=%d%s" % (
                    branch, page, "&cursor=" + cursor if cursor else ""))
                records += got["migrations"]
                cursor = got.get("cursor")
            else:
                got = self.must("POST", "/db/%s/schema/history" % branch,
                                {"page": {"size": page, **({"after": cursor} if cursor else {})}})
                records += got["logs"]
                cursor = got["meta"]["cursor"] if got["meta"]["more"] else None
            if not cursor:
                return records[::-1]


def read_answer(sock):
    """The first answer on a raw connection, read strictly; None when it was closed without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.split(b"\r\n")
    headers = [tuple(p.decode("latin-1") for p in line.split(b": ", 1)) for line in lines[1:]]
    length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
    while len(body) < length:
        more = sock.recv(65536)
        if not more:
            break
        body += more
    return Answer(int(lines[0].split(b" ")[1]), headers, body)


# ---- records

_counter = iter(range(random.randrange(1 << 20), 1 << 24))
_counter_lock = threading.Lock()


def new_id():
    """mig_ and 20 characters: seconds, five bytes of this process, a counter."""
    with _counter_lock:
        count = next(_counter)
    raw = struct.pack(">I", int(time.time())) + struct.pack(">Q", os.getpid() * 7919)[3:] + \
        struct.pack(">I", count)[1:]
    bits = "".join("{:08b}".format(b) for b in raw) + "0000"
    return "mig_" + "".join("0123456789abcdefghijklmnopqrstuv"[int(bits[i:i + 5], 2)]
                            for i in range(0, 100, 5))


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def hash_form(operation):
    """What of a v1 operation the checksum covers, where that differs from the file."""
    removed = operation.get("removeColumn")
    if removed:
        return {"removeColumn": {"name": removed["column"], "table": removed["table"]}}
    return operation


def v1_checksum(record, parent_checksum):
    hashed = {"id": record["id"]}
    if record["operations"]:
        hashed["operations"] = [hash_form(o) for o in record["operations"]]
    if record.get("parentID"):
        hashed.update(parentID=record["parentID"], parentChecksum=parent_checksum)
    return "1:" + hashlib.sha256(canonical(hashed)).hexdigest()


def pgroll_checksum(record, parent_checksum):
    hashed = {"name": record["name"], "operations": record["migration"]["operations"]}
    if record.get("schema", "public") != "public":
        hashed["schema"] = record["schema"]
    if record.get("parent"):
        hashed.update(parent=record["parent"], parentChecksum=parent_checksum)
    return "2:" + hashlib.sha256(canonical(hashed)).hexdigest()


def make_record(pgroll, head, operations=None):
    """The record that follows head, {"id", "checksum"} or None."""
    record_id = new_id()
    parent, before = (head["id"], head["checksum"]) if head else (None, None)
    table = "t_" + record_id[4:]
    if pgroll:
        record = {"done": True, "migration": {"name": record_id, "operations": operations or [
            {"create_table": {"name": table, "columns": [{"name": "id", "type": "int", "pk": True}]}}]},
            "migrationType": "pgroll", "name": record_id, "schema": "public",
            "startedAt": "2026-01-02T10:00:00Z"}
        if parent:
            record["parent"] = parent
        record["chainChecksum"] = pgroll_checksum(record, before)
    else:
        record = {"id": record_id, "operations": operations or [{"addTable": {"table": table}}]}
        if parent:
            record["parentID"] = parent
        record["checksum"] = v1_checksum(record, before)
    return record


def name_of(record):
    return record.get("id") or record["name"]


def checksum_of(record):
    return record.get("checksum") or record["chainChecksum"]


def head_of(record):
    return {"id": name_of(record), "checksum": checksum_of(record)}


def make_records(pgroll, head, count):
    records = []
    for _ in range(count):
        records.append(make_record(pgroll, head))
        head = head_of(records[-1])
    return records


def push(client, branch, pgroll, head, records):
    if pgroll:
        return client.ask("POST", "/db/%s/migrations/push" % branch,
                          {"expected": head and {k: head[k] for k in ("id", "checksum")},
                           "records": records})
    return client.ask("POST", "/db/%s/schema/push" % branch, {"migrations": records})


def broken_link(records):
    """None when the records are one chain from the first on, else what is wrong."""
    before = None
    for r in records:
        pgroll = "migration" in r
        parent = r.get("parent" if pgroll else "parentID")
        if parent != (name_of(before) if before else None):
            return "%s has the parent %s behind %s" % (name_of(r), parent, before and name_of(before))
        wanted = (pgroll_checksum if pgroll else v1_checksum)(r, before and checksum_of(before))
        if checksum_of(r) != wanted:
            return "%s has a checksum that does not fit" % name_of(r)
        before = r
    return None


# ---- the store, from outside

def store_troubles(directory):
    """What SQLite finds in a copy of the store as it lies there; [] when all is well."""
    with tempfile.TemporaryDirectory() as copy:
        found = False
        for name in os.listdir(directory):
            # Not the -shm file: a copy has to be recovered from its log alone.
            if ".db" in name and not name.endswith("-shm"):
                shutil.copy(os.path.join(directory, name), copy)
                found = True
        database = next((n for n in os.listdir(copy) if n.endswith(".db")), None)
        if not found or not database:
            return ["there is no database in %s: %s" % (directory, os.listdir(directory))]
        c = sqlite3.connect(os.path.join(copy, database))
        try:
            return [r[0] for r in c.execute("PRAGMA integrity_check") if r[0] != "ok"] + \
                ["foreign key: %r" % (r,) for r in c.execute("PRAGMA foreign_key_check")]
        except sqlite3.Error as e:
            return [str(e)]
        finally:
            c.close()


def store_rows(directory):
    """Every row of every table, in an order of its own: equal before and after nothing happened."""
    name = next(n for n in os.listdir(directory) if n.endswith(".db"))
    c = sqlite3.connect("file:%s?mode=ro" % os.path.join(directory, name), uri=True)
    try:
        tables = [r[0] for r in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {t: sorted(map(repr, c.execute('SELECT * FROM "%s"' % t))) for t in sorted(tables)}
    finally:
        c.close()
