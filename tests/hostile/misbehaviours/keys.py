"""The user's own API key, quoted back at each place where a text of the endpoint is shown."""

import json

import records

from .case import BOTH, FORMS, GOOD, case, good

STARS = "*" * 8


def escaped(key):
    """As JSON may write it: no byte of it as it is."""
    return "".join(f"\\u{ord(c):04x}" for c in key)


def text_of(doc, x):
    """The document with the key in place of KEY, escaped."""
    return json.dumps(doc).replace("KEY", escaped(x.key))


def quoting(doc, status=200):
    return lambda x: x.reply(text_of(doc, x), status)


def job(**other):
    return {"jobID": "mig_job_1", "type": "apply", "status": "failed", **other}


# ---- refusals and headers

case("key-escaped", "a refusal quotes the key, escaped as JSON may have it", good(),
     {"head": quoting({"message": "bad KEY", "id": "KEY"}, 400)}, status=7, says="bad " + STARS,
     commands=BOTH)
case("key-plain", "a refusal quotes the key as it is", good(),
     {"head": lambda x: x.error(400, "bad " + x.key)}, status=7, says="bad " + STARS)
case("key-bulk", "a refusal in the form of many quotes the key", good(),
     {"head": quoting({"errors": [{"message": "bad KEY"}]}, 400)}, status=7, says="bad " + STARS)
case("key-cut", "a message that is cut in the middle of the key", good(),
     {"head": quoting({"message": "x" * 232 + "KEY"}, 400)}, status=7, says="xxx" + "*" * 7)
case("key-headers", "header fields that quote the key", good(),
     {"head": lambda x: x.json({"message": "oops"}, 500, [
         "x-xata-message: old " + x.key, "x-request-id: " + x.key])}, status=7,
     says=("the endpoint says: old " + STARS, "request id " + STARS))
case("key-header-cut", "a header field that is cut in the middle of the key", good(),
     {"head": lambda x: x.json({"message": "oops"}, 500, ["x-xata-message: " + "x" * 226 + x.key])},
     status=7, says=("x" * 226 + STARS,))
case("key-type", "a content type that quotes the key", good(),
     {"head": lambda x: x.reply("{}", 200, "text/" + x.key)}, status=7, says='"text/' + STARS)
case("key-redirect", "a redirect to a host named like the key", good(),
     {"head": lambda x: x.reply(b"", 302, headers=[f"Location: http://{x.key}/"])}, status=7,
     says='redirects to "http://' + STARS)

# ---- good answers

base = good("pgroll", log=GOOD["pgroll"][:2])
pushes = {"local": GOOD["pgroll"], "commands": ("push main --yes", "push main --yes --json")}
case("key-job", "the error of a job quotes the key", base, {"job": quoting(job(error="bad KEY"))},
     status=7, says="bad " + STARS, **pushes)
case("key-job-cut", "an error of a job that is cut in the middle of the key", base,
     {"job": quoting(job(error="x" * 350 + "KEY" * 90))}, status=7, says="xxx" + STARS, **pushes)
case("key-job-state", "a job in a state named like the key", base,
     {"job": quoting(job(status="KEY"))}, status=7, says=STARS, **pushes)
case("key-job-id", "a job with an id that is the key", base, {"apply": quoting({"jobID": "KEY"})},
     status=7, says="an id that is none", **pushes)
case("key-status", "each text of the latest job quotes the key", good("pgroll"),
     {"status": quoting(job(error="bad KEY", jobID="j KEY", type="t KEY", KEY="KEY"))}, status=0,
     shows=STARS, commands=("migrate status main", "migrate status main --json"))
case("key-migrate-list", "each text of a listed migration quotes the key", good("pgroll"),
     {"history": quoting({"migrations": [{
         **records.item(GOOD["pgroll"][0]), "name": "n KEY", "parent": "KEY",
         "migrationType": "t KEY", "migration": '{"operations":[{"sql":{"up":"KEY"}}]}'}]})},
     status=0, shows=STARS, commands=("migrate list main", "migrate list main --json"))
case("key-branches", "the names of branches quote the key", good(),
     {"branches": quoting({"databaseName": "KEY", "branches": [
         {"name": "main-KEY", "state": "active", "createdAt": "KEY", "KEY": 1}]})}, status=0,
     shows="main-" + STARS, commands=("branch list", "branch list --json"))
case("key-schema", "a schema quotes the key in names and members", good(),
     {"head": quoting({"schema": {"tables": [{"name": "KEY", "KEY": "KEY"}]}})}, status=0,
     shows=STARS, commands=("schema dump --branch main", "schema dump --branch main --json"))
case("key-resolve", "the branch for the Git branch is named like the key", good(),
     {"resolve": quoting({"branch": "../KEY", "reason": {"code": "KEY", "message": "KEY"}})},
     status=7, says="an invalid name", git=True, commands=("pull", "status --json"))
case("key-head", "the head is named like the key", good("v1", True), {"head": quoting(
    {**good("v1", True).head_doc(), "head": {"id": "mig_KEY", "checksum": "1:" + "0" * 64,
                                             "length": 3}})}, status=7,
    says="head is not a valid name", commands=BOTH)

# ---- records: what they say counts in their checksums, and is kept as it is


def history(form, **other):
    """A history whose newest record has the key of this run in members of it."""
    def answer(x):
        own = {key: value.replace("KEY", x.key) for key, value in other.items()}
        last = records.MAKE[form](2, GOOD[form][1], **own)
        x.json(good(form, True).page_doc([last, *GOOD[form][1::-1]], None))
    return answer


def untold(x, form):
    """The description of the branch without its head."""
    doc = good(form, False).head_doc()
    doc.pop("lastMigrationID", None)
    x.json(doc)


for form in FORMS:
    name, parent, total = {"v1": ("id", "parentID", "checksum"),
                           "pgroll": ("name", "parent", "chainChecksum")}[form]
    for short, other, words in [
            ("id", {name: "mig_KEY", total: {"v1": "1:", "pgroll": "2:"}[form] + "0" * 64}, "does not match its checksum"),
            ("name", {name: "../KEY"}, "cannot be the name of a record"),
            ("parent", {parent: "mig_KEY"}, "history is broken")]:
        case(f"key-{form}-{short}", "a record with a wrong name, parent or checksum has the key",
             good(form), {"head": lambda x, f=form: untold(x, f),
                          "history": history(form, **other)},
             status=7, says=(STARS, words), commands=BOTH if short == "id" else ("pull main",))
