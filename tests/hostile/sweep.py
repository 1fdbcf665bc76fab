"""Every command that asks an endpoint, against every misbehaviour that it can meet; see run.py.

Nothing is said about them one by one. The commands are those whose help has --timeout, with words
for what their usage lines want. What each asks for is seen with an endpoint that behaves: a
misbehaviour concerns it when it is about one of these requests, or about all; and one that is only
about the description of a branch is tried in the place of the others, in turn.

Whatever happens: the status is one that an endpoint can be the reason of, and that of a failure
when the answer was none at all; an error is named, in words that no terminal obeys; nothing was
written by a command that failed; time and memory are bounded.
"""

import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import threading

from endpoint import SWEPT
from misbehaviours.well import WELL

WORDS = {"branch": "main", "name": "shop", "new-name": "other", "file": "next.json"}
OPTIONS = {"--yes": "", "--workspace": "w", "--owner": "ann", "--from": "main",
           "--target": "main", "--branch": "main", "--host": "ORIGIN", "--api-key": "KEY"}
STATUSES = (0, 1, 3, 4, 5, 6, 7)  # no usage error, no defect
SLACK_S = 25  # less than the default of --timeout: that counts
NO_ANSWER = ("json-", "gzip-", "type-", "status-")  # to any question
PRINTS = 16 << 20  # bytes on stdout and stderr each; an answer may have 8 MB
SHOWN = 10  # of what is wrong with a command


def commands_of(program):
    """["pull main", …]"""
    def help_of(*words):
        return subprocess.run([program, *words, "--help"], check=True, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL).stdout

    def names(text):
        listed = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.M)
        return re.findall(r"^  ([a-z]+) ", listed[1], re.M) if listed else []

    found = []
    for group in names(help_of()):
        for words in [[group, one] for one in names(help_of(group))] or [[group]]:
            text = help_of(*words)
            if "--timeout" in text:
                found.append(" ".join(words + arguments(text)))
    return found


def arguments(text):
    found = [WORDS[word] for word in re.findall(r"<([a-z-]+)>", text.split("\n")[0])]
    for option, value in OPTIONS.items():
        if re.search(rf"^ .*{option}\b(?! REV)", text, re.M):
            found += [option, value] if value else [option]
    return found


class Run:
    """bad: the misbehaviour whose description of a branch answers requests of this kind."""

    def __init__(self, number, case, command, bad=None, kind=""):
        self.case, self.command, self.bad, self.kind = case, command, bad, kind
        self.json = ["--json"] if number % 2 else []
        name = bad.name if bad else ""
        self.key = SWEPT + f"{case.name}@{name}@{kind}@{number}".encode().hex()
        self.name = " ".join([case.name, *([f"with {name} for {kind}"] if bad else []), *self.json])
        self.status, self.result = None, None


def timeout_of(run):
    return (run.bad or run.case).timeout or 20


