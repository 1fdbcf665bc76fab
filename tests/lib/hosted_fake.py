"""A branch endpoint that behaves as the hosted service: hosted_fake.py URL-FILE LOG

It knows nothing of what xatad has beyond the hosted API: no light form of a branch, no batch push,
no checksums of pgroll records, no head in a conflict. Pages have 20 records unless asked for more
and 200 at most, pgroll records are applied by jobs that take their time, and the JSON text of a
pgroll migration comes back with its members in the database's order.

A test writes to /_fake what it wants to happen:

    PUT /_fake/branch    {"db", "branch", "pgroll", "ledger": directory of records to begin with}
    PUT /_fake/records   {"db", "branch", "records": [...]}   whatever the records are
    GET /_fake/records?db=&branch=                            what the branch has, oldest first
    PUT /_fake/behave    {"polls", "fail", "cursor", "latest", "rules": [...]}; what is not named
                         goes back to normal

    polls   questions about a job, or for the history, until it is done (0); -1: it never is
    fail    {name of a pgroll record: why its job fails}
    cursor  of the last page: "absent" (normal), "null", "repeat" (the one that was asked with)
    latest  false: the branch does not tell the id of its newest record
    rules   the first that fits a request answers instead: {"method", "path" (in it), "skip": n,
            "times": n, "status", "headers": {}, "body", "type", "do": true (carry the request out,
            then answer so), "drop": true (close the connection without an answer)}

Each request other than those is one line of JSON in LOG.
"""

import base64
import hashlib
import http.server
import json
import os
import re
import sys
import threading
import urllib.parse

URL_FILE, LOG = sys.argv[1:]
KEY = "xau_hosted"
PAGE, PAGE_MAX = 20, 200
NAME = r"[a-zA-Z0-9_~-]{1,255}"

lock = threading.RLock()
branches = {}  # (database, branch): {"pgroll", "records": oldest first}
jobs = {}  # id: {"polls": still to come, "error", "record": that is done then}
behave = {}


class Refused(Exception):
    """A status and a message for the client."""


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def checksum(record, parent_checksum):
    """The service's own: independent of the program that is tested."""
    operations = []
    for operation in record["operations"]:
        ((kind, body),) = operation.items()
        if kind == "removeColumn":
            body = {"name": body["column"], "table": body["table"]}
        elif kind == "addColumn":
            column = {k: v for k, v in body["column"].items() if k not in ("file", "file[]")}
            if column.get("defaultValue") == "":
                del column["defaultValue"]
            body = {**body, "column": column}
        operations.append({kind: body})
    hashed = {"id": record["id"]}
    if operations:
        hashed["operations"] = operations
    if record.get("parentID"):
        hashed.update(parentID=record["parentID"], parentChecksum=parent_checksum)
    return "1:" + hashlib.sha256(canonical(hashed).encode()).hexdigest()


