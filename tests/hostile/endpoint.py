#!/usr/bin/env python3
"""A branch endpoint that misbehaves on purpose: the name of the database says how.

    tests/hostile/endpoint.py list               the misbehaviours, one a line
    tests/hostile/endpoint.py serve DIRECTORY    serves them all until SIGTERM

"serve" writes DIRECTORY/ports.json when it answers: {"http": port, "good": port, …}, one port a
listener, and into DIRECTORY/requests each request with its key, its kind and when it came. Point
any client at http://127.0.0.1:PORT/db/MISBEHAVIOUR to see it. The listeners other than "http" and
"elsewhere" speak TLS; DIRECTORY/ca.pem is the authority that a client is to trust.

The server believes nothing and keeps little: what a case must remember between two requests is
kept under the key that the client sent, so that runs at the same time do not meet.
"""

import collections
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import warnings

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lib")]

import records  # noqa: E402

JSON_TYPE = "application/json"
SWEPT = "xau_swept"  # how a key begins that says what to do: CASE@BAD@KIND@NUMBER, hexadecimal


class Gone(Exception):
    """The connection is over: either side has closed it."""


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(self, server, connection, method, target, headers, body):
        self.server = server
        self.connection = connection
        self.method = method
        self.headers = headers
        self.body = body
        path, _, query = target.partition("?")
        self.path = urllib.parse.unquote(path)
        self.query = dict(urllib.parse.parse_qsl(query))
        self.key = headers.get("authorization", "")[len("Bearer "):]
        try:
            self.doc = json.loads(body) if body else {}
        except ValueError:
            self.doc = {}
        parts = self.path.split("/")  # "", "db", "CASE:main", …
        self.case = parts[2].partition(":")[0] if len(parts) > 2 else ""
        self.bad = self.bad_at = None
        if self.key.startswith(SWEPT):  # not every path has a name in it
            name = bytes.fromhex(self.key[len(SWEPT):]).decode()
            self.case, self.bad, self.bad_at, _ = name.split("@")
        self.what = self.kind("/".join(parts[3:]), parts[1] if len(parts) > 1 else "")

    def kind(self, rest, first):
        if first == "dbs":
            return "resolve" if rest == "resolveBranch" else "branches"
        if first == "workspaces":
            return {"": "workspaces", "dbs": "databases", "regions": "regions"}.get(
                rest, "database")
        if rest.startswith("migrations/jobs/"):
            return "job"
        return {"": {"GET": "head", "PUT": "make", "DELETE": "remove"}.get(self.method, "other"),
                "migrations/start": "start", "migrations/complete": "complete",
                "migrations/rollback": "rollback", "metadata": "metadata",
                "schema/history": "history", "migrations/history": "history",
                "schema/push": "push", "migrations/push": "push",
                "migrations/apply": "apply", "migrations/status": "status"}.get(rest, "other")

    @property
    def cursor(self):
        if self.method == "GET":
            return self.query.get("cursor")
        return self.doc.get("page", {}).get("after")

    @property
    def size(self):
        if self.method == "GET":
            return int(self.query.get("limit", 25))
        return self.doc.get("page", {}).get("size", 20)

    @property
    def memory(self):
        """What is remembered for this run of this case."""
        return self.server.memory[self.key, self.case]

    # ---- answers

    def send(self, data):
        try:
            self.connection.sendall(data)
        except OSError:
            raise Gone from None

    def reply(self, body=b"", status=200, kind=JSON_TYPE, headers=(), length=None):
        if isinstance(body, str):
            body = body.encode()
        reason = {200: "OK", 404: "Not Found", 502: "Bad Gateway"}.get(status, "Whatever")
        lines = [f"HTTP/1.1 {status} {reason}"]
        if kind:
            lines.append(f"Content-Type: {kind}")
        lines.append(f"Content-Length: {len(body) if length is None else length}")
        lines.extend(headers)
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
        self.send(head + b"\r\n\r\n" + body)

    def json(self, doc, status=200, headers=()):
        self.reply(json.dumps(doc, ensure_ascii=False).encode("utf-8", "surrogatepass"), status,
                   headers=headers)

    def error(self, status, message, **other):
        self.json({"message": message, **other}, status)

    def chunks(self, parts, kind=JSON_TYPE, headers=()):
        """A body in pieces, without an end unless parts has one."""
        lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        for part in parts:
            self.send(b"%x\r\n%s\r\n" % (len(part), part))
        self.send(b"0\r\n\r\n")

    def drip(self, data, pause, step=1):
        for at in range(0, len(data), step):
            self.send(data[at:at + step])
            self.server.wait(pause)

    def hold(self, seconds):
        self.server.wait(seconds)

    def drop(self):
        raise Gone

    def reset(self):
        """Closes with RST instead of FIN."""
        raw = self.connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


