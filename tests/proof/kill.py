"""usage: kill.py ROUNDS
Kills xatad at random moments of a stream of pushes. After each kill SQLite finds the store whole,
and a restart shows every push that was answered, and none in part."""

import random
import sys
import threading
import time

from xatad import (Tap, Xatad, broken_link, checksum_of, head_of, http, make_records, name_of, push,
                   store_troubles)

TORN = (OSError, http.client.HTTPException)  # the server went away within a request


class Model:
    """What the clients of one branch know about it."""

    def __init__(self, pgroll):
        self.pgroll, self.lock = pgroll, threading.Lock()
        self.acknowledged, self.open = [], []  # pushes as lists of records

    def check(self, history):
        """What of the history is not what it must be; None when all is well."""
        wrong = broken_link(history)
        if wrong:
            return wrong
        there = {name_of(r): checksum_of(r) for r in history}
        known = set()
        for records in self.acknowledged:
            for r in records:
                known.add(name_of(r))
                if there.get(name_of(r)) != checksum_of(r):
                    return "acknowledged and lost: %s" % name_of(r)
        for records in self.open:
            stored = [name_of(r) for r in records if name_of(r) in there]
            known.update(stored)
            if stored and len(stored) != len(records):
                return "half there: %d of %d records of a push" % (len(stored), len(records))
        foreign = set(there) - known
        return "stored, and nobody pushed it: %s" % foreign if foreign else None

    def settle(self, history):
        """What was in flight has been decided: the history is what everybody knows now."""
        self.acknowledged, self.open = [history], []


class Pusher(threading.Thread):
    """Pushes from the head that it knows until the server is gone."""

    def __init__(self, xatad, branch, model, seed):
        super().__init__(daemon=True)
        self.client, self.branch, self.model = xatad.client(timeout=10), branch, model
        self.random, self.trouble, self.torn = random.Random(seed), None, False

    def run(self):
        try:
            head = self.client.head(self.branch)
            while True:
                head = self.step(head)
        except TORN:
            self.torn = True
        except Exception as e:  # a wrong answer, to be reported
            self.trouble = repr(e)

    def step(self, head):
        m = self.model
        records = make_records(m.pgroll, head, self.random.choice((1, 1, 2, 3, 10, 100)))
        with m.lock:
            m.open.append(records)
        answer = push(self.client, self.branch, m.pgroll, head, records)
        with m.lock:
            m.open.remove(records)
            if answer.status == 200:
                m.acknowledged.append(records)
        if answer.status == 409:
            return answer.json["head"]
        if answer.status != 200:
            raise RuntimeError("push: %r" % answer)
        return head_of(records[-1])


class Forker(threading.Thread):
    """Makes branches of a branch and deletes some, until the server is gone."""

    def __init__(self, xatad, source, seed):
        super().__init__(daemon=True)
        self.client, self.source, self.seed = xatad.client(timeout=10), source, seed
        self.made, self.gone, self.trouble, self.torn = set(), set(), None, False

    def run(self):
        database, name = self.source.split(":")
        try:
            for i in range(10 ** 6):
                branch = "%s:fork%d_%d" % (database, self.seed, i)
                self.client.must("PUT", "/db/%s?from=%s" % (branch, name))
                self.made.add(branch)
                if i % 3 == 0:
                    self.made.remove(branch)
                    self.client.must("DELETE", "/db/" + branch)
                    self.gone.add(branch)
                time.sleep(0.005)
        except TORN:
            self.torn = True
        except Exception as e:
            self.trouble = repr(e)


def set_up(xatad):
    """Two branches with a pusher of their own and one that two share, of either format."""
    client = xatad.client()
    models = {}
    for database, pgroll in (("v1", False), ("roll", True)):
        client.new_database(database, pgroll)
        for branch in ("main", "shared"):
            if branch != "main":
                client.must("PUT", "/db/%s:%s" % (database, branch))
            models["%s:%s" % (database, branch)] = Model(pgroll)
    return models


def check_forks(client, forker, database):
    there = {"%s:%s" % (database, b["name"])
             for b in client.must("GET", "/dbs/" + database)["branches"]}
    lost, back = forker.made - there, forker.gone & there
    if lost or back:
        return ["branches lost: %s, deleted and back: %s" % (lost, back)]
    wrong = [broken_link(client.history(b, False)) for b in sorted(forker.made)[:3]]
    for b in there:  # so that the next round begins as this one did
        if ":fork" in b:
            client.must("DELETE", "/db/" + b)
    return [w for w in wrong if w]


