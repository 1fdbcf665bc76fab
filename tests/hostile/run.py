#!/usr/bin/env python3
"""Drives the client against every misbehaviour of endpoint.py, and prints what came of it as TAP.

    tests/hostile/run.py XATA DIRECTORY [--long] [--sweep] [--show] [--jobs N] [WORD…]

XATA is the program, DIRECTORY an empty one to work in; with a WORD, the cases whose names have one
of them. For each case and command: the exit status,
words of the message, the requests that came and when, nothing written (all of the case's folder
compared byte for byte), the ledger verified, bounded time and memory, and no byte in the output
that a terminal would obey. With --sweep every command meets the cases, see sweep.py; with --show
the output of each run is printed, too.
"""

import argparse
import collections
import concurrent.futures
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "lib")]

TIME_MAX = 60.0  # seconds, of any run
ATTEMPTS = 3  # of a run that is about time: beside much other work one of them may come too late
MEMORY_MAX = 64 << 10  # KiB, peak resident
FORBIDDEN_FILES = "/tmp/xata-hostile-evil*"


# A writer makes its folders and its lock before it asks the endpoint; they hold nothing.
LEFT_BEHIND = (".xata/.state", ".xata/.state/lock", ".xata/.state/.gitignore", ".xata/migrations")


def instrumented(program):
    """Whether the program has sanitizers in it, which take memory of their own."""
    with open(program, "rb") as file:
        return b"__asan_init" in file.read()


def snapshot(top):
    """Every file below with its bytes and mode; what a command may leave behind is left out."""
    found = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, top)
            if short.endswith(LEFT_BEHIND):
                continue
            if os.path.islink(path):
                found[short] = ("link", os.readlink(path))
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    found[short] = (os.stat(path).st_mode, file.read())
            else:
                found[short] = ("other", os.stat(path).st_mode)
    return found