class Branch:
    """A branch that behaves: what a misbehaviour starts from.

    form: "v1" or "pgroll". told: speaks as xatad does, with its head in the light form and records
    as they are in files; otherwise as the hosted API does.
    """

    def __init__(self, form, log, told=False, page=None):
        self.form = form
        self.log = log  # oldest first
        self.told = told
        self.page = page  # records of a page at most

    def newest_first(self):
        return list(reversed(self.log))

    def head(self, x):
        x.json(self.head_doc())

    def head_doc(self):
        last = self.log[-1] if self.log else None
        if self.told:
            doc = {"databaseName": "x", "branchName": "main", "format": self.form, "head": None,
                   "endpoint": "xatad/0.1.0"}
            if last:
                doc["head"] = {"id": records.identity(last), "checksum": records.checksum(last),
                               "length": len(self.log)}
        else:
            doc = {"databaseName": "x", "branchName": "main", "id": "bb_1", "version": 1,
                   "state": "active", "createdAt": "2025-03-03T00:00:00Z",
                   "schema": {"tables": []}}
            if self.form == "v1":
                doc["lastMigrationID"] = records.identity(last) if last else ""
        if self.form == "pgroll":
            doc["usePgRoll"] = True
        return doc

    def items(self, list_):
        if self.told:
            return list_
        return [records.item(r) for r in list_]

    def history(self, x):
        list_ = self.newest_first()
        since = x.doc.get("since")
        ids = [records.identity(r) for r in list_]
        if since:
            if since not in ids:
                return x.error(400, "unknown migration", id="unknown_migration")
            list_ = list_[:ids.index(since)]
        start = int(x.cursor or 0)
        size = min(x.size, self.page or x.size)
        part, rest = list_[start:start + size], list_[start + size:]
        return x.json(self.page_doc(self.items(part), str(start + size) if rest else None))

    def page_doc(self, items, cursor):
        """One page of history in the branch's format."""
        if self.form == "v1":
            return {"meta": {"cursor": cursor or "", "more": cursor is not None}, "logs": items}
        return {"migrations": items, **({"cursor": cursor} if cursor is not None else {})}

    def push(self, x):
        sent = x.doc.get("migrations") or x.doc.get("records")
        last = records.identity(sent[-1])
        if self.form == "v1":
            x.json({"migrationID": last, "parentMigrationID": "", "status": "completed"})
        else:
            x.json({"head": {"id": last, "checksum": records.checksum(sent[-1]),
                             "length": len(self.log) + len(sent)}, "applied": len(sent)})

    def apply(self, x):
        x.json({"jobID": "mig_job_1"})

    def job(self, x):
        x.json({"jobID": "mig_job_1", "type": "apply", "status": "completed"})

    def resolve(self, x):
        x.json({"branch": "main", "reason": {"code": "DEFAULT_BRANCH", "message": "x"}})

    def branches(self, x):
        x.json({"databaseName": "x", "branches": []})

    def status(self, x):
        x.reply(status=204)

    start = complete = rollback = apply

    def workspaces(self, x):
        x.json({"workspaces": [{"id": "w", "name": "w"}]})

    def regions(self, x):
        x.json({"regions": [{"id": "local"}]})

    def databases(self, x):
        x.json({"databases": [{"name": "shop", "region": "local"}]})

    def database(self, x):
        x.json({"databaseName": "shop", "branchName": "main", "name": "shop",
                "status": "completed"})

    make = remove = database

    def metadata(self, x):
        x.json({})

    def other(self, x):
        x.error(404, "no such route")


