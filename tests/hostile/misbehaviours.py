"""The misbehaviours of endpoint.py, by name, each with what the client is to make of it.

A case is a branch that behaves (endpoint.Branch), of which some answers are replaced. It says what
the project has before, which commands meet it, and how they must end: the exit status and words of
the message. "writes" is what an answer that only looks bad must leave in the ledger, "requests" how
many of which kind are to come, and "apart" how many seconds lie between them at least.
"""

import functools
import gzip
import json
import threading
import zlib

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
                 limit=20.0, memory=64, writes=None, requests=None, apart=(), git=False,
                 long=False):
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

# ---- names that would lead somewhere else

NAMES = {
    "traversal": ("../../../evil", "climbs out of the folder"),
    "absolute": ("/tmp/xata-hostile-evil", "is an absolute path"),
    "dotted": (".hidden", "is a hidden file"),
    "dots": ("..", "is the parent folder"),
    "ledger": (".ledger", "is the ledger itself"),
    "slash": ("a/b", "has a slash"),
    "backslash": ("..\\..\\evil", "climbs with backslashes"),
    "percent": ("%2e%2e%2fevil", "climbs when decoded"),
    "newline": ("evil\nmig_x", "is two lines of a ledger"),
    "escape": ("evil" + ESCAPES, "talks to the terminal"),
    "dash": ("-rf", "is an option"),
    "empty": ("", "is empty"),
    "long": ("a" * 256, "is longer than a file name"),
    "unicode": ("ⅿig_ｅvil", "has letters that look like others"),
}


def member(form, key):
    return {"v1": {"id": "id", "parent": "parentID"},
            "pgroll": {"id": "name", "parent": "parent"}}[form][key]


# The longest ids that fit into the name of a file, with ".json" and what v1 puts between.
LONGEST = {"v1": 241, "pgroll": 250}
# Names that would be taken for those of the other format, as a ledger has nothing but names.
LIKE_OTHER = {"v1": ("first", 'does not begin with "mig_"'),
              "pgroll": ("mig_cv00000000000000000g_12345678", "is named like a v1 record")}


def named(form, name):
    """A history with a record of this name, and one more."""
    wrong = records.MAKE[form](2, GOOD[form][1], **{member(form, "id"): name})
    return GOOD[form][:2] + [wrong, records.MAKE[form](3, wrong)]


for form in FORMS:
    longest = named(form, "mig_" + "a" * (LONGEST[form] - 4))
    case(f"{form}-id-fits", "a name that is just short enough for a file",
         good(form, True, log=longest), status=0, writes=longest,
         commands=("pull main", "pull main", "status main", "verify"))
    for short, beyond in (("no-suffix", 1), ("no-file", 5)):
        log = named(form, "mig_" + "a" * (LONGEST[form] - 4 + beyond))
        case(f"{form}-id-{short}", "a name that is valid, but too long for a file",
             good(form, True, log=log), status=7, commands=BOTH,
             says=("the endpoint sent an invalid record", "is too long for a file name"))
    bad, words = LIKE_OTHER[form]
    case(f"{form}-id-like-other", "a name that looks like one of the other format",
         good(form, True, log=named(form, bad)), status=7, commands=BOTH,
         says=("the endpoint sent an invalid record", bad, words))
    for short, (bad, summary) in NAMES.items():
        wrong = records.MAKE[form](2, GOOD[form][1], **{member(form, "id"): bad})
        # The newest, as a record behind it would be refused first, for its parent; and not the
        # head, whose description would be.
        log = GOOD[form][:2] + [wrong]

        def head(x, told=form == "pgroll", form=form):
            x.json(good(form, told).head_doc())
        case(f"{form}-id-{short}", f"the id of a {form} record {summary}",
             good(form, told=form == "pgroll", log=log), {"head": head}, status=7,
             says=("the endpoint sent an invalid record", f'{member(form, "id")} "',
                   "cannot be the name of a record"),
             commands=BOTH if short in ("traversal", "escape") else ("pull main",))
    for short in ("traversal", "newline", "escape"):
        wrong = records.MAKE[form](2, GOOD[form][1], **{member(form, "parent"): NAMES[short][0]})
        case(f"{form}-parent-{short}", f"the parent of a {form} record {NAMES[short][1]}",
             good(form, told=True, log=GOOD[form][:2] + [wrong]), status=7,
             says=("invalid record", records.identity(wrong), f'{member(form, "parent")} "',
                   "cannot be the name of a record"))

for short, key, words in [("v1", "lastMigrationID", "newest migration has an invalid id"),
                          ("told", "head", "head is not a valid name"),
                          ("active", "active", "active migration has an invalid name")]:
    def head(x, key=key, told=key != "lastMigrationID"):
        doc = good("v1", told).head_doc()
        bad = NAMES["traversal"][0]
        doc[key] = bad if not told else {**(doc["head"] or {}), "id": bad, "name": bad}
        x.json(doc)
    case(f"head-name-{short}", "the branch's head, or its active migration, is a path",
         good(), {"head": head}, status=7, says=("description of the branch", words),
         commands=BOTH)

# ---- histories that are none


def changed(form, at, **other):
    """The good history with members of one record changed afterwards."""
    log = [dict(r) for r in GOOD[form]]
    log[at].update(other)
    return log


def other_operations(form, at):
    if form == "v1":
        return changed(form, at, operations=[{"addTable": {"table": "other"}}])
    migration = {**GOOD[form][at]["migration"], "operations": [{"sql": {"up": "SELECT 1"}}]}
    return changed(form, at, migration=migration)


def in_order(form, order):
    """Sends these records, newest first, whatever they are."""
    def history(x, told=True):
        x.json(good(form, told).page_doc(order, None))
    return history


