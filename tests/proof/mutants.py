"""usage: mutants.py [--texts] [NAME…]
Tests the tests: breaks one promise of the programs at a time, in a copy of the source, and expects
the test that is about it to fail. Without a mutant each of these tests must pass, so that a failure
is the mutant's. A mutant whose line has changed meanwhile is told as such: mend its row here. That is
all that is looked at with --texts, which builds nothing."""

import os
import shutil
import subprocess
import sys
import tempfile

from xatad import Tap

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("abs_top_srcdir") or os.path.dirname(os.path.dirname(HERE))
TEST_S = 900


def hostile(*cases):
    return [os.path.join(SOURCE, "tests/hostile/run.py"), "XATA", "hostile", *cases]


def proof(program, *arguments):
    return [os.path.join(HERE, program + ".py"), *arguments]


class Mutant:
    """old stands exactly once in the file, and new is put in its place."""

    def __init__(self, promise, path, old, new, test):
        self.promise, self.path, self.old, self.new, self.test = promise, path, old, new, test

    def read(self, source):
        """The whole file of a source tree, and whether the text stands in it once."""
        with open(os.path.join(source, self.path), encoding="utf-8") as file:
            text = file.read()
        return text, text.count(self.old) == 1


MUTANTS = {
    # The client and what an endpoint sends.
    "checksum": Mutant(
        "a record that does not match its checksum is refused", "src/sync/news.c",
        'return fail_record(err, r, "does not match its checksum");', "break;",
        hostile("v1-wrong-checksum", "pgroll-other-content")),
    "parent": Mutant(
        "records follow each other", "src/sync/walk.c",
        "if (!w->oldest || str_eq(w->oldest_parent, record_id(r)))", "if (1)",
        hostile("v1-gap", "v1-fork", "v1-cycle")),
    "place": Mutant(
        "no record stands in a history twice", "src/sync/news.c",
        "if (history_find(c->local->history, record_id(r), &at) && at < c->common)", "if (0)",
        hostile("id-of-old")),
    "name": Mutant(
        "no name leads out of the folder", "src/ledger/record.c",
        "alphabet[(unsigned char)name.ptr[0]] == W && record_name_continues(name);",
        "name.ptr[0] != '\\n';", hostile("v1-id-", "pgroll-id-")),
    "body": Mutant(
        "an answer has a bounded size", "src/sync/api_impl.h",
        "#define API_BODY_MAX ((size_t)8 << 20)", "#define API_BODY_MAX ((size_t)400 << 20)",
        hostile("large-", "gzip-")),
    "values": Mutant(
        "an answer has a bounded number of values", "src/sync/api_answer.c",
        "if (*values > values_max)", "if (0)", hostile("large-")),
    "patience": Mutant(
        "slow pages end", "src/sync/api.c",
        "retry.deadline_ms = patience_ms(a, call->kind);",
        "retry.deadline_ms = http_deadline_ms(a->retry);", hostile("slow-pages")),
    "wait": Mutant(
        "a client waits for as long as it is asked to", "src/sync/http.c",
        "*out = asked + backoff_ms(retry, attempt);", "*out = backoff_ms(retry, attempt);",
        hostile("status-429")),
    "silence": Mutant(
        "a silent endpoint gets no second full wait", "src/sync/api.c",
        "if (call->kind != API_POLL || !answered)", "if (call->kind == API_QUESTION)",
        hostile("push-v1-silent-for-good")),
    "question": Mutant(
        "what became of a push is asked, however long it took", "src/sync/api.c",
        "a->silent = true;", "a->silent = false;", hostile("push-v1-taken-silently")),
    "deadline": Mutant(
        "attempts share one deadline", "src/sync/http.c",
        "rest = http_deadline_ms(retry) - (long)(clock_mono_ms() - started);",
        "rest = http_deadline_ms(retry);", hostile("slow-drops")),
    "escape": Mutant(
        "no text from outside speaks to the terminal", "src/base/str.c",
        "else if (!is_harmful(cp))", "else if (cp)", hostile("escape-")),
    # Crashes of the client.
    "recovery": Mutant(
        "an interrupted change is finished", "src/project/workdir.c",
        "return rc < 0 ? rc : journal_recover(w, err);", "return rc;",
        proof("crash", "faults", "pull")),
    "order": Mutant(
        "the ledger comes after the records that it names", "src/project/journal.c",
        "int rc = place_backup(j, w, stage, err);",
        "int rc = place_backup(j, w, stage, err);\n"
        "\tif (rc == 0)\n\t\trc = place_file(w, stage, LEDGER_FILE, err);",
        proof("crash", "faults", "pull")),
    "sync": Mutant(
        "moves are durable before the journal goes", "src/project/journal.c",
        "return rc < 0 ? rc : fs_sync_dir(w->migrations, err);", "return rc;",
        proof("crash", "strace", "pull")),
    "backup": Mutant(
        "what is taken out is kept", "src/project/journal.c",
        "int rc = place_backup(j, w, stage, err);", "int rc = 0;",
        proof("crash", "faults", "forced pull")),
    "keep": Mutant(
        "what is taken out is durably kept before anything moves", "src/project/journal.c",
        "return rc < 0 ? rc : fs_sync_dir(backup, err);", "return rc;",
        proof("crash", "strace", "forced pull")),
    "lock": Mutant(
        "two commands do not meet in one tree", "src/base/fs.c",
        "while (flock(fd, (kind == FS_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {",
        "while (flock(fd, LOCK_SH | LOCK_NB) < 0) {", proof("worktree", "2")),
    # The server.
    "head": Mutant(
        "a push is compared with the head", "src/server/push.c",
        "if (!q->has_expected || !str_eq(q->expected_id, head->id))",
        "if (1)\n\t\treturn true;\n\tif (!q->has_expected)", proof("race", "2")),
    "half": Mutant(
        "a push is there whole or not at all", "src/server/push.c",
        "rc = add_record(&p, r, err);\n\t}",
        "rc = add_record(&p, r, err);\n"
        "\t\tif (rc == 0)\n\t\t\trc = c->store->ops->branch_update(c->txn, b, err);\n"
        "\t\tif (rc == 0)\n\t\t\trc = c->store->ops->commit(c->txn, err);\n"
        "\t\tif (rc == 0)\n"
        "\t\t\trc = c->store->ops->begin(&c->txn, c->store, STORE_WRITE, err);\n\t}",
        proof("kill", "20")),
    "revoked": Mutant(
        "a revoked key opens nothing", "src/server/auth.c",
        "if (rc == E_NOTFOUND || (rc == 0 && c->key.revoked_at))", "if (rc == E_NOTFOUND)",
        proof("keys")),
    "scope": Mutant(
        "a key opens what its scope allows", "src/server/auth.c",
        "if (c->key.scope < c->match.route->scope)", "if (0)", proof("keys")),
    "database": Mutant(
        "a limited key sees its database only", "src/server/auth.c",
        "if (!sees)", "if (0)", proof("keys")),
    "words": Mutant(
        "a refusal tells no reason", "src/server/auth.c",
        "if (key.len == 0)\n\t\treturn fail_key(err);",
        'if (key.len == 0)\n\t\treturn fail(err, E_AUTH, "no API key");', proof("keys")),
    "room": Mutant(
        "idle connections make room for others", "src/adapt/httpd_guard.c",
        ".count = count > g->bounds.room ? count - g->bounds.room : 0,", ".count = 0,",
        proof("crowd", "1", "1000", "idle, without a byte")),
    "host": Mutant(
        "a host is a host", "src/adapt/httpd_request.c",
        "if (!len || len > 255 || (brackets && *rest++ != ']'))", "if (brackets && *rest++ != ']')",
        proof("tricks")),
    "control": Mutant(
        "no control character gets in by a query", "src/adapt/httpd_request.c",
        "if (c < 0x20 || c == 0x7F)", "if (0)", proof("tricks")),
}


