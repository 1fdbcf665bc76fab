"""What a misbehaviour is, and what most of them are made of.

A case is a branch that behaves (endpoint.Branch), of which some answers are replaced. It says what
the project has before, which commands meet it, and how they must end: the exit status and words of
the message. "writes" is what an answer that only looks bad must leave in the ledger, "requests" how
many of which kind are to come, and "apart" how many seconds lie between them at least.
"""

import functools
import json
import threading

from endpoint import Branch
import records

FORMS = ("v1", "pgroll")
GOOD = {form: records.history(form, 5) for form in FORMS}
CASES = {}

# What no terminal may see: a title change, colours, a screen wipe, C1 and DEL, and a line that
# would be read from right to left.
SEEN = r"\x1b]0;owned\x07\x1b[31mred\x1b[2J\x0d\u{009b}31m\x7f\u{202e}back"
ESCAPES = "\x1b]0;owned\x07\x1b[31mred\x1b[2J\r\x9b31m\x7f\u202eback"


class Case:
    def __init__(self, name, summary, branch, answers, *, status, says=(), shows=(),
                 commands=("pull main",), local=None, seen=None, listener="http", timeout=None,
                 limit=20.0, memory=64, prints=64 << 10, writes=None, requests=None, apart=(),
                 git=False, long=False):
        self.name = name
        self.summary = summary
        self.branch = branch
        self.answers = answers
        self.status = status
        self.says = (says,) if isinstance(says, str) else says
        self.shows = (shows,) if isinstance(shows, str) else shows  # on stdout
        self.commands = commands
        self.local = branch.log[:2] if local is None else local
        self.seen = seen  # the record that was the branch's head when it was last seen
        self.listener = listener
        self.timeout = timeout  # for --timeout
        self.limit = limit  # seconds that a run may take
        self.memory = memory  # and MB, in a build without sanitizers
        self.prints = prints  # and bytes on stdout and stderr each
        self.writes = writes  # the ledger afterwards, when the command is to succeed
        self.requests = requests or {}
        self.apart = apart
        self.git = git
        self.long = long  # only in the long form

    def answer(self, x):
        (self.answers.get(x.what) or getattr(self.branch, x.what))(x)


def case(name, summary, branch, answers=None, **expected):
    """Another attempt mends nothing that is wrong with an answer: unless said otherwise, a wrong
    description of the branch is asked for once."""
    assert name not in CASES, name
    if answers and set(answers) == {"head"} and expected["status"] in (4, 6, 7):
        expected.setdefault("requests", {"head": 1})
    CASES[name] = Case(name, summary, branch, answers or {}, **expected)


def good(form="v1", told=False, page=None, log=None):
    return Branch(form, GOOD[form] if log is None else log, told, page)


HEAD = json.dumps(good().head_doc())


def text(body, status=200, kind="application/json", headers=(), what="head"):
    return {what: lambda x: x.reply(body, status, kind, headers)}


@functools.cache
def made_many(form):
    """A long history whose newest record says another checksum than it has."""
    log = records.history(form, 100_000)
    key = "checksum" if form == "v1" else "chainChecksum"
    log[-1] = {**log[-1], key: log[-1][key][:2] + "0" * 64}
    return good(form, True, log=log)


def many(form):
    with MANY_LOCK:  # made once, when it is asked for
        return made_many(form)


MANY_LOCK = threading.Lock()
BOTH = ("pull main", "status main --json")
SENT = "the endpoint sent"
BROKE = "broke before the answer was complete"