for form in FORMS:
    log = GOOD[form]
    name = [records.identity(r) for r in log]
    sum_key = "checksum" if form == "v1" else "chainChecksum"
    flipped = records.checksum(log[3])[:-1] + ("0" if records.checksum(log[3])[-1] != "0" else "1")
    case(f"{form}-wrong-checksum", "one digit of a checksum is another",
         good(form, True, log=changed(form, 3, **{sum_key: flipped})), status=7,
         says=(SENT, name[3], "does not match its checksum"), commands=BOTH)
    case(f"{form}-other-content", "operations are not those that the checksum is of",
         good(form, True, log=other_operations(form, 2)), status=7,
         says=(SENT, name[2], "does not match its checksum"))
    case(f"{form}-wrong-newest-of-many", "100,000 records, and only the newest is wrong", good(form),
         {what: lambda x, f=form: getattr(many(f), x.what)(x) for what in ("head", "history")},
         status=7, says=(SENT, "does not match its checksum"), limit=50.0, long=True)
    fork = records.MAKE[form](7, log[2])
    case(f"{form}-fork", "two records have the same parent",
         good(form, True, log=log[:4] + [fork]), status=7,
         says=("history is broken", name[2], name[3]))
    cycle = changed(form, 2, **{member(form, "parent"): name[4]})
    case(f"{form}-cycle", "the parents of the records go round in a circle",
         good(form, True), {"history": in_order(form, cycle[:1:-1])}, status=7,
         says=(name[2], name[4], "does not send"))
    case(f"{form}-cycle-whole", "the same, with the records that are here behind it",
         good(form, True), {"history": in_order(form, cycle[::-1])}, status=7,
         says=("history is broken", name[2], name[4]))
    case(f"{form}-cycle-pages", "the same records come again and again, page after page",
         good(form, True, log=log), {"history": lambda x, form=form, log=log: x.json(
             good(form, True).page_doc(log[:2:-1], str(int(x.cursor or 0) + 1)))}, status=7,
         says=(name[4], "twice"))
    own = changed(form, 2, **{member(form, "parent"): name[2]})
    case(f"{form}-own-parent", "a record is its own parent",
         good(form, True, log=own), status=7, says=("invalid record", "itself as its parent"))
    case(f"{form}-twice", "a record comes twice in a page",
         good(form, True), {"history": in_order(form, [log[4], log[3], log[3], log[2], log[1]])},
         status=7, says=(SENT, name[3], "twice"))
    same = records.MAKE[form](8, log[3], **{member(form, "id"): name[1]})
    case(f"{form}-id-again", "the newest record has the id of one further back",
         good(form, True, log=[*log[:4], same]), status=7, says=(SENT, name[1], "twice"),
         local=[])
    behind = records.MAKE[form](0, log[3], **{member(form, "id"): name[0]})
    case(f"{form}-id-of-old", "the newest record has id and content of one that is here",
         good(form, True, log=[*log[:4], behind]), status=7, local=log[:2], commands=BOTH,
         says=(SENT, name[0], "stands further back in the history already"))
    case(f"{form}-gap", "a record is left out",
         good(form, True), {"history": in_order(form, [log[4], log[2], log[1]])},
         status=7, says=("history is broken", name[4], name[3], name[2]))
    case(f"{form}-oldest-first", "the history is sent in the wrong order",
         good(form, True), {"history": in_order(form, log)}, status=7,
         says=("history is broken", name[0], "has no parent"))
    root = dict(log[3])
    del root[member(form, "parent")]
    case(f"{form}-second-root", "a record in the middle has no parent",
         good(form, True), {"history": in_order(form, [log[4], root, log[2], log[1]])},
         status=7, says=("history is broken", name[3], "has no parent"))
    foreign = records.MAKE[form](50, records.MAKE[form](49))
    case(f"{form}-begins-in-the-air", "the first record has a parent that is not sent",
         good(form, True, log=[foreign]), status=7, local=[],
         says=(records.identity(foreign), "does not send"))
    case(f"{form}-head-contradicts", "the head is a record that the history does not have",
         good(form, True), {"head": lambda x, form=form: x.json(
             {**good(form, True).head_doc(), "head": {
                 "id": "mig_cv00000000000000000g", "checksum": records.checksum(GOOD[form][0]),
                 "length": 5}}), "history": in_order(form, log[:1])},
         local=log[:1], status=7, says=("contradicts itself",))
    truncated = log[:2]
    case(f"{form}-truncated", "the branch lost what it had",
         good(form, True, log=truncated), local=log, seen=log[4], status=7,
         says=("truncated", name[4]), commands=(*BOTH, "push main --yes"))
    case(f"{form}-truncated-to-nothing", "the branch is empty now",
         good(form, True, log=[]), local=log, seen=log[4], status=7,
         says=("truncated", "empty"), commands=(*BOTH, "push main --yes"))
    rewritten = log[:3] + [records.MAKE[form](60, log[2])]
    case(f"{form}-rewritten", "the branch has another record in the place of one it had",
         good(form, True, log=rewritten), local=log[:4], seen=log[3], status=7,
         says=("rewritten", name[3]), commands=(*BOTH, "push main --yes"))
    case(f"{form}-same-id", "a record that is here has other content on the branch",
         good(form, True, log=log[:2] + [records.MAKE[form](
             2, log[1], operations=[{"addTable": {"table": "x"}}] if form == "v1"
             else [{"sql": {"up": "x"}}])]), local=log[:3], status=7,
         says=("other content", name[2]), commands=BOTH)
    case(f"{form}-untold-wrong", "the same from an endpoint that does not tell its head",
         good(form, False, log=log[:2] + [records.MAKE[form](
             2, log[1], operations=[{"addTable": {"table": "x"}}] if form == "v1"
             else [{"sql": {"up": "x"}}])]), local=log[:3], status=7,
         says=("other content", name[2]))

# ---- pages

LONG = {form: records.history(form, 60) for form in FORMS}

for form in FORMS:
    told = form == "pgroll"
    log = LONG[form]

    def again(x, form=form, log=log):
        """The second page is the first once more, cursor and all, with other records."""
        start = 25 if x.cursor else 0
        x.json(good(form).page_doc([records.item(r) for r in log[::-1][start:start + 25]], "same"))
    case(f"{form}-cursor-again", "each page ends with the same cursor", good(form, log=log),
         {"history": again}, local=[], status=7, says="the same cursor again")
    case(f"{form}-cursor-empty-pages", "pages without records and always another cursor",
         good(form, log=log), {"history": lambda x, form=form: x.json(
             good(form).page_doc([], str(int(x.cursor or 0) + 1)))}, local=[], status=7,
         says="nothing new")
    case(f"{form}-cursor-odd", "a cursor full of characters that mean something",
         good(form, log=log), {"history": lambda x, form=form, log=log: x.json(
             good(form).page_doc([records.item(r) for r in log[::-1][:25]], "&?#%/\r\n \"\\é")
             if x.cursor is None else good(form).page_doc(
                 [records.item(r) for r in log[::-1][25:]], None)
             if x.cursor == "&?#%/\r\n \"\\é" else {"message": "lost"})}, local=[], status=0,
         writes=log)
    case(f"{form}-cursor-long", "a cursor of 5,000 characters", good(form, log=log),
         {"history": lambda x, form=form, log=log: x.json(
             good(form).page_doc([records.item(r) for r in log[::-1][:25]], "c" * 5000))},
         local=[], status=7, says="cursor is longer than 1024 bytes")
    case(f"{form}-cursor-number", "a cursor that is a number", good(form, log=log),
         {"history": lambda x, form=form, log=log: x.json(
             good(form).page_doc([records.item(r) for r in log[::-1][:25]], 7))},
         local=[], status=7, says='"cursor" must be a string')

case("pgroll-cursor-null", "the last page has cursor: null, at which the official client loops",
     good("pgroll"), {"history": lambda x: x.json(
         {"migrations": [records.item(r) for r in GOOD["pgroll"][::-1]], "cursor": None})},
     status=0, writes=GOOD["pgroll"])
case("v1-cursor-null", "there is more, but the cursor is null", good("v1"),
     {"history": lambda x: x.json({"logs": [records.item(r) for r in GOOD["v1"][::-1][:2]],
                                   "meta": {"cursor": None, "more": True}})},
     status=7, says='"cursor" is missing', local=[])