def unsafe(data):
    """What in the output a terminal would obey, or no reader could trust; None when nothing."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error}"
    for at, char in enumerate(text):
        if char in "\n\t":
            continue
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs"):
            return f"U+{ord(char):04X} at {at}"
    return None


def check_output(wrong, out, err, key, most):
    for name, data in (("stdout", out), ("stderr", err)):
        bad = unsafe(data)
        if bad:
            wrong.append(f"{name} has {bad}")
        if key.encode() in data:
            wrong.append(f"{name} has the key")
        if len(data) > most:
            wrong.append(f"{name} has {len(data)} bytes")


class Result:
    def __init__(self, case, command):
        self.title = f"{case.name}: xata {command}" if case else command
        self.wrong = []
        self.late = False
        self.before = []  # what was wrong with the attempts before this one
        self.output = ""
        self.requests = {}
        self.seconds = 0.0
        self.memory = 0


class Driver:
    def __init__(self, options):
        self.program = os.path.abspath(options.program)
        self.top = os.path.abspath(options.directory)
        self.bounded = not instrumented(self.program)
        self.long = options.long
        self.ports = {}
        self.server = None

    # ---- the endpoint

    def start(self):
        os.makedirs(self.path("endpoint"))
        os.makedirs(self.path("tmp"))
        self.server = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "endpoint.py"), "serve", self.path("endpoint")],
            stdin=subprocess.DEVNULL)
        for _ in range(300):
            if os.path.exists(self.path("endpoint", "ports.json")):
                break
            time.sleep(0.05)
        with open(self.path("endpoint", "ports.json"), encoding="ascii") as file:
            self.ports = json.load(file)

    def stop(self):
        if self.server and self.server.poll() is None:
            self.server.terminate()
            try:
                self.server.wait(10)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()

    def seen(self):
        with open(self.path("endpoint", "seen.json"), encoding="ascii") as file:
            return json.load(file)

    def requests(self, key):
        """[(kind, when)] of those that brought this key, in the order in which they came."""
        with open(self.path("endpoint", "requests"), encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith(key + " ")]
        return [(what, float(when)) for _, what, when in lines]

    # ---- one case

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def url(self, case):
        tls = case.listener not in ("http", "hang-up", "closed")
        host = "localhost" if tls else "127.0.0.1"
        return f"{'https' if tls else 'http'}://{host}:{self.ports[case.listener]}/db/{case.name}"

    def prepare(self, case):
        import records
        project = self.path("cases", case.name, "deep", "project")
        os.makedirs(os.path.join(project, ".xata"))
        os.makedirs(self.path("cases", case.name, "home"))
        if case.local:
            records.write_ledger(project, case.local)
        if case.seen:
            os.makedirs(os.path.join(project, ".xata", ".state"))
            tracking = {f"{self.url(case).replace('/db/', '/db/')}:main": {
                "id": records.identity(case.seen), "checksum": records.checksum(case.seen)}}
            with open(os.path.join(project, ".xata", ".state", "tracking.json"), "w",
                      encoding="ascii") as file:
                json.dump(tracking, file)
        if case.git:
            subprocess.run(["git", "-c", "init.defaultBranch=feature", "init", "-q", project],
                           check=True, env=self.environment(case), stdin=subprocess.DEVNULL)

    def environment(self, case, key="unused"):
        return {"PATH": os.environ["PATH"], "HOME": self.path("cases", case.name, "home"),
                "LC_ALL": "C", "TZ": "UTC", "TERM": "xterm", "NO_COLOR": "1",
                "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
                "XATA_DATABASE_URL": self.url(case),
                "XATA_API_KEY": key, "SSL_CERT_FILE": self.path("endpoint", "ca.pem"),
                **{name: value for name, value in os.environ.items()
                   if name.endswith("SAN_OPTIONS")}}

    def execute(self, result, arguments, project, environment, limit, kind="file"):
        """Runs the program; where memory counts, by a launcher that reads the kernel's books."""
        if not self.bounded and kind == "file":
            return self.execute_simply(result, arguments, project, environment, limit)
        with tempfile.TemporaryDirectory(dir=self.path("tmp")) as folder:
            out, err, used = (os.path.join(folder, name) for name in ("out", "err", "used"))
            subprocess.run([sys.executable, "-I", "-S", os.path.join(HERE, "launch.py"),
                            str(max(limit, TIME_MAX) + 5), used, out, err, project, kind,
                            self.program, *arguments], env=environment, check=True)
            with open(used, encoding="ascii") as file:
                status, result.seconds, result.memory = json.load(file)
            with open(out, "rb") as first, open(err, "rb") as second:
                return status, first.read(), second.read()

    def execute_simply(self, result, arguments, project, environment, limit):
        started = time.monotonic()
        try:
            done = subprocess.run([self.program, *arguments], cwd=project, env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=max(limit, TIME_MAX) + 5)
        except subprocess.TimeoutExpired as late:
            done = subprocess.CompletedProcess([], -9, late.stdout or b"", late.stderr or b"")
        result.seconds = time.monotonic() - started
        return done.returncode, done.stdout, done.stderr

    def check_texts(self, result, case, command, status, out, err, key):
        wrong = result.wrong
        check_output(wrong, out, err, key, case.prints)
        said = err.decode(errors="replace")
        if status not in (0, 1) and "xata: error: " not in said:
            wrong.append("stderr has no error")
        if status != case.status:
            wrong.append(f"exit status {status}, wanted {case.status}")
        for words in case.says:
            if words not in said:
                wrong.append(f"stderr lacks {words!r}")
        for words in case.shows:
            if words not in out.decode(errors="replace"):
                wrong.append(f"stdout lacks {words!r}")
        if "--json" in command:
            try:
                doc = json.loads(out)
                if doc["exitStatus"] != status or doc["ok"] != (status == 0):
                    wrong.append("the document says otherwise")
            except (ValueError, KeyError) as error:
                wrong.append(f"stdout is no document: {error}")

    def check_requests(self, result, case, key):
        """No more attempts than there should be, and none before the endpoint wants it."""
        came = self.requests(key)
        result.requests = collections.Counter(what for what, _ in came)
        for what, count in case.requests.items():
            if result.requests[what] != count:
                result.wrong.append(f"{result.requests[what]} requests of {what}, wanted {count}")
        for number, least in enumerate(case.apart):
            gap = came[number + 1][1] - came[number][1] if number + 1 < len(came) else 0
            if gap < least:
                result.wrong.append(f"request {number + 2} came {gap:.2f} s behind the one before, "
                                    f"wanted {least} s at least")

    def check_tree(self, result, case, project, before, after):
        import records
        if case.writes is None or case.status:
            for name in sorted(set(before) | set(after)):
                if before.get(name) != after.get(name):
                    result.wrong.append(f"{name} was changed")
            return
        want = self.path("want", case.name)
        if not os.path.isdir(want):
            records.write_ledger(want, case.writes)
        wanted = snapshot(os.path.join(want, ".xata", "migrations"))
        if snapshot(os.path.join(project, ".xata", "migrations")) != wanted:
            result.wrong.append("the ledger is not what it should be")

    def run(self, case, command, project, number):
        result = Result(case, command)
        key = f"xau_{case.name.replace('-', '')}{number}canary"
        environment = self.environment(case, key)
        before = snapshot(self.path("cases", case.name))
        arguments = command.split()
        kind = "tty" if arguments[0] == "tty" else "file"
        if kind == "tty":
            arguments.pop(0)
        if case.timeout:
            arguments += ["--timeout", str(case.timeout)]
        status, out, err = self.execute(result, arguments, project, environment, case.limit,
                                        kind)
        result.output = f"status {status}\n{out.decode(errors='replace')[:1000]}" \
                        f"{err.decode(errors='replace')[:2000]}"
        self.check_texts(result, case, command, status, out, err, key)
        self.check_requests(result, case, key)
        after = snapshot(self.path("cases", case.name))
        self.check_tree(result, case, project, before, after)
        if glob.glob(FORBIDDEN_FILES):
            result.wrong.append(f"{glob.glob(FORBIDDEN_FILES)} is there")
        limit = min(case.limit, TIME_MAX)
        if result.seconds > limit:
            result.late = True
            result.wrong.append(f"took {result.seconds:.1f} s, over {limit:.0f} s")
        if self.bounded and result.memory > min(case.memory << 10, MEMORY_MAX):
            result.wrong.append(f"took {result.memory >> 10} MB of memory")
        if after != before or self.long:
            self.verify(result, project, environment)
        return result

    def verify(self, result, project, environment):
        """The ledger is whole. The same bytes as before need no second look: they were ours."""
        status, _, err = self.execute(Result(None, "verify"), ["verify"], project, environment, 20)
        if status != 0:
            result.wrong.append(f"verify: status {status}: {err.decode(errors='replace')}")

    def attempt(self, case, command, number):
        """Runs it, and again when something was wrong that may be the machine's fault."""
        before, project = [], self.path("cases", case.name, "deep", "project")
        while True:
            result = self.run(case, command, project, f"{number}x{len(before)}")
            if not result.wrong or len(before) + 1 == ATTEMPTS or not (case.timeout or result.late):
                result.before = before
                return result
            before.append("; ".join(result.wrong))
            shutil.rmtree(self.path("cases", case.name))
            self.prepare(case)

    def all_of(self, case):
        self.prepare(case)
        return [self.attempt(case, command, number)
                for number, command in enumerate(case.commands)]