class Sweep:
    def __init__(self, driver, result_type, snapshot, check_texts):
        self.driver, self.result_type = driver, result_type
        self.snapshot, self.check_texts = snapshot, check_texts
        self.templates, self.lock = {}, threading.Lock()
        self.number = 0

    # ---- projects

    def template(self, case):
        """A project in a repository, made once for all that have the same records."""
        import records
        what = (tuple(map(records.file_name, case.local)),
                case.seen and records.file_name(case.seen))
        if what not in self.templates:
            project = self.driver.path("templates", str(len(self.templates)))
            os.makedirs(os.path.join(project, ".xata"))
            records.write_ledger(project, case.local)
            with open(os.path.join(project, "next.json"), "w", encoding="ascii") as file:
                json.dump(records.pgroll(9)["migration"], file)
            git = ["git", "-C", project, "-c", "user.name=a", "-c", "user.email=a@b.example"]
            for words in (["init", "-q", "--template=", "-b", "feature"], ["add", "."],
                          ["commit", "-q", "-m", "records"]):
                subprocess.run([*git, *words], check=True, stdin=subprocess.DEVNULL,
                               env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1",
                                    "GIT_CONFIG_GLOBAL": "/dev/null"})
            self.templates[what] = project, self.snapshot(project)
        return self.templates[what]

    def execute(self, run):
        top = self.driver.path("cases", f"swept-{id(run)}")
        project = os.path.join(top, "deep", "project")
        with self.lock:
            template, before = self.template(run.case)
        shutil.copytree(template, project, symlinks=True)
        os.mkdir(os.path.join(top, "home"))
        environment = {**self.driver.environment(run.case, run.key),
                       "HOME": os.path.join(top, "home")}
        run.result = result = self.result_type(None, run.command)
        origin = self.driver.url(run.case).partition("/db/")[0]
        words = [{"ORIGIN": origin, "KEY": run.key}.get(word, word) for word in run.command.split()]
        words += run.json + ["--timeout", str(timeout_of(run))]
        run.status, out, err = self.driver.execute(result, words, project, environment, 60.0)
        self.judge(run, out, err)
        if run.status != 0:
            after = self.snapshot(project)
            result.wrong += [f"{name} was changed" for name in sorted(set(before) | set(after))
                             if before.get(name) != after.get(name)]
            result.wrong += [f"{name} was made" for name in os.listdir(os.path.join(top, "home"))
                             + sorted(set(os.listdir(os.path.dirname(project))) - {"project"})]
        elif ".xata" in os.listdir(project):
            self.driver.verify(result, project, environment)
        result.output = err.decode(errors="replace")[:300]
        shutil.rmtree(top)
        return run

    def judge(self, run, out, err):
        wrong = run.result.wrong
        self.check_texts(wrong, out, err, run.key, PRINTS)
        if run.status not in STATUSES:
            wrong.append(f"exit status {run.status}")
        if run.status not in (0, 1) and not re.search(r"xata: error: .{10}", err.decode(
                errors="replace")):
            wrong.append("stderr has no error")
        if run.result.seconds > timeout_of(run) + SLACK_S:
            wrong.append(f"took {run.result.seconds:.1f} s")
        if self.driver.bounded and run.result.memory > 64 << 10:
            wrong.append(f"took {run.result.memory >> 10} MB of memory")

    # ---- which

    def asked(self, runs):
        """{key: kinds} of what the endpoint was asked for."""
        keys, kinds = {run.key for run in runs}, collections.defaultdict(set)
        with open(self.driver.path("endpoint", "requests"), encoding="ascii") as file:
            for line in file:
                key, kind, _ = line.split()
                if key in keys:
                    kinds[key].add(kind)
        return kinds

    def run(self, *what):
        self.number += 1
        return Run(self.number, *what)

    def learn(self, pool, commands):
        """The runs, and {command: {kind: a case in which it asks for that}}."""
        runs = [self.run(case, command) for command in commands for case in WELL]
        list(pool.map(self.execute, runs))
        asked = self.asked(runs)
        kinds = collections.defaultdict(dict)
        for run in runs:
            for kind in asked[run.key]:
                kinds[run.command].setdefault(kind, run.case)
        return runs, kinds

    def runs_of(self, command, kinds, cases):
        for number, case in enumerate(cases):
            about = set(case.answers)
            if not about or about & set(kinds):
                yield self.run(case, command)
            if about == {"head"} and case.listener == "http":
                others = sorted(set(kinds) - about)
                if others:
                    kind = others[number % len(others)]
                    yield self.run(kinds[kind], command, case, kind)

    def sweep(self, cases, jobs):
        """(good, title, details) of each command."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            commands = commands_of(self.driver.program)
            learned, kinds = self.learn(pool, commands)
            for command in kinds:
                more = list(self.runs_of(command, kinds[command], cases))
                list(pool.map(self.execute, more))
                yield self.report(command, kinds[command],
                                  [run for run in learned if run.command == command] + more)
        silent = sorted(set(commands) - set(kinds))
        yield silent == ["resolve main"], "every other command asks for something", silent

    def report(self, command, kinds, runs):
        asked = self.asked(runs)
        for run in runs:
            if run.bad and run.bad.status and run.bad.name.startswith(NO_ANSWER) \
                    and run.status == 0 and run.kind in asked[run.key]:
                run.result.wrong.append(f"took it for a good answer for {run.kind}")
        bad = [run for run in runs if run.result.wrong]
        details = [f"{run.name}: {'; '.join(run.result.wrong)}: {run.result.output}"
                   for run in bad[:SHOWN]] + [f"{len(bad)} of them"]
        slowest = max(runs, key=lambda run: run.result.seconds)
        return (not bad, f"xata {command} ({', '.join(sorted(kinds))}): {len(runs)} runs, the "
                f"slowest {slowest.result.seconds:.1f} s ({slowest.name})", details)
