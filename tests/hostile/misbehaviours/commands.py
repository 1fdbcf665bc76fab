"""Texts that talk to a terminal or become names of branches, and answers to pushes."""

import functools
import json

import records

from .case import BOTH, BROKE, ESCAPES, FORMS, GOOD, HEAD, SEEN, case, good, text
from .transport import PAGE, redirect

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
MANY = records.history("v1", 300)


def talking(branch):
    """Another message with each page, in a header field."""
    def history(x):
        said = f"x-xata-message: {x.cursor} " + "x" * 220
        x.json = functools.partial(x.json, headers=[said])
        branch.history(x)
    return history


case("message-endless", "pages of one record, each with a message for people", good(log=MANY),
     {"history": talking(good(log=MANY, page=1))}, local=[], status=0, writes=MANY,
     says="the endpoint says: None xxx", requests={"history": 300})
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
    for short, status, answer in [
            ("nothing", 204, None), ("accepted", 202, {}), ("silence", 200, {}),
            ("another", 200, {"migrationID": "mig_x", "parentMigrationID": "", "applied": 3,
                              "status": "completed", "head": {"id": "mig_x", "length": 9}}),
            ("numbers", 200, {"migrationID": 7, "status": 7, "head": 7})]:
        case(f"push-{form}-says-{short}", "a success that does not say what was taken", base,
             {"push": lambda x, s=status, a=answer: x.reply(
                 b"" if a is None else json.dumps(a), s)},
             status=7, says="does not say that branch", requests={"push": 1}, **mine)
    case(f"push-{form}-taken-untold", "the push is taken, and the answer does not say so", base,
         {"push": lambda x: x.memory.update(taken=True) or x.json({}), "head": head_after,
          "history": history_after}, status=0, requests={"push": 1}, writes=GOOD[form], **mine)
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

case("push-v1-pending", "a push that is pending for ever", good(log=GOOD["v1"][:2]),
     {"push": lambda x: x.json({"status": "pending"})}, local=GOOD["v1"], status=5, timeout=2,
     limit=8.0, says="was not done within 2 seconds", requests={"push": 1},
     commands=("push main --yes",))

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
for short, answer, status, words, extra in [
        ("drop", lambda x: x.drop(), 5, BROKE, {}),
        ("silent", lambda x: x.hold(300), 5, "did not answer within", {"timeout": 2, "limit": 8.0}),
        ("html", lambda x: x.reply(PAGE, 200, "text/html"), 7, 'of type "text/html"', {}),
        ("deep", lambda x: x.reply("[" * 100_000), 7, "levels deep", {}),
        ("refused", lambda x: x.error(400, "never " + ESCAPES), 7, "never " + SEEN, {}),
        ("redirect", redirect(307), 7, 'redirects to "http://127.0.0.2', {})]:
    case(f"apply-{short}", "no job for a migration: " + short, base, {"apply": answer},
         status=status, says=words, requests={"apply": 1, "job": 0}, **extra, **jobs)
case("apply-429", "429 for each migration", base, {"apply": lambda x: x.error(429, "slow down")},
     status=5, says=("slow down", "HTTP 429"), requests={"apply": 4, "job": 0}, **jobs)
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

# ---- a forced pull, which would put the local records aside

for form in FORMS:
    mine = {"local": GOOD[form][:2] + [records.MAKE[form](70, GOOD[form][1])],
            "commands": ("pull --force main",)}
    key = "checksum" if form == "v1" else "chainChecksum"
    wrong = [dict(r) for r in GOOD[form]]
    wrong[3][key] = wrong[3][key][:2] + "0" * 64
    case(f"force-{form}-checksum", "a forced pull of a wrong checksum", good(form, True, log=wrong),
         status=7, **mine)
    case(f"force-{form}-502", "a forced pull of a page, 502", good(form, True),
         {"history": lambda x: x.reply(PAGE, 502, "text/html")}, status=7,
         says=("HTTP 502", "text/html"), **mine)
    case(f"force-{form}-drop", "a forced pull that breaks off", good(form, True),
         {"history": lambda x: x.drop()}, status=5, says=BROKE, **mine)
