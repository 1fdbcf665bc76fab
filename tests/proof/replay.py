"""usage: replay.py STEPS [SEED]
Two clones of one repository work on branches in random steps: records are made, merged, rebased,
resolved, squashed, pushed and pulled, by the real client, real Git and a real xatad. After each
step the ledger is one valid chain, what the endpoint acknowledged is there in its order, and no
record has gone but those that a squash folded. The seed is printed; with it the same steps are
taken again, though identifiers and checksums differ."""

import json
import os
import re
import random
import subprocess
import sys
import time

from xatad import Tap, Xatad, broken_link, checksum_of, name_of

CONFLICT = 4
REWRITTEN = 7
BRANCHES = ("main", "red", "green")
LEDGER = ".xata/migrations/.ledger"


class Broken(Exception):
    """A promise that did not hold."""


# ---- operations

class Model:
    """The tables of a history and their columns, to make operations that apply to it."""

    def __init__(self, records):
        self.tables = {}
        for record in records:
            pgroll = "migration" in record
            for operation in record["migration"]["operations"] if pgroll else record["operations"]:
                (kind, body), = operation.items()
                getattr(self, kind)(body)

    def addTable(self, b):
        self.tables[b["table"]] = []

    def removeTable(self, b):
        del self.tables[b["table"]]

    def addColumn(self, b):
        self.tables[b["table"]].append(b["column"]["name"])

    def removeColumn(self, b):
        self.tables[b["table"]].remove(b["column"])

    def renameColumn(self, b):
        self.rename(b["table"], b["oldName"], b["newName"])

    def renameTable(self, b):
        self.tables[b["newName"]] = self.tables.pop(b["oldName"])

    def create_table(self, b):
        self.tables[b["name"]] = [c["name"] for c in b["columns"] if not c.get("pk")]

    def drop_table(self, b):
        del self.tables[b["name"]]

    def add_column(self, b):
        self.tables[b["table"]].append(b["column"]["name"])

    def drop_column(self, b):
        self.tables[b["table"]].remove(b["column"])

    def rename_column(self, b):
        self.rename(b["table"], b["from"], b["to"])

    def rename_table(self, b):
        self.tables[b["to"]] = self.tables.pop(b["from"])

    def rename(self, table, old, new):
        columns = self.tables[table]
        columns[columns.index(old)] = new

    def operation(self, rng, pgroll):
        """One that applies; names are few, so that two sides now and then choose the same."""
        free = [t for t in ("t%d" % rng.randrange(60) for _ in range(4)) if t not in self.tables]
        tables = sorted(self.tables)
        choice = rng.random()
        if not tables or (free and choice < 0.3):
            return table_operation(free[0], pgroll)
        table = rng.choice(tables)
        columns = self.tables[table]
        new = "c%d" % rng.randrange(60)
        if choice > 0.97:
            return {"drop_table": {"name": table}} if pgroll else {"removeTable": {"table": table}}
        if columns and choice > 0.9:
            return {"drop_column" if pgroll else "removeColumn":
                    {"table": table, "column": rng.choice(columns)}}
        if new in columns:
            new += "x%d" % rng.randrange(1 << 30)
        if columns and choice > 0.8:
            old = rng.choice(columns)
            if pgroll:
                return {"rename_column": {"table": table, "from": old, "to": new}}
            return {"renameColumn": {"table": table, "oldName": old, "newName": new}}
        column = {"name": new, "type": "text" if pgroll else "string"}
        if pgroll:
            return {"add_column": {"table": table, "column": dict(column, nullable=True)}}
        return {"addColumn": {"table": table, "column": column}}


def table_operation(table, pgroll):
    if pgroll:
        return {"create_table": {"name": table,
                                 "columns": [{"name": "id", "type": "int", "pk": True}]}}
    return {"addTable": {"table": table}}


# ---- one of the two

