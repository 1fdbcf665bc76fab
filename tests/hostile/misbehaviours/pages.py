"""Pages without end or sense, and answers that are too much."""

import gzip
import json
import zlib

import records

from .case import FORMS, GOOD, HEAD, case, good, text

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

# ---- the same where no smaller page can be asked for

for short, summary, answer, words in [
        ("announced", "of 1 TB is announced", lambda x: x.reply(HEAD, length=1 << 40),
         "more than 8 MB"),
        ("endless", "has no end", lambda x: x.chunks(zeros()), "more than 8 MB"),
        ("bomb", "is a gzip bomb", lambda x: x.reply(bomb(1 << 30), headers=[
            "Content-Encoding: gzip"]), "more than 8 MB"),
        ("values", "has four million values",
         lambda x: x.reply('{"x":[' + "0," * 4_000_000 + "0]}"), "has more than 300000 values"),
        ("deep", "is nested deeply", lambda x: x.reply("[" * 100_000), "72 levels deep")]:
    case(f"schema-{short}", f"a schema to dump that {summary}", good(), {"head": answer},
         status=7, says=words, commands=("schema dump --branch main",))


# ---- lists

def step(cursor):
    """A page of one migration to list, and where it leads to."""
    return {"migrations": [records.item(GOOD["pgroll"][0])], "cursor": cursor}


LIST = {"status": 7, "commands": ("migrate list -n 0 main",)}
case("list-endless", "migrations to list for ever", good("pgroll"),
     {"history": endless("pgroll", False, 500)}, says="no end in sight", **LIST)
case("list-cycle", "two pages of migrations in turn", good("pgroll"),
     {"history": lambda x: x.json(step("b" if x.cursor == "a" else "a"))},
     says="the same cursor again", requests={"history": 3}, **LIST)
case("list-cursor-number", "the next page of migrations is a number", good("pgroll"),
     {"history": lambda x: x.json(step(7))}, says='"cursor" must be a string', **LIST)


def branches(x):
    x.reply('{"branches":[' + ",".join('{"name":"b%05d"}' % n for n in range(90_000)) + "]}")


def large_schema(x):
    """What takes most memory for its bytes, and three times as many of them when it is printed."""
    x.reply('{"schema":{"tables":[],"x":' + repeated('{"k":"' + "\x9b" * 16 + '"}', 99_000) + "}}")


case("list-branches", "90,000 branches", good(), {"branches": branches}, status=7,
     says="more than 200000 values", commands=("branch list", "branch list --json"))
case("schema-large", "as large a schema as may be, of characters that talk to the terminal", good(),
     {"head": large_schema}, status=0, prints=32 << 20, long=True,
     commands=("schema dump --branch main --json",))


def nested_schema(x):
    """Much the same, indented by more than a hundred blanks a line."""
    x.reply('{"schema":{"tables":[],"x":' + "[" * 60 + repeated('{"k":"' + "é" * 16 + '"}', 99_000)
            + "]" * 60 + "}}")


def databases(x):
    x.reply('{"databases":[' + ",".join('{"name":"b%05d"}' % n for n in range(90_000)) + "]}")


case("schema-nested", "as large a schema as may be, nested 60 levels", good(),
     {"head": nested_schema}, status=0, prints=64 << 20, long=True, commands=(
         "schema dump --branch main", "schema dump --branch main --file ../../../../tmp/schema"))
case("list-databases", "90,000 databases", good(), {"databases": databases}, status=7,
     says="more than 200000 values", commands=("dbs list --workspace list-databases",
                                               "dbs list --workspace list-databases --json"))