class Tree:
    """A copy of the source, and a build of it that is made anew for each mutant."""

    def __init__(self, top):
        self.source, self.build = os.path.join(top, "source"), os.path.join(top, "build")
        self.top, self.rooms = top, 0
        shutil.copytree(SOURCE, self.source, symlinks=True, ignore=shutil.ignore_patterns(
            ".git", "build", "build-*[0-9]", "*.o", "*.a", "autom4te.cache"))
        os.mkdir(self.build)
        self.must(os.path.join(self.source, "configure"), "-q", "--enable-faults",
                  "--disable-tests")
        self.make()

    def must(self, *command):
        done = subprocess.run(command, cwd=self.build, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise RuntimeError("%s: %s" % (command, done.stdout.decode()[-2000:]))

    def make(self):
        self.must("make", "-s", "-j2", "xata", "xatad")

    def passes(self, test):
        """Whether it does, and the last of what it says."""
        self.rooms += 1
        room = os.path.join(self.top, "room%d" % self.rooms)
        os.mkdir(room)
        command = [os.path.join(self.build, "xata") if a == "XATA" else a for a in test]
        environment = {n: v for n, v in os.environ.items() if n != "TAP_HARNESS"}
        environment["PATH"] = self.build + ":" + environment["PATH"]
        environment["PROOF_ATTEMPTS"] = "1"
        try:
            done = subprocess.run([sys.executable, "-B", *command], cwd=room, env=environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=TEST_S, check=False)
        except subprocess.TimeoutExpired:
            return False, "no end within %d s" % TEST_S
        shutil.rmtree(room, ignore_errors=True)
        lines = done.stdout.decode(errors="replace").splitlines()
        return done.returncode == 0, "\n".join(
            [x for x in lines if x.startswith("not ok")][:3] or lines[-3:])

    def change(self, mutant):
        """Puts the mutant in; returns what undoes it, None when its text is not there once."""
        path = os.path.join(self.source, mutant.path)
        text, once = mutant.read(self.source)
        if not once:
            return None

        def write(content):
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        write(text.replace(mutant.old, mutant.new))
        return lambda: write(text)


def check_texts(tap, wanted):
    for name in wanted:
        mutant = MUTANTS[name]
        tap.ok(mutant.read(SOURCE)[1], "%s: its text stands once in %s" % (name, mutant.path))


def break_programs(tap, wanted):
    with tempfile.TemporaryDirectory() as top:
        tree = Tree(top)
        tests = []
        for name in wanted:
            if MUTANTS[name].test not in tests:
                tests.append(MUTANTS[name].test)
        for test in tests:
            good, said = tree.passes(test)
            tap.ok(good, "without a mutant: " + " ".join(map(os.path.basename, test)), said)
        for name in wanted:
            mutant = MUTANTS[name]
            undo = tree.change(mutant)
            if not undo:
                tap.ok(False, "%s: its text stands once in %s" % (name, mutant.path))
                continue
            tree.make()
            good, said = tree.passes(mutant.test)
            undo()
            tap.ok(not good, "%s: a program that breaks \"%s\" is found" % (name, mutant.promise))
            tap.note(said.replace("\n", "\n# "))


def main():
    tap = Tap()
    names = [a for a in sys.argv[1:] if a != "--texts"] or list(MUTANTS)
    (check_texts if "--texts" in sys.argv else break_programs)(tap, names)
    tap.done()


if __name__ == "__main__":
    main()