def one_round(xatad, models, number, chance):
    """Returns (what is wrong, pushes acknowledged, pushes in flight when it died)."""
    pushers = [Pusher(xatad, b, m, chance.random())
               for b, m in models.items() for _ in range(2 if "shared" in b else 1)]
    forker = Forker(xatad, "v1:main", number)
    before = sum(len(m.acknowledged) for m in models.values())
    for t in pushers + [forker]:
        t.start()
    time.sleep(chance.uniform(0.02, 0.6))
    xatad.kill()
    for t in pushers + [forker]:
        t.join(30)
    wrong = [t.trouble for t in pushers + [forker] if t.trouble]
    wrong += ["a client never noticed" for t in pushers + [forker] if t.is_alive()]
    acknowledged = sum(len(m.acknowledged) for m in models.values()) - before
    torn = sum(len(m.open) for m in models.values())
    wrong += ["SQLite: " + w for w in store_troubles(xatad.dir)]
    xatad.start()
    client = xatad.client()
    for branch, m in models.items():
        history = client.history(branch, m.pgroll)
        problem = m.check(history)
        if problem:
            wrong.append("%s: %s" % (branch, problem))
        m.settle(history)
    wrong += check_forks(client, forker, "v1")
    client.close()
    return wrong, acknowledged, torn


def renew(xatad, models):
    """Long histories would make each check slow: their branches begin anew."""
    client = xatad.client()
    for branch, m in models.items():
        if sum(map(len, m.acknowledged)) > 3000:
            if not branch.endswith(":main"):
                client.must("DELETE", "/db/" + branch)
                client.must("PUT", "/db/" + branch)
            else:
                database = branch.split(":")[0]
                client.must("PUT", "/db/%s:spare" % database, status=(201, 422))
                client.must("DELETE", "/db/" + branch)
                client.must("PUT", "/db/" + branch)
            m.acknowledged, m.open = [], []
    client.close()


def check_model(tap):
    """What the rounds look for is found where it is: in histories made up here."""
    records = make_records(False, None, 6)

    def verdict(acknowledged, in_flight, history):
        m = Model(False)
        m.acknowledged, m.open = acknowledged, in_flight
        return (m.check(history) or "fine").split(":")[0]

    cases = (
        (records[:2], records[2:4], "fine"),
        (records[:2], records[2:2], "fine"),
        (records[:2], records[2:3], "half there"),
        (records[:1], [], "acknowledged and lost"),
        (records[:2], records[2:], "stored, and nobody pushed it"),
    )
    got = [verdict([records[:2]], [records[2:4]], old + new) for old, new, _ in cases]
    tap.equal(got, [wanted for _, _, wanted in cases], "a loss, a half and a stranger are told")
    swapped = records[:1] + records[2:3] + records[1:2]
    tap.ok("has the parent" in verdict([], [], swapped), "and a broken chain")


def main():
    rounds, seed = int(sys.argv[1]), random.randrange(1 << 32)
    tap, chance = Tap(), random.Random(seed)
    tap.note("seed %d" % seed)
    check_model(tap)
    xatad = Xatad("killed").start()
    models = set_up(xatad)
    acknowledged = torn = records = 0
    for number in range(1, rounds + 1):
        wrong, a, t = one_round(xatad, models, number, chance)
        acknowledged, torn = acknowledged + a, torn + t
        tap.ok(not wrong, "kill %d: what was answered is there, nothing by halves" % number, *wrong)
        renew(xatad, models)
    tap.ok(acknowledged >= rounds and torn >= rounds // 2,
           "the kills met a stream: pushes answered and pushes in flight", acknowledged, torn)
    tap.note("%d kills, %d pushes acknowledged, %d cut off in flight" % (rounds, acknowledged, torn))
    status = xatad.stop()
    tap.equal(status, 0, "and the last start ends in good order")
    tap.equal(store_troubles(xatad.dir), [], "with a store that SQLite finds whole")
    tap.done()


if __name__ == "__main__":
    main()