# ---- the server


class Server:
    def __init__(self, cases, directory):
        self.cases = cases
        self.directory = directory
        self.memory = collections.defaultdict(dict)
        self.seen = collections.Counter()  # listener: requests that were understood
        self.leaks = []  # keys that arrived where none belongs
        self.log = open(os.path.join(directory, "requests"), "w", encoding="ascii", buffering=1)
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.ports = {}

    def wait(self, seconds):
        if self.stopping.wait(seconds):
            raise Gone

    def listen(self, name, host="127.0.0.1", context=None, handler=None):
        """A port of its own; handler, if any, gets the bare connection in place of HTTP."""
        sock = socket.create_server((host, 0), backlog=128)
        self.ports[name] = sock.getsockname()[1]
        threading.Thread(target=self.accept, args=(name, sock, context, handler),
                         daemon=True).start()

    def accept(self, name, sock, context, handler):
        while True:
            connection, _ = sock.accept()
            threading.Thread(target=self.talk, args=(name, connection, context, handler),
                             daemon=True).start()

    def talk(self, name, connection, context, handler):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if handler:
                handler(self, connection)
            elif context:
                with context.wrap_socket(connection, server_side=True) as secured:
                    self.serve(name, secured)
            else:
                self.serve(name, connection)
        except (Gone, OSError):
            pass
        finally:
            connection.close()

    def serve(self, name, connection):
        rest = b""
        while True:
            x, rest = self.read(connection, rest)
            if x is None:
                return
            with self.lock:
                self.seen[name] += 1
                if name not in ("http", "good") and x.key:
                    self.leaks.append([name, x.key])
                self.note()
                self.log.write(f"{x.key or '-'} {x.what} {time.monotonic():.3f}\n")
            case = self.cases.get(x.case)
            if case is None:
                x.error(404, f"there is no misbehaviour {x.case!r}")
            elif x.bad and x.what == x.bad_at:
                self.cases[x.bad].answers["head"](x)
            else:
                case.answer(x)

    def read(self, connection, rest):
        while b"\r\n\r\n" not in rest:
            more = connection.recv(65536)
            if not more:
                return None, b""
            rest += more
        head, _, rest = rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            key, _, value = line.partition(":")
            headers[key.strip().lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        while len(rest) < length:
            more = connection.recv(65536)
            if not more:
                return None, b""
            rest += more
        method, target, *_ = first.split(" ") + [""]
        return Exchange(self, connection, method, target, headers, rest[:length]), rest[length:]

    def note(self):
        """What arrived where, for the driver; the lock is held."""
        path = os.path.join(self.directory, "seen.json")
        with open(path + ".new", "w", encoding="ascii") as file:
            json.dump({"requests": dict(self.seen), "leaks": self.leaks}, file)
        os.replace(path + ".new", path)


# ---- certificates


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


CA_CONFIG = """
[ca]
default_ca = x
[x]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
email_in_dn = no
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
"""


def make_certificates(directory):
    """ca.pem, and a key and a certificate for each listener that speaks TLS."""
    with open(os.path.join(directory, "ca.cnf"), "w", encoding="ascii") as file:
        file.write(CA_CONFIG)
    with open(os.path.join(directory, "index.txt"), "w", encoding="ascii"):
        pass
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(directory, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj", "/CN=Proof CA", "-addext", "basicConstraints=critical,CA:TRUE")
    ours = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    now = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() - 86400))
    later = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 30 * 86400))
    for name, names, start, end, purpose in [
            ("good", ours, now, later, None),
            ("expired", ours, "200101000000Z", "200201000000Z", None),
            ("early", ours, "480101000000Z", "490101000000Z", None),
            ("wrong-name", "subjectAltName=DNS:other.example", now, later, None),
            ("wrong-purpose", ours, now, later, "extendedKeyUsage=critical,clientAuth")]:
        extensions = ["-addext", names]
        if purpose:
            extensions += ["-addext", purpose]
        openssl(directory, "req", "-new", *curve, "-keyout", name + ".key", "-out", name + ".csr",
                "-subj", "/CN=" + name, *extensions)
        openssl(directory, "ca", "-batch", "-notext", "-config", "ca.cnf", "-keyfile", "ca.key",
                "-cert", "ca.pem", "-in", name + ".csr", "-out", name + ".pem",
                "-startdate", start, "-enddate", end)
    openssl(directory, "req", "-x509", *curve, "-keyout", "self-signed.key",
            "-out", "self-signed.pem", "-days", "30", "-subj", "/CN=localhost", "-addext", ours)