def endless(form, told, pad=0, most=1000):
    """Linked records for ever; only their checksums are made up."""
    filling = "x" * (pad or 5)
    if form == "v1":
        made = ('{{"id":"{id}","parentID":"{parent}","checksum":"1:{n:064x}",'
                '"operations":[{{"addTable":{{"table":"' + filling + '"}}}}]}}')
    else:
        made = ('{{"name":"{id}","parent":"{parent}","done":true,"migrationType":"pgroll",'
                '"schema":"public","startedAt":"2025-03-03T00:00:00Z",' +
                ('"chainChecksum":"2:{n:064x}",' if told else "") +
                '"migration":{{"name":"{id}","operations":[{{"sql":{{"up":"' + filling +
                '"}}}}]}}}}')

    def history(x):
        start = int(x.cursor or ENDLESS)
        stop = start - min(x.size, most, 4_000_000 // (pad + 300))
        items = ",".join(made.format(id=endless_id(n), parent=endless_id(n - 1), n=n)
                         for n in range(start, stop, -1))
        if form == "v1":
            x.reply(f'{{"meta":{{"cursor":"{stop}","more":true}},"logs":[{items}]}}')
        else:
            x.reply(f'{{"migrations":[{items}],"cursor":"{stop}"}}')
    return history


ENDLESS = 900_000_000


def endless_id(number):
    return f"mig_{number:020d}"


def promising(form, length):
    def head(x):
        doc = good(form, True).head_doc()
        doc["head"] = {"id": endless_id(ENDLESS), "length": length,
                       "checksum": ("1:" if form == "v1" else "2:") + f"{ENDLESS:064x}"}
        x.json(doc)
    return head


def ending(history, count):
    """The same up to so many records, and then a page that is none."""
    def shorter(x):
        if ENDLESS - int(x.cursor or ENDLESS) < count:
            history(x)
        else:
            x.json({})
    return shorter


for form in FORMS:
    case(f"{form}-endless", "pages for ever, each with new records",
         good(form), {"history": endless(form, False, 500)}, status=7, says="no end", limit=50.0,
         long=form == "pgroll")
    case(f"{form}-endless-told", "the same from one that said its history has 5 records",
         good(form, True), {"head": promising(form, 5), "history": endless(form, True)},
         status=7, says="no end")
    case(f"{form}-endless-large", "large records for ever, of a history of 500",
         good(form, True), {"head": promising(form, 500), "history": endless(form, True, 60_000)},
         status=7, says="no end", limit=50.0, long=form == "pgroll")
    case(f"{form}-endless-announced", "pages for ever, of a history of 450,000 records",
         good(form, True), {"head": promising(form, 450_000), "history": endless(form, True)},
         status=7, says="more than 451000 records came", limit=50.0, long=True)
    case(f"{form}-endless-large-announced", "large records for ever, of as long a history",
         good(form, True),
         {"head": promising(form, 450_000), "history": endless(form, True, 60_000)},
         status=7, says="more than 256 MB", limit=50.0, long=True)


# A part of what is announced takes no more than that part of the memory: 64 MB are for all of it.
case("v1-endless-part", "60,000 records of a history of 450,000, and then nothing of use",
     good("v1", True), {"head": promising("v1", 450_000),
                        "history": ending(endless("v1", True), 60_000)},
     status=7, says='"logs" is missing', memory=24, long=True)


def unfinished(x):
    start = int(x.cursor or 0)
    items = [records.item(records.pgroll(n, done=False))
             for n in range(start, start + x.size)]
    x.json({"migrations": items, "cursor": str(start + x.size)})


def unfinished_large(x):
    start = int(x.cursor or 0)
    item = records.item(records.pgroll(start, done=False, operations=[{"x": 0}]))
    text = json.dumps(item).replace('{"x": 0}', '{"x": ' + MANY + "}").replace(
        '{\\"x\\": 0}', '{\\"x\\": ' + MANY + "}")
    x.reply(f'{{"migrations":[{text}],"cursor":"{start + 1}"}}')


case("pgroll-unfinished-large", "unfinished migrations for ever, each with many values",
     good("pgroll"), {"history": unfinished_large}, status=7, says="no end", limit=50.0, long=True)
case("pgroll-endless-unfinished", "unfinished migrations for ever", good("pgroll"),
     {"history": unfinished}, status=7, says="no end", limit=50.0)

# ---- text that is no JSON, or more than it seems


def text(body, status=200, kind="application/json", headers=(), what="head"):
    return {what: lambda x: x.reply(body, status, kind, headers)}


HEAD = json.dumps(good().head_doc())
for short, body, words in [
        ("truncated", HEAD[:-9], "ends too early"),
        ("trailing", HEAD + "}", "text after the end"),
        ("two", HEAD + HEAD, "text after the end"),
        ("empty", "", "empty"),
        ("blank", " \r\n\t ", "empty"),
        ("null", "null", "'{' expected"),
        ("array", "[" + HEAD + "]", "an array"),
        ("string", '"' + "x" * 100 + '"', "'{' expected"),
        ("nan", HEAD[:-1] + ', "x": NaN}', "invalid token"),
        ("comment", "/* hello */" + HEAD, "'{' expected"),
        ("huge-number", HEAD[:-1] + ', "x": 1e999}', "number is too large"),
        ("digits", HEAD[:-1] + ', "x": ' + "9" * 100_000 + "}", "number is too large"),
        ("deep", "[" * 100_000, "levels deep"),
        ("deep-object", '{"a":' * 100_000 + "1" + "}" * 100_000, "levels deep"),
        ("duplicate", HEAD[:-1] + ', "lastMigrationID": "mig_x"}', "twice in one object"),
        ("invalid-utf8", HEAD[:-1].encode() + b', "x": "\xff\xfe"}', "not valid UTF-8"),
        ("overlong-utf8", HEAD[:-1].encode() + b', "x": "\xc0\xaf"}', "not valid UTF-8"),
        ("surrogate", HEAD[:-1] + r', "x": "\ud800"}', "surrogate"),
        ("surrogate-utf8", HEAD[:-1].encode() + b', "x": "\xed\xa0\x80"}', "not valid UTF-8"),
        ("nul", HEAD[:-1] + r', "x": "a\u0000b"}', "U+0000"),
        ("utf16", HEAD.encode("utf-16"), "not valid UTF-8"),
        ("html", "<!doctype html><title>hello</title>", "'{' expected")]:
    case(f"json-{short}", "the description of the branch is no JSON, or not ours to take",
         good(), text(body), status=7, says=("cannot be understood", words),
         commands=BOTH if short in ("empty", "truncated") else ("pull main",))

case("json-bom", "a byte order mark before the JSON does no harm", good(),
     text("\ufeff" + HEAD), status=0, writes=GOOD["v1"])
case("type-html", "a page of a captive portal in place of the answer, 200", good(),
     text("<html><body>Please log in</body></html>", kind="text/html; charset=utf-8"), status=7,
     says=("cannot be understood", "text/html"), commands=BOTH)
case("type-text", "JSON that says it is plain text", good(), text(HEAD, kind="text/plain"),
     status=7, says=("text/plain",))
case("type-missing", "an answer without a type is taken for what it is", good(),
     text(HEAD, kind=None), status=0, writes=GOOD["v1"])

# ---- JSON of another shape


def page(doc, form="v1"):
    return {"history": lambda x: x.json(doc)}


ITEM = records.item(GOOD["v1"][4])
PITEM = records.item(GOOD["pgroll"][4])
END = {"cursor": "", "more": False}
for short, answers, form, words in [
        ("logs-object", page({"meta": END, "logs": {}}), "v1", '"logs" must be'),
        ("logs-null", page({"meta": END, "logs": None}), "v1", '"logs" is missing'),
        ("logs-missing", page({"meta": END}), "v1", '"logs" is missing'),
        ("meta-missing", page({"logs": [ITEM]}), "v1", '"meta" is missing'),
        ("more-text", page({"meta": {"cursor": "", "more": "no"}, "logs": []}), "v1",
         '"more" must be a boolean'),
        ("record-null", page({"meta": END, "logs": [None]}), "v1", "must be an object"),
        ("record-text", page({"meta": END, "logs": ["x"]}), "v1", "must be an object"),
        ("id-number", page({"meta": END, "logs": [{**ITEM, "id": 7}]}), "v1",
         '"id" must be a string'),
        ("operations-text", page({"meta": END, "logs": [{**ITEM, "operations": "x"}]}), "v1",
         '"operations" must be an array'),
        ("operation-two-kinds", page({"meta": END, "logs": [{**ITEM, "operations": [
            {"addTable": {"table": "a"}, "removeTable": {"table": "b"}}]}]}), "v1",
         "exactly one member"),
        ("operations-many", page({"meta": END, "logs": [{**ITEM, "operations": [
            {"addTable": {"table": "a"}}] * 10_001}]}), "v1", "10001 operations"),
        ("checksum-number", page({"meta": END, "logs": [{**ITEM, "checksum": 1}]}), "v1",
         '"checksum" must be a string'),
        ("checksum-prefix", page({"meta": END, "logs": [{**ITEM, "checksum": "9:" + "a" * 64}]}),
         "v1", "checksum must be"),
        ("checksum-capitals", page({"meta": END, "logs": [
            {**ITEM, "checksum": ITEM["checksum"].upper()}]}), "v1", "checksum must be"),
        ("members-many", page({"meta": END, "logs": [
            {**ITEM, **{f"m{n}": n for n in range(300)}}]}), "v1", "more than 256 members"),
        ("record-large", page({"meta": END, "logs": [{**ITEM, "operations": [
            {"addTable": {"table": "x" * (5 << 20)}}]}]}), "v1", "limit of 4194304 bytes"),
        ("done-text", page({"migrations": [{**PITEM, "done": "yes"}]}), "pgroll",
         '"done" must be a boolean'),
        ("migration-no-json", page({"migrations": [{**PITEM, "migration": "{"}]}), "pgroll",
         'in "migration": invalid JSON'),
        ("migration-twice", page({"migrations": [{**PITEM, "migration":
         '{"name":"0004_step","operations":[],"operations":[]}'}]}), "pgroll", "twice"),
        ("migration-other-name", page({"migrations": [{**PITEM, "migration":
         '{"name":"other","operations":[]}'}]}), "pgroll", "not that of the record"),
        ("migration-deep", page({"migrations": [{**PITEM, "migration":
         '{"operations":[{"sql":' + "[" * 80 + "]" * 80 + "}]}"}]}), "pgroll",
         "63 levels deep"),
        ("migrations-text", page({"migrations": "none"}), "pgroll",
         '"migrations" must be an array')]:
    case(f"shape-{short}", "the history has another shape than the API says", good(form), answers,
         status=7, says=("the endpoint", words), local=[] if form == "v1" else None)

for short, change, words in [
        ("format", {"format": "v9"}, "format is none that this program knows"),
        ("length-negative", {"head": {**good("v1", True).head_doc()["head"], "length": -1}},
         "length -1"),
        ("length-text", {"head": {**good("v1", True).head_doc()["head"], "length": "5"}},
         '"length" must be a whole number'),
        ("length-huge", {"head": {**good("v1", True).head_doc()["head"], "length": 10**30}},
         '"length" must be a whole number within'),
        ("head-text", {"head": "mig_x"}, '"head" must be an object'),
        ("checksum", {"head": {**good("v1", True).head_doc()["head"], "checksum": "1:0"}},
         "has not the form of one"),
        ("active-text", {"active": "yes"}, '"active" must be an object')]:
    case(f"shape-head-{short}", "the description of the branch has another shape", good("v1", True),
         {"head": lambda x, change=change: x.json({**good("v1", True).head_doc(), **change})},
         status=7, says=("description of the branch", words))
case("shape-head-flag", "usePgRoll is a text", good(), {"head": lambda x: x.json(
    {**good().head_doc(), "usePgRoll": "true"})}, status=7, says=('"usePgRoll" must be a boolean',))
case("shape-head-204", "nothing where the description of the branch should be, nor history",
     good(), {"head": lambda x: x.reply(status=204, kind=None),
              "history": lambda x: x.reply(status=204, kind=None)}, status=7,
     says=('"logs" is missing',))

# ---- too much


def zeros(unit=b" " * 65536):
    while True:
        yield unit


def bomb(size):
    """gzip of `size` bytes of JSON; its blocks repeat, so that it is made in no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(b'{"x":"') + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"x" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * (size >> 20)


def trees(values):
    """Pages of two records whose operations have these values, for ever."""
    def item(n):
        return (f'{{"id":"{endless_id(n)}","parentID":"{endless_id(n - 1)}",'
                f'"checksum":"1:{n:064x}","operations":[{{"x":{values}}}]}}')

    def history(x):
        start = int(x.cursor or ENDLESS)
        x.reply(f'{{"meta":{{"cursor":"{start - 2}","more":true}},'
                f'"logs":[{item(start)},{item(start - 1)}]}}')
    return history


def repeated(value, times):
    return "[" + ",".join([value] * times) + "]"


# What a page of two may just have: 140,000 values in a record, and 300,000 with members in a page.
MANY = repeated("0", 139_000)
MANY_REALS = repeated("1.5e-7", 1_070)
MANY_OBJECTS = repeated("{}", 69_000)
MANY_MEMBERS = repeated('{"a":0}', 49_000)
case("large-announced", "a body of 1 TB is announced", good(),
     {"head": lambda x: x.reply(HEAD, length=1 << 40)}, status=7, says="more than 8 MB")
case("large-endless", "a body without an end", good(), {"head": lambda x: x.chunks(zeros())},
     status=7, says="more than 8 MB")
case("large-endless-history", "a page of history without an end", good(),
     {"history": lambda x: x.chunks(zeros())}, status=7, says="more than 8 MB")
case("large-string", "one string of 8 MB", good(),
     {"head": lambda x: x.reply('{"x":"' + "x" * ((8 << 20) - 100) + '"}')}, status=0,
     local=[], writes=GOOD["v1"])
case("large-values", "a quarter of a million values in one answer", good(),
     {"head": lambda x: x.reply('{"x":' + repeated("0", 250_000) + "}")}, status=0,
     local=[], writes=GOOD["v1"])
case("large-members-more", "half a million members in one object", good(),
     {"head": lambda x: x.reply("{" + ",".join(f'"{n:x}":0' for n in range(590_000)) + "}")},
     status=7, says="the answer has more than")
case("large-values-more", "four million values in one answer", good(),
     {"head": lambda x: x.reply('{"x":[' + "0," * 4_000_000 + "0]}")}, status=7,
     says="the answer has more than")
case("large-members", "a hundred thousand members in one object", good(),
     {"head": lambda x: x.reply("{" + ",".join(f'"{n:x}":0' for n in range(100_000)) + "}")},
     status=0, local=[], writes=GOOD["v1"])
case("large-number", "a number of 8 million digits", good(),
     {"head": lambda x: x.reply('{"x":' + "9" * 8_000_000 + "}")}, status=7,
     says="number is too large")
case("large-escapes", "8 MB of escapes in one string", good(),
     {"head": lambda x: x.reply('{"x":"' + "\\u00e9" * 1_350_000 + '"}')}, status=0, local=[],
     writes=GOOD["v1"])
case("large-trees", "page after page of records that take much more memory than text",
     good("v1", True), {"head": promising("v1", 100), "history": trees(MANY)}, status=7,
     says="no end", limit=50.0, long=True)
case("large-trees-announced", "as many of them as an endpoint that announces 90,000 may send",
     good("v1", True), {"head": promising("v1", 90_000), "history": trees(MANY)}, status=7,
     says="million values", limit=50.0, long=True)
case("large-reals", "many real numbers, of which each takes long to print", good("v1", True),
     {"head": promising("v1", 100), "history": trees(repeated("1.5e-7", 100_000))}, status=7,
     says="more than 300000 values")
case("large-reals-announced", "page after page with as many as one may have", good("v1", True),
     {"head": promising("v1", 90_000), "history": trees(MANY_REALS)}, status=7,
     says="million values")
case("large-record", "a record of more values than one may have", good("v1", True),
     {"head": promising("v1", 100), "history": trees(repeated("0", 140_000))}, status=7,
     says="more than 140000 values")
case("large-objects-announced", "the same, of empty objects",
     good("v1", True), {"head": promising("v1", 90_000), "history": trees(MANY_OBJECTS)},
     status=7, says="million values", limit=50.0, long=True)
case("large-members-announced", "the same, of objects with a member",
     good("v1", True), {"head": promising("v1", 90_000), "history": trees(MANY_MEMBERS)},
     status=7, says="million values", limit=50.0, long=True)
case("large-members-part", "twelve of them, and then nothing of use",
     good("v1", True), {"head": promising("v1", 90_000),
                        "history": ending(trees(MANY_MEMBERS), 12)},
     status=7, says='"logs" is missing', long=True)


def migration_text(values):
    """A record whose operations, as the history has them, are JSON in a string."""
    def history(x):
        item = records.item(records.pgroll(0))
        item["migration"] = f'{{"name":"{item["name"]}","operations":[{{"x":{values}}}]}}'
        x.json({"migrations": [item], "cursor": None})
    return history


for name, value in (("values", "0"), ("objects", "{}"), ("reals", "1.5e-7")):
    case(f"large-text-{name}", "half a million values in a string that is JSON", good("pgroll"),
         {"history": migration_text(repeated(value, 490_000))}, status=7,
         says="in \"migration\": JSON has more than 140000 values")
case("large-message", "an error message of 1 MB", good(),
     {"head": lambda x: x.error(400, "no " * 350_000)}, status=7, says="no no no")
case("gzip-bomb", "1 GB of JSON in 1 MB of gzip", good(), {"head": lambda x: x.reply(
    bomb(1 << 30), headers=["Content-Encoding: gzip"])}, status=7, says="more than 8 MB")
case("gzip-layers", "gzip in gzip in gzip", good(), {"head": lambda x: x.reply(
    gzip.compress(gzip.compress(bomb(64 << 20))),
    headers=["Content-Encoding: gzip, gzip, gzip"])}, status=7, says="more than 8 MB")
case("gzip-layers-many", "a hundred layers of gzip", good(), {"head": lambda x: x.reply(
    HEAD, headers=["Content-Encoding: " + ", ".join(["gzip"] * 100)])}, status=7,
    says="compressed over and over")
case("gzip-broken", "a body that only says it is gzip", good(), {"head": lambda x: x.reply(
    HEAD, headers=["Content-Encoding: gzip"])}, status=7, says="compression is broken")
case("gzip-cut", "a gzip body that ends in the middle", good(), {"head": lambda x: x.reply(
    gzip.compress(HEAD.encode())[:-30], headers=["Content-Encoding: gzip"])}, status=7,
    says="the text ends too early")
case("encoding-unknown", "a compression that was not asked for", good(), {"head": lambda x: x.reply(
    HEAD, headers=["Content-Encoding: lzma"])}, status=7,
    says="in a compression that was not asked for")

# ---- HTTP that is none


def raw(data):
    def answer(x):
        x.send(data)
        x.drop()
    return {"head": answer}


def flood(x, start, unit):
    x.send(start)
    while True:
        x.send(unit * 1000)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
case("http-headers-endless", "headers without an end", good(),
     {"head": lambda x: flood(x, OK, b"X-Header: more\r\n")}, status=7, says="too large headers")
case("http-header-long", "one header line of megabytes", good(),
     {"head": lambda x: flood(x, OK + b"X-Header: ", b"x" * 1000)}, status=7,
     says="too large headers")
case("http-100-endless", "100 Continue, for ever", good(),
     {"head": lambda x: flood(x, b"", b"HTTP/1.1 100 Continue\r\n\r\n")}, status=7,
     says="too large headers")
case("http-banner", "the greeting of another protocol", good(), raw(b"SSH-2.0-OpenSSH_9\r\n"),
     status=7, says="does not speak HTTP")
case("http-binary", "bytes that mean nothing", good(), raw(bytes(range(256)) * 16), status=7,
     says="does not speak HTTP")
case("http-status-word", "a status that is no number", good(),
     raw(b"HTTP/1.1 abc OK\r\n\r\n"), status=7, says="does not speak HTTP")
case("http-status-999", "a status that does not exist", good(),
     {"head": lambda x: x.reply(HEAD, 999)}, status=7, says="HTTP 999")
case("http-switching", "101: another protocol from here on", good(),
     raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
     status=5, says=BROKE, timeout=2)
case("http-length-negative", "a length below nothing", good(),
     raw(OK + b"Content-Length: -5\r\n\r\n" + HEAD.encode()), status=7,
     says="length makes no sense")
case("http-length-twice", "two lengths that differ", good(),
     raw(OK + b"Content-Length: 5\r\nContent-Length: 900\r\n\r\n" + HEAD.encode()), status=5,
     says=BROKE)
case("http-chunk-size", "a chunk whose size is no number", good(),
     raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + HEAD.encode()), status=7,
     says="chunks")
case("http-chunk-huge", "a chunk of more bytes than there are", good(),
     raw(OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + HEAD.encode()),
     status=7, says="chunks")

# ---- statuses

PAGE = "<html><h1>502 Bad Gateway</h1></html>"
case("status-502-html", "a gateway's page, 502", good(),
     text(PAGE, 502, "text/html"), status=7,
     says=("could not show branch", "HTTP 502", "text/html"), commands=BOTH, requests={"head": 4})
case("status-502-history", "a gateway's page in place of the history", good(),
     text(PAGE, 502, "text/html", what="history"), status=7,
     says=("could not send the history", "HTTP 502", "text/html"),
     requests={"head": 1, "history": 4})
case("status-503-json", "503 with a message", good(),
     {"head": lambda x: x.error(503, "down for maintenance")}, status=7,
     says=("down for maintenance", "HTTP 503"), requests={"head": 4})
case("status-500", "500 with a message", good(), {"head": lambda x: x.error(500, "oops")},
     status=7, says=("oops", "HTTP 500"))
case("status-400", "400 with a message", good(), {"head": lambda x: x.error(400, "no")},
     status=7, says=("refused to show branch", "HTTP 400"))
case("status-401", "401", good(), {"head": lambda x: x.error(401, "invalid API key")}, status=6,
     says=("invalid API key", "xata auth login"), commands=BOTH)
case("status-403", "403", good(), {"head": lambda x: x.error(403, "not yours")}, status=6,
     says=("refused to show branch", "not yours", "HTTP 403"))
case("status-404", "404 for the branch", good(),
     {"head": lambda x: x.error(404, "database branch [x:main] not found")}, status=7,
     says=("database branch [x:main] not found", "HTTP 404"))
case("status-404-html", "404 with a page", good(), text(PAGE, 404, "text/html"), status=7,
     says=("refused to show branch", "HTTP 404", "text/html"))
case("status-407", "a proxy's 407 from the endpoint", good(),
     {"head": lambda x: x.error(407, "proxy")}, status=7, says="HTTP 407")


def first_time(x, answer, then):
    seen = x.memory.get("times", 0)
    x.memory["times"] = seen + 1
    (answer if seen == 0 else then)(x)


case("status-429", "429 without a word about when", good(),
     {"head": lambda x: x.error(429, "slow down")}, status=5, says=("slow down", "HTTP 429"),
     requests={"head": 4})
case("status-429-once", "429 once, with a delay of 1 s", good(),
     {"head": lambda x: first_time(x, lambda y: y.json(
         {"message": "slow down"}, 429, ["Retry-After: 1"]), good().head)},
     status=0, says="HTTP 429, trying again in", writes=GOOD["v1"],
     requests={"head": 2}, apart=(1,))
case("status-429-reset", "429 with x-ratelimit-reset, again and again", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["x-ratelimit-reset: 1"])},
     status=5, says=("slow down", "HTTP 429"), requests={"head": 4}, apart=(1, 1, 1))
case("status-429-day", "429 until tomorrow", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: 86400"])},
     status=5, says="asks to wait 86400 seconds", requests={"head": 1}, limit=5.0)
case("status-429-huge", "429 with a delay beyond all numbers", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: " + "9" * 40])},
     status=5, says="asks to wait", requests={"head": 1}, limit=5.0)
case("status-429-odd", "429 with a delay that is no time", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: -5",
                                                               "x-ratelimit-reset: soon"])},
     status=5, says=("slow down", "HTTP 429"), requests={"head": 4})
case("status-429-patience", "429 with a delay that is longer than --timeout", good(),
     {"head": lambda x: x.json({"message": "slow down"}, 429, ["Retry-After: 25"])}, timeout=2,
     status=5, says="asks to wait 25 seconds", requests={"head": 1}, limit=2.0)

# ---- slow


def slowly(x, what):
    body = HEAD.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body)
    if what == "silent":
        x.hold(300)
    if what == "head":
        x.drip(head, 0.25)
    x.send(head)
    if what == "body":
        x.drip(body, 0.5)
    if what == "steady":  # fast enough for a limit on the rate, for ever
        x.drip(b" " * 10_000_000, 0.1, 100)


for short, summary in [("silent", "no answer"), ("head", "one byte of the headers at a time"),
                       ("body", "one byte of the body at a time")]:
    case(f"slow-{short}", summary, good(), {"head": lambda x, w=short: slowly(x, w)}, status=5,
         says="did not answer within", timeout=2, limit=6.0, requests={"head": 1})
    case(f"slow-{short}-default", summary + ", and nobody said --timeout", good(),
         {"head": lambda x, w=short: slowly(x, w)}, status=5, says="did not answer within",
         limit=60.0, long=True)
case("slow-steady", "a large answer that comes slowly and steadily", good(),
     {"head": lambda x: x.reply(b"", length=1_000_000) or x.drip(b" " * 1_000_000, 0.1, 100)},
     status=5, says="did not answer within", timeout=2, limit=6.0)


def slow_page(x, seconds, most=5, pad=0):
    x.hold(seconds)
    endless("v1", False, pad, most)(x)


def slow_drop(x, seconds):
    x.hold(seconds)
    x.drop()


case("slow-pages", "each page takes a while, and there is always another", good(),
     {"history": lambda x: slow_page(x, 1.2)}, status=5, timeout=2, limit=8.0,
     says="the endpoint is too slow")
case("slow-pages-default", "the same, and nobody said --timeout", good(),
     {"history": lambda x: slow_page(x, 20)}, status=5, limit=60.0,
     says="the endpoint is too slow", long=True)
case("slow-line", "page after page of a long history, as fast as over a slow line",
     good("v1", True), {"head": promising("v1", 450_000),
                        "history": lambda x: slow_page(x, 0.3, 1000, 200)},
     status=5, timeout=2, limit=4.0, says="the endpoint is too slow")
case("slow-line-default", "the same, and nobody said --timeout", good("v1", True),
     {"head": promising("v1", 450_000), "history": lambda x: slow_page(x, 1, 1000, 200)},
     status=5, limit=60.0, says="the endpoint is too slow", long=True)
# Pages on which much has to be computed, each sent late: 30,000 members in no order.
SHUFFLED = "{" + ",".join(f'"{n * 7919 % 30011:x}":0' for n in range(30_000)) + "}"
case("slow-heavy", "pages that come late and take long to check", good("v1", True),
     {"head": promising("v1", 90_000), "history": lambda x: x.hold(0.1) or trees(SHUFFLED)(x)},
     status=5, timeout=2, limit=5.0, says="the endpoint is too slow")
case("slow-drops", "each attempt is dropped after a while", good(),
     {"head": lambda x: slow_drop(x, 1.2)}, status=5, timeout=2, limit=4.5,
     says="broke before the answer was complete")
case("slow-drops-default", "the same, and nobody said --timeout", good(),
     {"head": lambda x: slow_drop(x, 25)}, status=5, limit=60.0,
     says="broke before the answer was complete", long=True)

# ---- connections that break

CUT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
for listener, words in [("closed", "could not connect"), ("hang-up", "broke")]:
    case(f"drop-{listener}", "nobody listens, or hangs up at once", good(), status=5,
         listener=listener, says=words, commands=BOTH)
for where, data in [("before-answer", b""), ("in-status", b"HTTP/1."),
                    ("in-headers", CUT[:40]), ("in-body", CUT + HEAD.encode()[:50]),
                    ("in-chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\nxxx")]:
    case(f"drop-{where}", "the connection is closed " + where.replace("-", " "), good(),
         raw(data), status=5, says=BROKE, requests={"head": 4})
case("drop-reset", "the connection is reset in the middle of the body", good(),
     {"head": lambda x: (x.send(CUT), x.hold(0.1), x.reset())}, status=5, says=BROKE,
     requests={"head": 4})
case("drop-in-history", "the connection is closed in the middle of the history", good(),
     {"history": lambda x: (x.send(CUT), x.drop())}, status=5, says=BROKE,
     requests={"head": 1, "history": 4})
case("drop-page-2", "the connection is closed before the second page", good(log=LONG["v1"]),
     {"history": lambda x: x.drop() if x.cursor else good(log=LONG["v1"]).history(x)}, local=[],
     status=5, says=BROKE)
case("drop-once", "the first connection is dropped, the second is good", good(),
     {"head": lambda x: first_time(x, lambda y: y.drop(), good().head)}, status=0,
     says=(BROKE, "trying again in"), writes=GOOD["v1"], requests={"head": 2})
case("drop-tls-body", "TLS ends in the middle of the body, without a word", good(),
     raw(CUT + HEAD.encode()[:50]), status=5, says=BROKE, listener="good", requests={"head": 4})

# ---- TLS

for listener, words in [("self-signed", ("unknown authority", "self-signed", "--cacert")),
                        ("expired", ("has expired",)), ("early", ("not valid yet",)),
                        ("wrong-name", ("for another name",)),
                        ("wrong-purpose", ("certificate", "unsuitable certificate purpose")),
                        ("old-tls", ("only versions of TLS before 1.2",)),
                        ("handshake-drop", ("broke in the TLS handshake",)),
                        ("handshake-plain", ("does not speak TLS", "http://"))]:
    case(f"tls-{listener}", "the encryption is not to be trusted: " + listener, good(), status=5,
         listener=listener, says=words, commands=(*BOTH, "push main --yes"),
         local=GOOD["v1"])
case("tls-silent", "the handshake gets no answer", good(), status=5, listener="silent", timeout=2,
     limit=6.0, says="in time")
case("tls-silent-default", "the same, and nobody said --timeout", good(), status=5,
     listener="silent", says="in time", long=True)

# ---- redirects


def redirect(status, where="elsewhere", path="/db/x:main", raw_location=None):
    def answer(x):
        to = raw_location
        if to is None:
            host = "127.0.0.2" if where == "elsewhere" else "127.0.0.1"
            to = f"http://{host}:{x.server.ports[where]}{path}"
        x.reply(b"{}", status, headers=[f"Location: {to}"] if to else [])
    return answer


for status in (301, 302, 303, 307, 308):
    case(f"redirect-{status}", f"{status} to another host", good(),
         {"head": redirect(status)}, status=7, says=('redirects to "http://127.0.0.2', "key"),
         commands=BOTH)
case("redirect-history", "307 of a request with a body", good(), {"history": redirect(307)},
     status=7, says='redirects to "http://127.0.0.2', requests={"history": 1})
case("redirect-push", "308 of a push", good(log=GOOD["v1"][:2]), {"push": redirect(308)},
     local=GOOD["v1"], status=7, says='redirects to "http://127.0.0.2',
     commands=("push main --yes",), requests={"push": 1})
case("redirect-port", "302 to another port of the same host", good(),
     {"head": redirect(302, "elsewhere-here")}, status=7, says='redirects to "http://127.0.0.1')
case("redirect-tls", "302 from https to http", good(), {"head": redirect(302)}, status=7,
     says='redirects to "http://127.0.0.2', listener="good")
case("redirect-self", "302 to itself", good(), {"head": redirect(302, "http", "/db/redirect-self")},
     status=7, says='redirects to "http://127.0.0.1')
case("redirect-nowhere", "302 without an address", good(), {"head": redirect(302, raw_location="")},
     status=7, says='redirects to "nowhere"')
case("redirect-file", "302 to a file", good(),
     {"head": redirect(302, raw_location="file:///etc/passwd")}, status=7,
     says='redirects to "file://')
case("redirect-escape", "302 to an address that talks to the terminal", good(),
     {"head": redirect(302, raw_location="http://evil\x1b[31m\x9b/x")}, status=7,
     says=r'redirects to "http://evil\x1b[31m')
case("redirect-304", "304 to a request that asked for no such thing", good(),
     {"head": lambda x: x.reply(status=304)}, status=7, says="HTTP 304")

# ---- terminals

for status in (400, 401, 404, 409, 500):
    case(f"escape-{status}", "a message that talks to the terminal", good(),
         {"head": lambda x, status=status: x.error(status, "no: " + ESCAPES)},
         status=6 if status == 401 else 4 if status == 409 else 7,
         says=("no: " + SEEN, f"HTTP {status}"), commands=BOTH)
case("escape-header", "x-xata-message and x-request-id that talk to the terminal", good(),
     {"head": lambda x: x.json({"message": "oops"}, 500, [
         "x-xata-message: hello \x1b[31m\x07", "x-request-id: id\x1b]0;x\x07"])}, status=7,
     says=("oops", r"request id id\x1b]0;x\x07"))
case("escape-header-ok", "the same with a good answer", good(),
     {"head": lambda x: x.json(good().head_doc(), 200, ["x-xata-message: hello \x1b[31m\x07"])},
     status=0, writes=GOOD["v1"], says=r"the endpoint says: hello \x1b[31m\x07")
case("escape-type", "a content type that talks to the terminal", good(),
     text(HEAD, kind="text/\x1b[31mhtml\x07"), status=7,
     says=r'of type "text/\x1b[31mhtml\x07"')
TITLED = GOOD["v1"][:2] + [records.v1(2, GOOD["v1"][1], title="hello " + ESCAPES,
                                      message=ESCAPES)]
case("escape-title", "a record's title talks to the terminal", good(log=TITLED), status=0,
     writes=TITLED, shows="]0;owned", commands=(
         "tty pull main", "log", "log --oneline", "log --json", "tty log",
         "tty show " + records.file_name(TITLED[2]), "show --json " + records.file_name(TITLED[2])))
TABLED = GOOD["v1"][:2] + [records.v1(2, GOOD["v1"][1], operations=[
    {"addTable": {"table": "t" + ESCAPES}}])]
case("escape-table", "the name of a table talks to the terminal", good(log=TABLED), status=7,
     says=("invalid record", "operation 1 (addTable)"), commands=BOTH)
STRANGE = GOOD["v1"][:2] + [records.v1(2, GOOD["v1"][1], operations=[{"x" + ESCAPES: ESCAPES}])]
case("escape-operation", "an operation of a kind that only a newer version may know",
     good(log=STRANGE), status=0, writes=STRANGE, shows="]0;owned",
     commands=("tty pull main", "tty log", "log --json", "verify --json",
               "tty show " + records.file_name(STRANGE[2])))
case("escape-branches", "names of branches that talk to the terminal", good(),
     {"branches": lambda x: x.json({"databaseName": ESCAPES, "branches": [
         {"name": "main" + ESCAPES, "state": "active", "createdAt": ESCAPES}]})}, status=7,
     says='control characters in member "name"', commands=("branch list",))
case("escape-job", "the error of a job talks to the terminal",
     good("pgroll", log=GOOD["pgroll"][:2]), {"job": lambda x: x.json(
         {"jobID": "mig_job_1", "type": "apply", "status": "failed", "error": "bad " + ESCAPES})},
     local=GOOD["pgroll"], status=7, says="bad " + SEEN, commands=("push main --yes",))
case("escape-migrate", "the state of a job talks to the terminal", good("pgroll"),
     {"status": lambda x: x.json({"jobID": "mig_job_1" + ESCAPES, "type": "start" + ESCAPES,
                                  "status": "failed", "error": ESCAPES})}, status=0,
     shows=("mig_job_1" + SEEN, "start" + SEEN, "Error: " + SEEN),
     commands=("migrate status main",))
case("escape-migrate-list", "a migration of a type and a text that talk to the terminal",
     good("pgroll"), {"history": lambda x: x.json({"migrations": [
         {**records.item(GOOD["pgroll"][0]), "migrationType": "pgroll" + ESCAPES,
          "migration": json.dumps({"name": "0000_step", "operations": [{"sql": {"up": ESCAPES}}]},
                                  ensure_ascii=False)}]})}, status=0,
     shows=("pgroll" + SEEN, r"\u001b]0;owned"), commands=("migrate list main",))

# ---- Git branches

NO_NAME = 'maps Git branch "feature" to an invalid name'
CONTROL = "has control characters in member "
for short, name, words in [
        ("traversal", "../../x", NO_NAME), ("query", "main?x=y#z", NO_NAME),
        ("escape", "m" + ESCAPES, CONTROL + '"branch"'), ("empty", "", NO_NAME),
        ("newline", "main\r\nX-Evil: 1", CONTROL + '"branch"'),
        ("number", 7, 'member "branch" must be a string')]:
    case(f"resolve-{short}", "the branch for the Git branch is no name of one", good(),
         {"resolve": lambda x, name=name: x.json(
             {"branch": name, "reason": {"code": "X", "message": ESCAPES}})},
         status=7, says=words, requests={"resolve": 1}, git=True, commands=("pull", "status"))

# ---- pushes


def fall_silent(x):
    x.memory["silent"] = True
    x.hold(300)


def unless_silent(branch):
    return lambda x: x.hold(300) if x.memory.get("silent") else branch.head(x)


def held(branch, seconds):
    return lambda x: x.hold(seconds) or branch.head(x)


for form in FORMS:
    told = form == "pgroll"
    base = good(form, told, log=GOOD[form][:2])
    mine = {"local": GOOD[form], "commands": ("push main --yes",)}

    def taken(x, form=form, told=told):
        """Takes the push, and hangs up before it says so."""
        x.memory["taken"] = True
        x.drop()

    def taken_silently(x):
        x.memory["taken"] = True
        x.hold(300)

    def head_after(x, form=form, told=told):
        log = GOOD[form] if x.memory.get("taken") else GOOD[form][:2]
        good(form, told, log=log).head(x)

    def history_after(x, form=form, told=told):
        log = GOOD[form] if x.memory.get("taken") else GOOD[form][:2]
        good(form, told, log=log).history(x)
    case(f"push-{form}-dropped", "the connection is closed when the push is there", base,
         {"push": lambda x: x.drop()}, status=5, says=BROKE, **mine)
    case(f"push-{form}-taken", "the push is taken, but the answer never arrives", base,
         {"push": taken, "head": head_after, "history": history_after}, status=0,
         writes=GOOD[form], **mine)
    case(f"push-{form}-taken-silently", "the push is taken, and the answer waited for in vain", base,
         {"push": taken_silently, "head": head_after, "history": history_after}, status=0,
         timeout=2, limit=5.0, writes=GOOD[form], **mine)
    case(f"push-{form}-silent", "no answer to the push", base,
         {"push": lambda x: x.hold(300)}, status=5, timeout=2, limit=8.0,
         says="did not answer within", requests={"push": 1}, **mine)
    case(f"push-{form}-silent-default", "the same, and nobody said --timeout", base,
         {"push": lambda x: x.hold(300)}, status=5, limit=60.0, says="did not answer within",
         requests={"push": 1}, long=True, **mine)
    case(f"push-{form}-silent-for-good", "no answer to the push, and to no question behind it",
         base, {"push": fall_silent, "head": unless_silent(base)}, status=5, timeout=4, limit=7.0,
         says="did not answer within", requests={"push": 1}, **mine)
    case(f"push-{form}-silent-for-good-default", "the same, and nobody said --timeout", base,
         {"push": fall_silent, "head": unless_silent(base)}, status=5, limit=60.0,
         says="did not answer within", requests={"push": 1}, long=True, **mine)
    case(f"push-{form}-html", "a page, 200", base,
         {"push": lambda x: x.reply(PAGE, 200, "text/html")}, status=7,
         says='of type "text/html"', requests={"push": 1}, **mine)
    case(f"push-{form}-502", "a page, 502", base,
         {"push": lambda x: x.reply(PAGE, 502, "text/html")}, status=7,
         says=("could not take the push", "HTTP 502", "text/html"), requests={"push": 4}, **mine)
    case(f"push-{form}-empty", "an empty answer", base, {"push": lambda x: x.reply("")}, status=7,
         says="the answer is empty", requests={"push": 1}, **mine)
    case(f"push-{form}-refused", "a refusal that talks to the terminal", base,
         {"push": lambda x: x.error(400, "never " + ESCAPES, id="invalid")}, status=7,
         says=("refused to take the push", "never " + SEEN), requests={"push": 1}, **mine)
    case(f"push-{form}-conflict", "another head than the one that was told", base,
         {"push": lambda x: x.error(409, "outdated migration", id="conflict")}, status=4,
         says="outdated migration", requests={"push": 1}, **mine)
    case(f"push-{form}-slow", "a slow description, and then no answer to the push", base,
         {"head": held(base, 1.6), "push": lambda x: x.hold(300)}, status=5, timeout=2, limit=3.5,
         says="the endpoint is too slow", requests={"push": 1}, **mine)
    case(f"push-{form}-slow-default", "the same, and nobody said --timeout", base,
         {"head": held(base, 40), "push": lambda x: x.hold(300)}, status=5, limit=60.0,
         says="the endpoint is too slow", requests={"push": 1}, long=True, **mine)
    case(f"push-{form}-401", "a key that may read only, said as 401", base,
         {"push": lambda x: x.error(401, "invalid API key")}, status=6, says="invalid API key",
         requests={"push": 1}, **mine)

jobs = {"local": GOOD["pgroll"], "commands": ("push main --yes",)}
base = good("pgroll", log=GOOD["pgroll"][:2])
for short, answer, words in [
        ("id-traversal", {"jobID": "../../../x"}, "gave a job an id that is none"),
        ("id-escape", {"jobID": "job" + ESCAPES}, CONTROL + '"jobID"'),
        ("id-newline", {"jobID": "job\r\nX: y"}, CONTROL + '"jobID"'),
        ("id-missing", {}, 'member "jobID" is missing'),
        ("id-number", {"jobID": 7}, 'member "jobID" must be a string')]:
    case(f"job-{short}", "a job whose id is none", base,
         {"apply": lambda x, answer=answer: x.json(answer)}, status=7, says=words,
         requests={"apply": 1, "job": 0}, **jobs)
case("job-state", "a job in a state that is none", base, {"job": lambda x: x.json(
    {"jobID": "mig_job_1", "type": "apply", "status": "odd" + ESCAPES})}, status=7,
    says=CONTROL + '"status"', requests={"apply": 1}, **jobs)
case("job-for-ever", "a job that is never done", base, {"job": lambda x: x.json(
    {"jobID": "mig_job_1", "type": "apply", "status": "pending"})}, status=5, timeout=2,
    limit=8.0, says="was not done within 2 seconds", requests={"apply": 1}, **jobs)
case("job-lost", "a job that nobody knows any more", base,
     {"job": lambda x: x.error(404, "no such job")}, status=7, says="no such job",
     requests={"apply": 1, "job": 1}, **jobs)
case("job-silent", "a slow start, and no answer to any question about the job", base,
     {"head": held(base, 1.6), "job": lambda x: x.hold(300)}, status=5, timeout=2, limit=5.0,
     says="the endpoint is too slow", requests={"apply": 1, "job": 3}, **jobs)
case("job-silent-default", "the same, and nobody said --timeout", base,
     {"head": held(base, 40), "job": lambda x: x.hold(300)}, status=5, limit=60.0,
     says="the endpoint is too slow", requests={"apply": 1, "job": 3}, long=True, **jobs)
case("job-drops", "each question about the job is dropped", base,
     {"job": lambda x: x.drop()}, status=5, says=BROKE, requests={"apply": 1}, **jobs)