class Clone:
    """A working tree with the commands that are run in it."""

    def __init__(self, world, name):
        self.world, self.name, self.dir = world, name, os.path.abspath(name)
        self.stuck = 0  # conflicts in a row: with too many of them the local work is given up
        self.env = dict(world.env, GIT_AUTHOR_NAME=name, GIT_COMMITTER_NAME=name)

    def run(self, *argv, stdin=None, allowed=(0,)):
        """Any other status than those allowed is a promise broken."""
        r = subprocess.run(argv, cwd=self.dir, env=self.env, timeout=120, input=stdin,
                           stdin=None if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
        self.world.log.append("%s$ %s -> %d\n%s" % (self.name, " ".join(argv), r.returncode,
                                                    r.stdout[-3000:]))
        if r.returncode not in allowed:
            raise Broken("status %d of %s: %s" % (r.returncode, " ".join(argv), r.stdout))
        return r

    def git(self, *argv, allowed=(0,)):
        return self.run("git", *argv, allowed=allowed)

    def try_git(self, *argv):
        """Whether it worked; Git says 1 of a conflict, of a hook that refuses, of a lost race."""
        return self.git(*argv, allowed=(0, 1)).returncode == 0

    def names(self):
        try:
            with open(os.path.join(self.dir, LEDGER)) as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def records(self):
        found = []
        for name in self.names():
            with open(os.path.join(self.dir, ".xata/migrations", name + ".json")) as f:
                found.append(json.load(f))
        return found

    def ids(self):
        return [name_of(r) for r in self.records()]

    def branch(self):
        return self.git("symbolic-ref", "--short", "HEAD").stdout.strip()

    def commit(self, message):
        """Through the hook; nothing to commit is fine."""
        self.git("add", "-A", ".xata")
        if self.git("diff", "--cached", "--quiet", allowed=(0, 1)).returncode:
            self.through_hook("commit", "-q", "-m", message)

    def through_hook(self, *argv):
        """It refuses to lose the last records: what was given up goes without it."""
        r = self.git(*argv, allowed=(0, 1))
        if r.returncode == 0:
            return
        gone = re.findall('record "([^"]+)" of HEAD is gone', r.stdout)
        ids = {re.sub("^(mig_.*)_[0-9a-f]{8}$", r"\1", name) for name in gone}
        if not gone or ids - self.world.given_up - self.world.folded:
            raise Broken("the hook refuses %s: %s" % (" ".join(argv), r.stdout))
        self.git("-c", "core.hooksPath=/dev/null", *argv)

    def in_progress(self, what):
        return os.path.exists(os.path.join(self.dir, ".git", what))


class World:
    """The endpoint, the shared repository, the two clones, and what is known of the records."""

    def __init__(self, xatad, pgroll, rng):
        self.pgroll, self.rng, self.log = pgroll, rng, []
        kind = "pgroll" if pgroll else "v1"
        self.database = "replay" + kind
        self.client = xatad.client()
        self.client.new_database(self.database, pgroll)
        self.acknowledged = []  # [(id, checksum)], as the endpoint has them
        self.folded = set()  # ids of records that a squash folded
        self.squashed = set()  # ids that a record may have which others were folded into
        self.given_up = set()  # ids of local records that were given up on purpose
        self.counts = {}
        self.env = dict(os.environ, XATA_API_KEY=xatad.key, SSL_CERT_FILE=xatad.certificate,
                        XATA_DATABASE_URL="https://localhost:%d/db/%s" % (
                            xatad.port, self.database),
                        GIT_EDITOR="true", GIT_AUTHOR_EMAIL="dev@localhost",
                        GIT_COMMITTER_EMAIL="dev@localhost")
        self.found_repository(kind)

    def found_repository(self, kind):
        bare = os.path.abspath("origin-" + kind)
        subprocess.run(("git", "init", "-q", "--bare", "-b", "main", bare), check=True)
        first = Clone(self, "ann-" + kind)
        os.mkdir(first.dir)
        first.git("init", "-q", "-b", "main")
        first.git("remote", "add", "origin", bare)
        first.run("xata", "init", "--yes")
        first.git("add", "-A")
        self.make_record(first)
        first.commit("begin")
        first.run("xata", "push", "--yes", "main")
        first.git("push", "-q", "origin", "main")
        second = Clone(self, "bob-" + kind)
        subprocess.run(("git", "clone", "-q", bare, second.dir), check=True)
        self.clones = [first, second]
        for c in self.clones:
            c.run("xata", "hook", "install")
        self.look_at_endpoint()

    def make_record(self, clone):
        operation = Model(clone.records()).operation(self.rng, self.pgroll)
        argv = ["xata", "new", "--quiet"] + ([] if clone.names() or not self.pgroll
                                             else ["--format", "pgroll"])
        clone.run(*argv, stdin=json.dumps([operation]))

    def look_at_endpoint(self):
        """What was acknowledged stays, as it was and in its order."""
        head = self.client.head(self.database + ":main")
        if self.acknowledged and head and (head["id"], head["checksum"]) == self.acknowledged[-1]:
            return
        history = self.client.history(self.database + ":main", self.pgroll)
        now = [(name_of(r), checksum_of(r)) for r in history]
        if now[:len(self.acknowledged)] != self.acknowledged:
            raise Broken("the endpoint's history is not what it was: %r" % now)
        self.acknowledged = now

    # ---- the steps; each returns what it was, for the count

    def new(self, clone):
        self.make_record(clone)
        clone.commit("a record")
        return "new"

    def checkout(self, clone):
        other = self.rng.choice([b for b in BRANCHES if b != clone.branch()])
        if not clone.try_git("show-ref", "--verify", "--quiet", "refs/heads/" + other):
            clone.git("checkout", "-q", "-b", other)
        else:
            clone.git("checkout", "-q", other)
        return "checkout"

    def met_other_content(self, r):
        """Whether one side squashed what the other pushed as it was: a pgroll record that others
        were folded into keeps its name. Any other record stays what it is, wherever it is."""
        if r.returncode != REWRITTEN:
            return False
        name = re.search(r'the branch has record "(.*)" with other content than here', r.stdout)
        if not name or name.group(1) not in self.squashed:
            raise Broken("status %d: %s" % (r.returncode, r.stdout))
        return True

    def push(self, clone):
        r = clone.run("xata", "push", "--yes", "main", allowed=(0, CONFLICT, REWRITTEN))
        if self.met_other_content(r):
            return self.conflict(clone, "push")
        if r.returncode:
            return "push behind"
        self.on_top(clone, 0)
        clone.stuck = 0
        return "push"

    def pull(self, clone):
        r = clone.run("xata", "pull", "main", allowed=(0, CONFLICT, REWRITTEN))
        clone.commit("pulled")
        if self.met_other_content(r):
            return self.conflict(clone, "pull")
        if r.returncode:
            return "pull diverged"
        self.on_top(clone)
        return "pull"

    def rebase(self, clone):
        r = clone.run("xata", "rebase", "main", allowed=(0, CONFLICT))
        clone.commit("rebased")
        if r.returncode:
            return self.conflict(clone, "rebase")
        self.on_top(clone)
        return "rebase"

    def rebase_onto(self, clone):
        r = clone.run("xata", "rebase", "--onto", "origin/main", allowed=(0, CONFLICT))
        clone.commit("rebased")
        return self.conflict(clone, "rebase --onto") if r.returncode else "rebase --onto"

    def squash(self, clone):
        before, schema = clone.ids(), clone.run("xata", "schema", "dump").stdout
        r = clone.run("xata", "squash", allowed=(0, CONFLICT))
        if r.returncode:
            return "squash refused"
        after = set(clone.ids())
        self.folded.update(i for i in before if i not in after)
        if len(after) < len(before):
            self.squashed.update(after)
        if clone.run("xata", "schema", "dump").stdout != schema:
            raise Broken("a squash changed the schema")
        clone.commit("squashed")
        return "squash" if len(after) < len(before) else "squash of nothing"

    def git_push(self, clone):
        branch = clone.branch()
        return "git push" if clone.try_git("push", "-q", "origin", branch) else "git push behind"

    def git_merge(self, clone):
        other = self.other_branch(clone)
        if not other or clone.try_git("merge", "--no-edit", "-q", other):
            return "git merge"
        if not clone.in_progress("MERGE_HEAD"):
            return "git merge refused"  # unrelated
        side = self.rng.choice(("ours", "theirs"))
        if not self.resolved(clone, "--upstream", side):
            clone.git("merge", "--abort")
            return self.conflict(clone, "git merge")
        clone.through_hook("commit", "-q", "--no-edit")
        return "git merge, resolved"

    def git_rebase(self, clone):
        other = self.other_branch(clone)
        if not other or clone.try_git("rebase", "-q", other):
            return "git rebase"
        for _ in range(60):
            if not self.resolved(clone):
                clone.git("rebase", "--abort")
                return self.conflict(clone, "git rebase")
            nothing = clone.try_git("diff", "--cached", "--quiet")
            clone.git("rebase", "--skip" if nothing else "--continue", allowed=(0, 1))
            if not (clone.in_progress("rebase-merge") or clone.in_progress("rebase-apply")):
                return "git rebase, resolved"
        raise Broken("a rebase does not end")

    def git_cherry_pick(self, clone):
        other = self.other_branch(clone)
        if not other or clone.git("cherry-pick", "--allow-empty", other,
                                  allowed=(0, 1, 128)).returncode == 0:
            return "git cherry-pick"
        if not clone.in_progress("CHERRY_PICK_HEAD"):
            return "git cherry-pick refused"  # of a merge
        if not self.resolved(clone):
            clone.git("cherry-pick", "--abort")
            return self.conflict(clone, "git cherry-pick")
        nothing = clone.try_git("diff", "--cached", "--quiet")
        clone.through_hook("cherry-pick", "--skip" if nothing else "--continue")
        return "git cherry-pick, resolved"

    def git_stash(self, clone):
        """A record that is not committed yet, put aside while the branch moves."""
        self.make_record(clone)
        made = set(clone.ids())
        clone.git("stash", "-q", "-u")
        self.pull(clone)
        if clone.try_git("stash", "pop", "-q"):
            clone.commit("unstashed")
            return "git stash"
        if not self.resolved(clone):
            clone.git("reset", "-q", "--hard")
            clone.git("clean", "-qfd", ".xata/migrations")
            clone.git("stash", "drop", "-q")
            self.given_up |= made - set(clone.ids())
            return self.conflict(clone, "git stash")
        clone.git("stash", "drop", "-q")
        clone.commit("unstashed")
        return "git stash, resolved"

    # ---- what the steps share

    def on_top(self, clone, most=None):
        """The clone has all that the endpoint has, as it is there, and then its own."""
        self.look_at_endpoint()
        mine = [(name_of(r), checksum_of(r)) for r in clone.records()]
        if mine[:len(self.acknowledged)] != self.acknowledged:
            raise Broken("the clone does not begin with what the endpoint has")
        if most is not None and len(mine) > len(self.acknowledged) + most:
            raise Broken("the endpoint lacks what was pushed")

    def resolved(self, clone, *options):
        r = clone.run("xata", "resolve", *options, allowed=(0, CONFLICT))
        return r.returncode == 0

    def other_branch(self, clone):
        """Another branch, as it is here or as it was fetched."""
        clone.git("fetch", "-q", "origin")
        found = clone.git("for-each-ref", "--format=%(refname)", "refs/heads",
                          "refs/remotes/origin").stdout.split()
        found = [f for f in found if f not in ("refs/heads/" + clone.branch(),
                                               "refs/remotes/origin/HEAD")]
        return self.rng.choice(sorted(found)) if found else None

    def conflict(self, clone, what):
        """Records that mean what cannot be: after some tries a team gives one side up."""
        clone.stuck += 1
        if clone.stuck >= 2:
            before = set(clone.ids())
            clone.run("xata", "pull", "--force", "main")
            self.given_up |= before - set(clone.ids())
            clone.commit("given up")
            clone.stuck = 0
        return what + ": conflict"

    STEPS = (("new", 30), ("checkout", 9), ("git_merge", 14), ("git_rebase", 8),
             ("git_cherry_pick", 3), ("git_stash", 3), ("rebase", 9), ("rebase_onto", 4),
             ("squash", 5), ("push", 9), ("git_push", 8), ("pull", 8))

    def step(self):
        clone = self.rng.choice(self.clones)
        step, = self.rng.choices([s for s, _ in self.STEPS], [w for _, w in self.STEPS])
        before = clone.ids()
        self.log.append("== %s: %s, %d records on %s" % (clone.name, step, len(before),
                                                         clone.branch()))
        what = getattr(self, step)(clone)
        self.counts[what] = self.counts.get(what, 0) + 1
        self.check(clone, before if step != "checkout" else [])

    def check(self, clone, before):
        clone.run("xata", "verify", "--quiet")
        records = clone.records()
        trouble = broken_link(records)
        if trouble:
            raise Broken("verify is content, though " + trouble)
        self.look_at_endpoint()
        now = [name_of(r) for r in records]
        acknowledged = [i for i, _ in self.acknowledged]
        lost = set(before) - set(now) - self.folded - self.given_up
        if lost:
            raise Broken("lost: %s" % sorted(lost))
        lost = (set(before) & set(acknowledged)) - set(now) - self.folded
        if lost:
            raise Broken("lost though acknowledged: %s" % sorted(lost))
        status = clone.git("status", "--porcelain").stdout
        if status:
            raise Broken("the step left behind: " + status)


def play(tap, xatad, pgroll, steps, seed):
    kind = "pgroll" if pgroll else "v1"
    world = World(xatad, pgroll, random.Random("%d %s" % (seed, kind)))
    trouble, taken, started = None, 0, time.monotonic()
    try:
        for taken in range(1, steps + 1):
            world.step()
    except (Broken, OSError, ValueError, KeyError, subprocess.SubprocessError) as e:
        trouble = "step %d: %s: %s" % (taken, type(e).__name__, e)
    tap.ok(trouble is None, "%d steps of two clones with %s records" % (steps, kind),
           *([trouble] + world.log[-12:] if trouble else []))
    tap.note("%s: %d steps in %.0f s, %d records acknowledged: %s" % (
        kind, taken, time.monotonic() - started, len(world.acknowledged),
        ", ".join("%d %s" % (n, w) for w, n in sorted(world.counts.items()))))
    if trouble and os.environ.get("REPLAY_LOG"):
        with open(os.environ["REPLAY_LOG"], "w") as f:
            f.write("\n".join(world.log))
    return world


def main():
    tap, steps = Tap(), int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    tap.note("seed %d" % seed)
    xatad = Xatad("replay-endpoint").start()
    worlds = [play(tap, xatad, pgroll, steps // 2, seed) for pgroll in (False, True)]
    needed = ("new", "push", "pull", "rebase", "squash", "git merge, resolved")
    counts = {k: sum(w.counts.get(k, 0) for w in worlds) for k in needed}
    if steps >= 200 and not tap.failed:
        tap.ok(all(counts.values()), "each kind of step was taken, and went through", counts)
    tap.equal(xatad.stop(), 0, "xatad ends in good order")
    tap.done()


if __name__ == "__main__":
    main()