def tap(number, good, title, details=()):
    print(f"{'ok' if good else 'not ok'} {number} - {title}")
    for line in details:
        print("# " + line.encode("ascii", "backslashreplace").decode())
    sys.stdout.flush()


def report(driver, cases, options):
    number, slowest, largest = 0, None, None
    good = True
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for results in pool.map(driver.all_of, cases):
            for result in results:
                number += 1
                good = good and not result.wrong
                details = [f"before: {wrong}" for wrong in result.before] + result.wrong
                if result.wrong or options.show:
                    details += result.output.split("\n")
                    details.append(f"{result.seconds:.2f} s, {result.memory >> 10} MB, "
                                   f"requests {dict(result.requests)}")
                tap(number, not result.wrong, result.title, details)
                if not slowest or result.seconds > slowest.seconds:
                    slowest = result
                if not largest or result.memory > largest.memory:
                    largest = result
    if options.sweep:
        import sweep
        swept = sweep.Sweep(driver, Result, snapshot, check_output)
        for fine, title, details in swept.sweep([c for c in cases if not c.long],
                                              options.jobs):
            number += 1
            good = good and fine
            tap(number, fine, title, [] if fine else details)
    seen = driver.seen()
    strangers = {name: count for name, count in seen["requests"].items()
                 if name not in ("http", "good") and count}
    number += 1
    good = good and not seen["leaks"] and not strangers
    tap(number, not seen["leaks"] and not strangers,
        "no request and no key went where a redirect or a bad certificate was",
        [json.dumps(strangers), json.dumps(seen["leaks"])] if strangers else [])
    number += 1
    if driver.bounded:
        tap(number, largest.memory <= MEMORY_MAX, "memory stays within 64 MB")
    else:
        tap(number, True, "memory stays within 64 MB # SKIP with sanitizers: see t0762")
    print(f"1..{number}")
    print(f"# {len(cases)} misbehaviours, {number - 2} runs; the slowest took "
          f"{slowest.seconds:.1f} s ({slowest.title}), the largest {largest.memory / 1024:.1f} MB "
          f"({largest.title})")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("directory")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--jobs", type=int, default=8)
    options = parser.parse_args()
    import endpoint  # noqa: F401  (misbehaviours builds on it)
    from misbehaviours import CASES
    cases = [c for c in CASES.values() if c.commands and (options.long or not c.long)
             and (not options.cases or any(p in c.name for p in options.cases))]
    driver = Driver(options)
    for left in glob.glob(FORBIDDEN_FILES):
        os.remove(left)
    shutil.rmtree(driver.path("cases"), ignore_errors=True)
    try:
        driver.start()
        good = report(driver, cases, options)
    finally:
        driver.stop()
    # "make check" counts the result lines, and would count a status as one failure more.
    sys.exit(0 if good or "TAP_HARNESS" in os.environ else 1)


main()
