"""usage: crowd.py SECONDS [CONNECTIONS [NAME...]]
Crowds of slow, idle and greedy clients, each for some seconds; meanwhile others are served: what
the slowest of them waited is measured, connection and TLS handshake included. The same visits to a
second server, which has no crowd, tell what the machine itself made them wait."""

import os
import resource
import sys
import threading
import time

from crowds import LONG, SLOWED, plain_crowds, tls_crowds
from xatad import Tap, Xatad, head_of, instrument, make_records, push

# What the sanitizers and Valgrind slow down, by two to fifty times, is measured without them.
BAR_S = {None: 1.0, "asan": 2.0}.get(instrument(), 40.0)
# A machine with much else to do delays one run; a server that is at fault, most.
ATTEMPTS = int(os.environ.get("PROOF_ATTEMPTS", 3))
OTHERS = {1: "others", 400: "more"}  # records of a push, database; 400 are a large body
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
