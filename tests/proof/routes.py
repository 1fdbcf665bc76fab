"""The routes of the server as its own table has them, each with a request that is good.

A route without a row in GOOD fails every test that uses this, so that none is added untested.
"""

import json
import os
import subprocess

from xatad import WORKSPACE, make_records, new_id

ROLL_OPERATIONS = [{"create_table": {"name": "t", "columns": [{"name": "id", "type": "int"}]}}]


class World:
    """A database and what is in it, made for one request."""

    def __init__(self, client, name, pgroll):
        self.client, self.db, self.pgroll = client, name, pgroll
        self.branch = name + ":main"
        self.workspace, self.job = WORKSPACE, "mig_job_none"
        client.new_database(name, pgroll)
        client.must("PUT", "/db/%s:side" % name, {"metadata": {"stage": "dev"}})
        client.must("POST", "/dbs/%s/gitBranches" % name,
                    {"gitBranch": "feature/x", "xataBranch": "side"})
        if pgroll:
            self.job = client.must("POST", "/db/%s/migrations/apply" % self.branch,
                                   {"operations": ROLL_OPERATIONS})["jobID"]
            client.must("POST", "/db/%s/migrations/start" % self.branch,
                        {"operations": [{"sql": {"up": "SELECT 1"}}]})
        else:
            self.records = make_records(False, None, 2)
            client.must("POST", "/db/%s/schema/push" % self.branch,
                        {"migrations": self.records[:1]})

    def path(self, pattern):
        return pattern.format(ws=self.workspace, db=self.db, branch="main", job=self.job)


class Made(World):
    """With a workspace that has no database, for the routes that change one."""

    def __init__(self, client, name, pgroll):
        super().__init__(client, name, pgroll)
        self.workspace = client.must("POST", "/workspaces", {"name": "empty"})["id"]


def good(query="", body=None, pgroll=False, world=World, path=None, before=None):
    return {"query": query, "body": body, "pgroll": pgroll, "world": world, "path": path,
            "before": before}


def roll(**more):
    return good(pgroll=True, **more)


def complete(world):
    world.client.must("POST", "/db/%s/migrations/complete" % world.branch)


B = "/db/{db}:{branch}"
GOOD = {
    "GET /healthz": good(),
    "GET /metrics": good(),
    "GET /user": good(),
    "GET /workspaces": good(),
    "POST /workspaces": good(body={"name": "My Shop", "slug": "shop"}),
    "GET /workspaces/{ws}": good(),
    "PUT /workspaces/{ws}": good(body={"name": "Other"}, world=Made),
    "DELETE /workspaces/{ws}": good(world=Made),
    "GET /workspaces/{ws}/regions": good(),
    "GET /workspaces/{ws}/dbs": good(),
    "PUT /workspaces/{ws}/dbs/{db}": good(
        body={"region": "local", "branchName": "trunk", "ui": {"color": "red"},
              "metadata": {"repository": "r", "branch": "b", "stage": "s", "labels": ["l"]}},
        before=lambda w: w.client.must("DELETE", "/workspaces/%s/dbs/%s" % (WORKSPACE, w.db))),
    "GET /workspaces/{ws}/dbs/{db}": good(),
    "PATCH /workspaces/{ws}/dbs/{db}": good(body={"ui": {"color": "blue"}}),
    "DELETE /workspaces/{ws}/dbs/{db}": good(),
    "POST /workspaces/{ws}/dbs/{db}/rename": good(body=lambda w: {"newName": w.db + "_new"}),
    "GET /dbs/{db}": good(),
    "GET /dbs/{db}/gitBranches": good(),
    "POST /dbs/{db}/gitBranches": good(body={"gitBranch": "fix/y", "xataBranch": "side"}),
    "DELETE /dbs/{db}/gitBranches": good("?gitBranch=feature%2Fx"),
    "GET /dbs/{db}/resolveBranch": good("?gitBranch=feature%2Fx&fallbackBranch=main"),
    "GET " + B: good("?form=head"),
    "PUT " + B: good("?from=main", {"metadata": {"stage": "x"}}, path="/db/{db}:third"),
    "DELETE " + B: good(),
    "GET " + B + "/metadata": good(),
    "PUT " + B + "/metadata": good(body={"repository": "r", "labels": ["a", "b"]}),
    "GET " + B + "/schema": good(),
    "GET " + B + "/schemas": good(),
    "POST " + B + "/schema/history": good(
        body=lambda w: {"page": {"size": 5, "after": "9"}, "since": w.records[0]["id"]}),
    "POST " + B + "/schema/push": good(body=lambda w: {"migrations": w.records}),
    "POST " + B + "/migrations/apply": roll(
        body=lambda w: {"name": new_id(), "schema": "public",
                        "operations": [{"sql": {"up": "SELECT 2"}}]}, before=complete),
    "POST " + B + "/migrations/start": roll(
        body={"operations": [{"sql": {"up": "SELECT 3"}}]}, before=complete),
    "POST " + B + "/migrations/complete": roll(body={"schema": "public"}),
    "POST " + B + "/migrations/rollback": roll(body={"schema": "public"}),
    "POST " + B + "/migrations/push": roll(
        body=lambda w: {"expected": None, "records": make_records(True, None, 2)},
        path="/db/{db}:side/migrations/push"),
    "GET " + B + "/migrations/history": roll(query="?limit=2&cursor=9&form=record"),
    "GET " + B + "/migrations/status": roll(),
    "GET " + B + "/migrations/jobs": roll(query="?limit=2&cursor=99"),
    "GET " + B + "/migrations/jobs/{job}": roll(),
}


class Route:
    def __init__(self, row):
        self.method, self.pattern, self.scope = row["method"], row["pattern"], row["scope"]
        self.public, self.limited, self.body = row["public"], row["limited"], row["body"]
        self.name = "%s %s" % (self.method, self.pattern)
        self.good = GOOD.get(self.name)

    def world(self, client, name):
        return self.good["world"](client, name, self.good["pgroll"])

    def request(self, world):
        """(method, path with query, body)"""
        body = self.good["body"]
        return (self.method, world.path(self.good["path"] or self.pattern) + self.good["query"],
                body(world) if callable(body) else body)

    def prepare(self, world):
        if self.good["before"]:
            self.good["before"](world)


def read_routes():
    """Every row of server/routes.c, as the program prints them."""
    program = os.path.join(os.environ.get("abs_top_builddir", "build"), "tests/proof/print_routes")
    lines = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [Route(json.loads(line)) for line in lines]


def check_coverage(tap, routes):
    tap.equal([r.name for r in routes if not r.good], [], "every route has a good request here")
    tap.equal(sorted(set(GOOD) - {r.name for r in routes}), [], "and no row is about none")
    return [r for r in routes if r.good]
