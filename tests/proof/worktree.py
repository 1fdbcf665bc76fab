"""usage: worktree.py SECONDS
Eight commands at once in one working tree, with the real client: records are made, pushed and
pulled, and nobody loses one; then eight pulls and pushes while others push to the branch."""

import json
import os
import random
import subprocess
import sys
import threading
import time

from xatad import (Tap, Xatad, broken_link, checksum_of, head_of, make_records, name_of, push)

LOCKED = 8


class Tree:
    """A project and the client's commands in it."""

    def __init__(self, xatad, database):
        self.dir = os.path.abspath("tree-" + database)
        os.makedirs(os.path.join(self.dir, ".xata"))
        self.env = dict(os.environ, XATA_API_KEY=xatad.key, SSL_CERT_FILE=xatad.certificate,
                        XATA_DATABASE_URL="https://localhost:%d/db/%s" % (xatad.port, database),
                        XATA_BRANCH="main")

    def run(self, *argv, stdin=None):
        return subprocess.run(("xata",) + argv, cwd=self.dir, env=self.env, timeout=120,
                              input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ledger(self):
        with open(os.path.join(self.dir, ".xata/migrations/.ledger")) as f:
            return f.read().split()

    def records(self):
        found = []
        for name in self.ledger():
            with open(os.path.join(self.dir, ".xata/migrations", name + ".json")) as f:
                found.append(json.load(f))
        return found

    def strays(self):
        names = set(os.listdir(os.path.join(self.dir, ".xata/migrations")))
        return sorted(names ^ ({n + ".json" for n in self.ledger()} | {".ledger"}))


class Worker(threading.Thread):
    """Repeats one command; waits for the lock in one of two ways."""

    def __init__(self, tree, kind, until, allowed):
        super().__init__(daemon=True)
        self.tree, self.kind, self.until, self.allowed = tree, kind, until, allowed
        self.done = self.locked = 0
        self.made, self.troubles = [], []

    def argv(self):
        wait = random.choice(("0", "20"))
        return {"new": ("new", "--json"), "push": ("push", "--yes", "main"),
                "pull": ("pull", "main")}[self.kind] + ("--lock-wait", wait)

    def run(self):
        while time.monotonic() < self.until and len(self.troubles) < 3:
            operation = '[{"addTable":{"table":"t%d"}}]' % random.randrange(1 << 60)
            try:
                r = self.tree.run(*self.argv(), stdin=operation if self.kind == "new" else None)
            except subprocess.TimeoutExpired as e:
                self.troubles.append("%s hangs: %s" % (self.kind, e))
                return
            if r.returncode == 0:
                self.done += 1
                if self.kind == "new":
                    self.made.append(json.loads(r.stdout)["record"]["name"])
            elif r.returncode == LOCKED:
                self.locked += 1
            elif r.returncode not in self.allowed:
                self.troubles.append("%s: status %d: %s" % (self.kind, r.returncode, r.stderr))


def work(tree, kinds, seconds, allowed=()):
    until = time.monotonic() + seconds
    workers = [Worker(tree, kind, until, allowed) for kind in kinds]
    for w in workers:
        w.start()
    for w in workers:
        w.join(seconds + 150)
    return workers


def check_tree(tap, tree, client, branch, what):
    history = [(name_of(r), checksum_of(r)) for r in client.history(branch, False)]
    local = tree.records()
    tap.equal([(name_of(r), checksum_of(r)) for r in local], history,
              what + ": the tree and the branch hold the same chain")
    tap.equal(broken_link(local), None, what + ": which is one chain")
    tap.equal(tree.strays(), [], what + ": with no stray file beside it")
    for argv in (("verify", "--strict"), ("status",), ("pull", "main", "--lock-wait", "0")):
        r = tree.run(*argv)
        tap.equal((r.returncode, r.stderr), (0, ""), what + ": xata %s is content" % argv[0])


def makers(tap, xatad, seconds):
    """Nobody else writes to the branch: no command may end but well, or because of the lock."""
    client = xatad.client()
    client.new_database("made")
    tree = Tree(xatad, "made")
    workers = work(tree, ["new"] * 3 + ["push"] * 3 + ["pull"] * 2, seconds)
    tap.equal([t for w in workers for t in w.troubles], [], "new, push and pull end well or wait")
    done = {k: sum(w.done for w in workers if w.kind == k) for k in ("new", "push", "pull")}
    tap.ok(all(done.values()), "each of them got its turn", done)
    tap.equal(tree.run("push", "--yes", "main").returncode, 0, "what is left is pushed")
    made = sorted(n for w in workers for n in w.made)
    tap.equal(sorted(tree.ledger()), made, "every record that was made is there, and no other")
    check_tree(tap, tree, client, "made:main", "made")
    tap.note("%s in %g s, %d found the tree locked" % (done, seconds,
                                                      sum(w.locked for w in workers)))


def strangers(tap, xatad, seconds):
    """The branch grows meanwhile; a push that has nothing to send may find itself behind (4)."""
    client, stop, pushed, refused = xatad.client(), threading.Event(), [], []
    client.new_database("theirs")
    tree = Tree(xatad, "theirs")

    def grow():
        head = None
        while not stop.is_set():
            records = make_records(False, head, 3)
            answer = push(client, "theirs:main", False, head, records)
            if answer.status != 200:
                refused.append(answer)
                return
            pushed.extend(records)
            head = head_of(records[-1])
            time.sleep(0.05)

    grower = threading.Thread(target=grow, daemon=True)
    grower.start()
    workers = work(tree, ["pull"] * 4 + ["push"] * 4, seconds, allowed=(4,))
    stop.set()
    grower.join(30)
    tap.equal([t for w in workers for t in w.troubles], [], "pulls and pushes end well or wait")
    pulls = [w for w in workers if w.kind == "pull"]
    tap.ok(sum(w.done for w in pulls) > 1, "pulls got their turn")
    tap.ok(pushed and not refused, "the branch grew all the time", len(pushed), *refused)
    tap.equal(tree.run("pull", "main").returncode, 0, "what is left is pulled")
    tap.equal(len(tree.ledger()), len(pushed), "all that the others pushed is there")
    check_tree(tap, tree, client, "theirs:main", "pulled")
    tap.note("%d records pulled by %d pulls in %g s" % (len(pushed), sum(w.done for w in pulls),
                                                       seconds))


def main():
    tap, seconds = Tap(), float(sys.argv[1])
    xatad = Xatad("tree-endpoint").start()
    makers(tap, xatad, seconds)
    strangers(tap, xatad, seconds)
    tap.equal(xatad.stop(), 0, "xatad ends in good order")
    tap.done()


if __name__ == "__main__":
    main()