def database_order(value):
    """How jsonb orders members: the shorter first, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
        return {k: database_order(value[k]) for k in keys}
    if isinstance(value, list):
        return [database_order(v) for v in value]
    return value


def read_ledger(directory, pgroll):
    records = []
    with open(os.path.join(directory, ".ledger"), encoding="utf-8") as names:
        for name in names.read().split():
            with open(os.path.join(directory, name + ".json"), encoding="utf-8") as f:
                record = json.load(f)
            record.pop("chainChecksum", None)
            if not pgroll:
                record["createdAt"] = "2024-03-13T08:21:30.123456Z"
            records.append(record)
    return records


# ---- what the service answers


def find(database, branch):
    if (database, branch) not in branches:
        raise Refused(404, "database branch [%s:%s] not found" % (database, branch))
    return branches[database, branch]


def details(here, database, branch):
    answer = {
        "databaseName": database,
        "branchName": branch,
        "createdAt": "2024-03-01T10:00:00Z",
        "id": "bb_cnphjtbsf1h6sr9v804g_0",
        "version": 1,
        "state": "active",
        "lastMigrationID": "",
        "schema": {"tables": []},
    }
    if here["pgroll"]:
        answer["usePgRoll"] = True
    elif here["records"] and behave.get("latest", True):
        answer["lastMigrationID"] = here["records"][-1]["id"]
    return answer


def page(items, after, size, mark):
    """Newest first: those behind the cursor, and the cursor of the next page or None."""
    marks = [mark(n) for n in range(len(items))]
    end = len(items)
    if after is not None:
        if after not in marks:
            raise Refused(400, "invalid cursor")
        end = marks.index(after)
    start = max(end - size, 0)
    return items[start:end][::-1], marks[start] if start else None


def opaque(position):
    return base64.b64encode(b"\xfb\xff:%d" % position).decode()


def date_time(position):
    return "2024-05-01T%02d:%02d:%02d.5+02:00" % (
        position // 3600,
        position // 60 % 60,
        position % 60,
    )


def size_of(value):
    size = PAGE if value is None else int(value)
    if not 1 <= size <= PAGE_MAX:
        raise Refused(400, "page size %d exceeds the limit of %d" % (size, PAGE_MAX))
    return size


def v1_history(here, body, _query):
    wanted = body.get("page") or {}
    items = here["records"]
    since = body.get("since")
    if since:
        ids = [r["id"] for r in items]
        if since not in ids:
            raise Refused(400, "migration [%s] not found" % since)
        items = items[ids.index(since) + 1 :]
    part, cursor = page(items, wanted.get("after"), size_of(wanted.get("size")), opaque)
    if cursor is None and behave.get("cursor") == "repeat" and wanted.get("after"):
        cursor = wanted["after"]
    return {"meta": {"cursor": cursor or "", "more": cursor is not None}, "logs": part}


def v1_push(here, body, _query):
    have = here["records"]
    news = body.get("migrations")
    if not isinstance(news, list) or not news:
        raise Refused(400, "invalid migration: no migrations")
    ids = [r["id"] for r in have]
    if news[0]["id"] in ids:
        at = ids.index(news[0]["id"])
        same = have[at : at + len(news)]
        for mine, sent in zip(same, news):
            if mine["checksum"] != sent["checksum"]:
                raise Refused(400, "invalid migration: [%s] was modified" % sent["id"])
        if len(same) < len(have) - at:
            raise Refused(400, outdated(have[-1]["id"], news[-1]["id"]))
        news = news[len(same) :]
    head = have[-1] if have else None
    for record in news:
        for member in "id", "checksum", "operations":
            if member not in record:
                raise Refused(400, "invalid migration: no %s" % member)
        if record.get("parentID") != (head["id"] if head else None):
            raise Refused(400, outdated(head["id"] if head else "", record.get("parentID", "")))
        if record["checksum"] != checksum(record, head["checksum"] if head else None):
            raise Refused(400, "invalid migration: wrong checksum of [%s]" % record["id"])
        head = record
    have.extend({**r, "createdAt": "2024-04-01T12:00:00.5Z"} for r in news)
    return {
        "migrationID": have[-1]["id"],
        "parentMigrationID": have[-1].get("parentID", ""),
        "status": "completed",
    }


def outdated(branch_id, expected):
    return "invalid migration: outdated migration [branch ID: %s, expected: %s]" % (
        branch_id,
        expected,
    )


def work(job):
    """One question later."""
    if job["polls"] != 0:
        job["polls"] -= 1
    elif job["record"]:
        job["record"]["done"] = True


def pgroll_history(here, _body, query):
    for job in jobs.values():
        work(job)
    after = query.get("cursor")
    part, cursor = page(here["records"], after, size_of(query.get("limit")), date_time)
    items = []
    for record in part:
        text = json.dumps(database_order(record["migration"]), ensure_ascii=False)
        item = {
            "name": record["name"],
            "schema": record.get("schema", "public"),
            "migration": text,
            "startedAt": record["startedAt"],
            "done": record["done"],
            "migrationType": record["migrationType"],
        }
        if record.get("parent"):
            item["parent"] = record["parent"]
        items.append(item)
    answer = {"migrations": items}
    if cursor is not None:
        answer["cursor"] = cursor
    elif behave.get("cursor") == "null":
        answer["cursor"] = None
    elif behave.get("cursor") == "repeat" and after:
        answer["cursor"] = after
    return answer


def pgroll_apply(here, body, _query):
    have = here["records"]
    name = body.get("name") or "sql_%014x" % len(have)
    if not isinstance(body.get("operations"), list):
        raise Refused(400, "invalid migration: no operations")
    if any(r["name"] == name for r in have):
        raise Refused(400, "migration [%s] already exists" % name)
    job = "mig_job_%020d" % len(jobs)
    error = behave.get("fail", {}).get(name)
    jobs[job] = {"polls": behave.get("polls", 0), "error": error, "record": None}
    if not error:
        migration = {k: v for k, v in body.items() if k != "schema"}
        record = {"name": name, "migration": {**migration, "name": name}, "done": False}
        record.update(schema=body.get("schema", "public"), migrationType="pgroll")
        record["startedAt"] = "2024-05-01T09:00:%02d.%06dZ" % (len(have) % 60, len(have))
        if have:
            record["parent"] = have[-1]["name"]
        have.append(record)
        jobs[job]["record"] = record
    return {"jobID": job}


def pgroll_job(_here, job):
    if job not in jobs:
        raise Refused(404, "migration job [%s] not found" % job)
    state = jobs[job]
    answer = {"jobID": job, "type": "apply", "status": "completed"}
    if state["polls"] != 0:
        answer["status"] = "in_progress" if state["polls"] % 2 else "pending"
        work(state)
    elif state["error"]:
        answer.update(status="failed", error=state["error"])
    else:
        work(state)
    return answer


ROUTES = {
    ("POST", "/schema/history", False): v1_history,
    ("POST", "/schema/push", False): v1_push,
    ("GET", "/migrations/history", True): pgroll_history,
    ("POST", "/migrations/apply", True): pgroll_apply,
}


def serve(method, path, query, body):
    found = re.fullmatch("/db/(%s):(%s)(/.*)?" % (NAME, NAME), path)
    if not found:
        raise Refused(404, "route not found")
    database, branch, tail = found.groups()
    here = find(database, branch)
    if method == "GET" and not tail:
        return details(here, database, branch)
    job = re.fullmatch("/migrations/jobs/(%s)" % NAME, tail or "")
    if method == "GET" and job and here["pgroll"]:
        return pgroll_job(here, job.group(1))
    if (method, tail, not here["pgroll"]) in ROUTES:
        raise Refused(
            400,
            "this endpoint works only with %spostgres enabled branches"
            % ("non " if here["pgroll"] else ""),
        )
    handler = ROUTES.get((method, tail, here["pgroll"]))
    if not handler:
        raise Refused(404, "route not found")
    return handler(here, body, query)


def control(method, what, query, body):
    key = (body or query).get("db"), (body or query).get("branch")
    if (method, what) == ("PUT", "branch"):
        records = read_ledger(body["ledger"], body["pgroll"]) if body.get("ledger") else []
        branches[key] = {"pgroll": body["pgroll"], "records": records}
    elif (method, what) == ("PUT", "records"):
        branches[key]["records"] = body["records"]
    elif (method, what) == ("GET", "records"):
        return branches[key]["records"]
    elif (method, what) == ("PUT", "behave"):
        behave.clear()
        behave.update(body)
    return {}


def rule_for(method, path):
    for rule in behave.get("rules", []):
        if rule.get("method", method) != method or rule.get("path", "") not in path:
            continue
        if rule.get("skip", 0) > 0:
            rule["skip"] -= 1
            continue
        if rule.get("times", 1) != 0:
            rule["times"] = rule.get("times", 1) - 1
            return rule
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer is one write, which needs no acknowledgement in between

    def send(self, status, text, kind="application/json", headers=None):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-request-id", "req-%d" % id(self))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length) if length else b""
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with lock:
            body = json.loads(text) if text else {}
            if path.startswith("/_fake/"):
                self.send(200, json.dumps(control(self.command, path[7:], query, body)))
                return
            rule = rule_for(self.command, path)
            line = {"method": self.command, "path": path, "query": query, "body": body}
            if rule and not rule.get("do"):
                answer = None
            else:
                answer = self.answer(path, query, body, line)
            with open(LOG, "a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
        if rule and rule.get("drop"):
            self.close_connection = True
            self.connection.close()
        elif rule:
            self.send(
                rule.get("status", 200),
                rule.get("body", ""),
                rule.get("type", "application/json"),
                rule.get("headers"),
            )
        else:
            self.send(*answer)

    do_GET = do_POST = do_PUT = do_DELETE = do

    def answer(self, path, query, body, line):
        try:
            if self.headers.get("Authorization") != "Bearer " + KEY:
                raise Refused(401, "invalid API key")
            document = serve(self.command, path, query, body)
            line["items"] = len(document.get("logs", document.get("migrations", [])))
            line["status"] = 200
            return 200, json.dumps(document, ensure_ascii=False)
        except Refused as refused:
            status, message = refused.args
            line["status"] = status
            return status, json.dumps({"message": message})

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(URL_FILE + ".new", "w", encoding="utf-8") as f:
    f.write("http://localhost:%d" % server.server_port)
os.rename(URL_FILE + ".new", URL_FILE)
server.serve_forever()
