"""usage: race.py SECONDS
Eight pushers on one branch of either format: one chain, and what was acknowledged is what is
stored. Readers page through the history meanwhile, and see a chain at every moment."""

import random
import sys
import threading
import time

from xatad import (Tap, Xatad, broken_link, checksum_of, head_of, make_records, name_of, push,
                   store_troubles)

PUSHERS, READERS = 8, 2
# Who has won is ahead of all others for the next push: until a second one has won, they go on.
SECOND_WINNER_S = 30


class Racer(threading.Thread):
    def __init__(self, xatad, branch, pgroll):
        super().__init__(daemon=True)
        self.client, self.branch, self.pgroll = xatad.client(), branch, pgroll
        self.over, self.trouble = threading.Event(), None

    def run(self):
        try:
            while not self.over.is_set():
                self.step()
        except Exception as e:
            self.trouble = repr(e)
        self.client.close()


class Pusher(Racer):
    def __init__(self, *args):
        super().__init__(*args)
        self.head, self.acknowledged, self.conflicts = None, [], []

    def step(self):
        records = make_records(self.pgroll, self.head, random.choice((1, 1, 1, 2, 5)))
        answer = push(self.client, self.branch, self.pgroll, self.head, records)
        if answer.status == 200:
            self.acknowledged.append(records)
            self.head = head_of(records[-1])
        elif answer.status == 409 and answer.json["id"] == "conflict":
            self.head = answer.json["head"]
            self.conflicts.append(self.head)
        else:
            raise RuntimeError("push: %r" % answer)


class Reader(Racer):
    """What it reads begins with what it read before: history only grows."""

    def __init__(self, *args):
        super().__init__(*args)
        self.seen, self.reads = [], 0

    def step(self):
        history = self.client.history(self.branch, self.pgroll, page=50)
        wrong = broken_link(history)
        if wrong:
            raise RuntimeError(wrong)
        names = [name_of(r) for r in history]
        if names[:len(self.seen)] != self.seen:
            raise RuntimeError("history changed behind a reader")
        self.seen, self.reads = names, self.reads + 1
        time.sleep(0.05)


def winners(pushers):
    return sum(1 for p in pushers if p.acknowledged)


def race(tap, xatad, database, pgroll, seconds):
    branch, client = database + ":main", xatad.client()
    client.new_database(database, pgroll)
    until = time.monotonic() + seconds
    pushers = [Pusher(xatad, branch, pgroll) for _ in range(PUSHERS)]
    readers = [Reader(xatad, branch, pgroll) for _ in range(READERS)]
    for t in pushers + readers:
        t.start()
    while time.monotonic() < until or (
            winners(pushers) < 2 and time.monotonic() < until + SECOND_WINNER_S):
        time.sleep(0.05)
    for t in pushers + readers:
        t.over.set()
    for t in pushers + readers:
        t.join(60)
    troubles = [t.trouble for t in pushers + readers if t.trouble or t.is_alive()]
    tap.equal(troubles, [], database + ": every answer was 200 or a conflict")
    history = client.history(branch, pgroll)
    tap.equal(broken_link(history), None, database + ": one chain")
    stored = {name_of(r): checksum_of(r) for r in history}
    acknowledged = {name_of(r): checksum_of(r) for p in pushers for a in p.acknowledged for r in a}
    tap.ok(acknowledged == stored, database + ": acknowledged = stored",
           "not stored: %s" % sorted(set(acknowledged) - set(stored))[:5],
           "never acknowledged: %s" % sorted(set(stored) - set(acknowledged))[:5])
    order = {name_of(r): i for i, r in enumerate(history)}
    whole = all(order[name_of(a[-1])] - order[name_of(a[0])] == len(a) - 1
                for p in pushers for a in p.acknowledged)
    tap.ok(whole, database + ": no push stands between the records of another")
    heads = [h for p in pushers for h in p.conflicts if h]
    tap.ok(heads and all(stored.get(h["id"]) == h["checksum"] for h in heads),
           database + ": each conflict named a head that is in the chain", len(heads))
    tap.ok(winners(pushers) > 1, database + ": more than one pusher won", winners(pushers))
    head = client.head(branch)
    last = push(client, branch, pgroll, head, make_records(pgroll, head, 1))
    tap.ok(last.status == 200, database + ": no lock stayed behind", last)
    tap.note("%s: %d pushes of %d records in %d s, %d conflicts, %d whole histories read" % (
        database, sum(len(p.acknowledged) for p in pushers), len(acknowledged), seconds,
        sum(len(p.conflicts) for p in pushers), sum(r.reads for r in readers)))


def main():
    tap, seconds = Tap(), float(sys.argv[1])
    xatad = Xatad("raced").start()
    race(tap, xatad, "v1", False, seconds)
    race(tap, xatad, "roll", True, seconds)
    tap.equal(xatad.stop(), 0, "xatad ends in good order")
    tap.equal(store_troubles(xatad.dir), [], "SQLite finds the store whole")
    with open(xatad.log) as f:
        failed = [line for line in f if '"status":5' in line]
    tap.equal(failed, [], "the log has no failure")
    tap.done()


if __name__ == "__main__":
    main()
