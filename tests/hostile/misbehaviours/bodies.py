"""Text that is no JSON or more than it seems, and JSON of another shape."""

import json

import records

from .case import BOTH, GOOD, HEAD, case, good, text

# ---- text that is no JSON, or more than it seems

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
