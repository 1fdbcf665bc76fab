"""Names that would lead somewhere else, and histories that are none."""

import records

from .case import BOTH, ESCAPES, FORMS, GOOD, SENT, case, good, many

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
    for short, summary, told in [
            ("unsent", "the history goes on, but without the record that the head is", {
                "id": "mig_cv00000000000000000g", "checksum": flipped, "length": 9}),
            ("resummed", "a record behind the head has another checksum than was said", {
                "id": name[3], "checksum": flipped, "length": 4})]:
        case(f"{form}-head-{short}", summary, good(form, True), {"head": lambda x, f=form, t=told:
             x.json({**good(f, True).head_doc(), "head": t})}, status=7,
             says=("contradicts itself", told["id"]), commands=BOTH)
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