def tls(directory, name, old=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old:
        warnings.simplefilter("ignore", DeprecationWarning)  # which is the point
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(os.path.join(directory, name + ".pem"),
                            os.path.join(directory, name + ".key"))
    return context


# ---- listeners that are no HTTP servers


def hang_up(server, connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say_nothing(server, connection):
    server.wait(300)


def hang_up_in_handshake(server, connection):
    connection.recv(64)


def talk_plain(server, connection):
    """HTTP where TLS is expected."""
    connection.recv(64)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def greet_for_ever(server, connection):
    """HelloRequest, which asks for nothing in the middle of a handshake, again and again."""
    connection.recv(4096)
    while not server.stopping.is_set():
        connection.sendall(b"\x16\x03\x03\0\x04\0\0\0\0" * 50_000)


def serve(directory):
    from misbehaviours import CASES
    os.makedirs(directory, exist_ok=True)
    server = Server(CASES, directory)
    make_certificates(directory)
    server.listen("http")
    server.listen("elsewhere", host="127.0.0.2")
    server.listen("elsewhere-here")
    for name in ("good", "expired", "early", "wrong-name", "wrong-purpose", "self-signed"):
        server.listen(name, context=tls(directory, name))
    server.listen("old-tls", context=tls(directory, "good", old=True))
    server.listen("hang-up", handler=hang_up)
    server.listen("silent", handler=say_nothing)
    server.listen("handshake-drop", handler=hang_up_in_handshake)
    server.listen("handshake-plain", handler=talk_plain)
    server.listen("handshake-flood", handler=greet_for_ever)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server.ports["closed"] = sock.getsockname()[1]
    with server.lock:
        server.note()
    path = os.path.join(directory, "ports.json")
    with open(path + ".new", "w", encoding="ascii") as file:
        json.dump(server.ports, file)
    os.replace(path + ".new", path)
    signal.signal(signal.SIGTERM, lambda *_: server.stopping.set())
    signal.signal(signal.SIGINT, lambda *_: server.stopping.set())
    parent = os.getppid()
    while not server.stopping.wait(1) and os.getppid() == parent:
        pass  # nobody is left to stop it, when its parent is gone


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "serve":
        serve(os.path.abspath(sys.argv[2]))
    elif len(sys.argv) == 2 and sys.argv[1] == "list":
        from misbehaviours import CASES
        for case in CASES.values():
            if case.commands:  # or it behaves
                print(f"{case.name:32} {case.summary}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    # misbehaviours imports this file by its name: one module, not two.
    sys.modules["endpoint"] = sys.modules["__main__"]
    main()
