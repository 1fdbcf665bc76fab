#!/usr/bin/env python3
"""Measures xata and xatad: each figure beside a floor on the same data, taken in turn with it.

Use bench/run, which builds the programs first. Exit status: 0 all bars reached, 1 one was missed.
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the sources may be read-only, and are not for this
from gitflows import GitFlows  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MIGRATIONS = ".xata/migrations"


class Sizes:
    """How much of everything."""

    def __init__(self, smoke):
        self.few, self.small, self.middle, self.large = 10, 1000, 10000, 100000
        self.push, self.page, self.connections, self.seconds = 1000, 200, 64, 5
        if smoke:
            self.small, self.middle, self.large = 100, 300, 1000
            self.push, self.page, self.connections, self.seconds = 100, 50, 8, 1


class Took:
    """One run of a command."""

    def __init__(self, seconds, cpu, rss_kb):
        self.seconds, self.cpu, self.rss_kb = seconds, cpu, rss_kb


def median(values):
    return statistics.median(values)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


class Bench:
    def __init__(self, options):
        self.options = options
        self.sizes = Sizes(options.smoke)
        self.runs = options.runs or (1 if options.smoke else 11)
        self.slack = 20.0 if options.smoke else 1.0
        self.xata = os.path.join(options.programs, "xata")
        self.xatad = os.path.join(options.programs, "xatad")
        self.dir = tempfile.mkdtemp(prefix="xata-bench.")
        self.rows, self.skipped, self.missed = [], [], []
        self.servers = []
        self.fresh = 0
        home = os.path.join(self.dir, "home")
        os.mkdir(home)
        keep = ("PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
        self.env = {k: os.environ[k] for k in keep if k in os.environ}
        self.env.update(HOME=home, LC_ALL="C", TZ="UTC", GIT_CONFIG_GLOBAL="/dev/null",
                        GIT_CONFIG_NOSYSTEM="1")

    # ---- running

    def run(self, argv, cwd, env=None):
        """Runs to the end without output; a failure ends the benchmark."""
        null = os.open(os.devnull, os.O_RDWR)
        log = os.open(os.path.join(self.dir, "output"), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        here = os.getcwd()
        os.chdir(cwd)
        start = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, env or self.env, file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2)])
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
        os.chdir(here)
        os.close(null)
        text = os.pread(log, 1 << 20, 0).decode(errors="replace")
        os.close(log)
        if status != 0:
            sys.exit(f"bench: error: {' '.join(argv)[:200]} failed in {cwd}:\n{text[-2000:]}")
        return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss), text

    def in_turn(self, works, runs=None):
        """Each of works once, and so on; every work is a function that gives a Took."""
        took = [[] for _ in works]
        for work in works:  # what is warm for one must be warm for all
            work()
        for _ in range(runs or self.runs):
            for i, work in enumerate(works):
                took[i].append(work())
        return took

    # ---- reporting

    def row(self, work, ratio, figure, bar, good):
        verdict = "" if good is None else "ok" if good else "MISSED"
        self.rows.append((work, ratio, figure, bar, verdict))
        if good is False:
            self.missed.append(work)
        print(f"{work:<52} {ratio:<32} {figure:<46} {bar:<26} {verdict}", flush=True)

    def compare(self, work, took, floor, floor_name, bar="", limit=None, limit_ratio=None):
        """A line from the runs of a work and of its floor."""
        t, f = median([x.seconds for x in took]), median([x.seconds for x in floor])
        ratio = t / f
        low = min(x.seconds for x in took)
        good = None
        if limit is not None:
            good = t <= limit * self.slack
        if limit_ratio is not None:
            good = ratio <= limit_ratio * self.slack
        self.row(work, f"{ratio:.2f} x {floor_name}",
                 f"{milliseconds(t)} (least {milliseconds(low)}; floor {milliseconds(f)})", bar, good)

    def skip(self, work, why):
        self.skipped.append((work, why))
        print(f"{work:<52} skipped: {why}", flush=True)

    # ---- data

    def path(self, name):
        return os.path.join(self.dir, name)

    def make(self, name, form, count):
        """A project with a ledger of its own; its list of files for the floor."""
        where = self.path(name)
        subprocess.run([sys.executable, os.path.join(HERE, "make-history"), where, form, str(count)],
                       check=True)
        with open(os.path.join(where, MIGRATIONS, ".ledger"), encoding="ascii") as ledger:
            names = ledger.read().split()
        with open(self.path(name + ".files"), "w", encoding="ascii") as files:
            files.writelines(f"{where}/{MIGRATIONS}/{n}.json\n" for n in names)
        return where

    def sum_files(self, name):
        files = self.path(name + ".files")
        return self.run(["sh", "-c", f"xargs -a {files} cat | sha256sum"], self.dir)[0]

    def new_directory(self):
        """Never one that was removed: ext4 is slow where much was deleted shortly before."""
        self.fresh += 1
        where = self.path(f"fresh-{self.fresh}")
        os.makedirs(os.path.join(where, ".xata"))
        return where

    # ---- endpoint

    def serve(self, *options):
        data = self.path("endpoint")
        if not os.path.isdir(data):
            out = subprocess.run([self.xatad, "init", data, "--json"], env=self.env, check=True,
                                 capture_output=True)
            made = json.loads(out.stdout)
            self.key, self.certificate = made["key"], made["certificate"]
            self.env.update(XATA_API_KEY=self.key, SSL_CERT_FILE=self.certificate)
        ready = self.path(f"ready-{len(self.servers)}")
        log = open(ready + ".log", "wb")
        server = subprocess.Popen([self.xatad, "serve", data, "--listen", "127.0.0.1:0", "--quiet",
                                   "--ready-file", ready, *options], env=self.env,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.servers.append(server)
        for _ in range(600):
            if os.path.exists(ready) and os.path.getsize(ready):
                with open(ready, encoding="ascii") as file:
                    return server, file.read().strip()
            time.sleep(0.05)
        sys.exit("bench: error: xatad did not start")

    def stop(self, server):
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        self.servers.remove(server)

    def database(self, name, form):
        env = dict(self.env, XATA_DATABASE_URL=f"{self.url}/db/{name}")
        postgres = ["--postgres"] if form == "pgroll" else []
        self.run([self.xata, "dbs", "create", name, *postgres], self.dir, env)
        return env

    def push(self, where, env):
        return self.run([self.xata, "push", "main", "--yes", "--quiet"], where, env)[0]

    def pull(self, where, env):
        return self.run([self.xata, "pull", "main"], where, env)[0]

    def curl(self, *requests):
        """One process and one connection, as the client."""
        argv = ["curl", "-s", "--cacert", self.certificate, "-H", f"Authorization: Bearer {self.key}"]
        for i, (path, body) in enumerate(requests):
            argv += (["--next", "-s", "--cacert", self.certificate, "-H",
                      f"Authorization: Bearer {self.key}"] if i else [])
            argv += ["-o", os.devnull, self.url + path]
            argv += ["-H", "Content-Type: application/json", "-d", body] if body else []
        return self.run(argv, self.dir)[0]

    def requests_of_pull(self, where, env):
        """[(bytes of the answer)] of a pull, from what --verbose says."""
        _, text = self.run([self.xata, "pull", "main", "--verbose"], where, env)
        return [int(b) for b in re.findall(r"^(?:GET|POST) .* (\d+) bytes", text, re.M)]

    # ---- what is measured

    def verify(self):
        z = self.sizes
        small, middle, large = self.make("v-small", "v1", z.small), None, None
        self.make("v-middle", "v1", z.middle)
        self.make("p-middle", "pgroll", z.middle)
        self.make("v-large", "v1", z.large)

        def verify(name):
            return lambda: self.run([self.xata, "verify", "--strict"], self.path(name))[0]

        middles = []
        for form, name in (("v1", "v-middle"), ("pgroll", "p-middle")):
            took, floor = self.in_turn([verify(name), lambda n=name: self.sum_files(n)])
            middles.append(median([t.seconds for t in took]))
            self.compare(f"verify, {z.middle:,} {form} records", took, floor, "cat | sha256sum",
                         "ratio <= 2", limit_ratio=2)
        took, floor = self.in_turn([verify("v-small"), lambda: self.sum_files("v-small")])
        self.compare(f"verify, {z.small:,} records, whole process", took, floor, "cat | sha256sum",
                     "<= 25 ms", limit=0.025)
        took, floor = self.in_turn([verify("v-large"), lambda: self.sum_files("v-large")],
                                   min(self.runs, 3))
        self.compare(f"verify, {z.large:,} records", took, floor, "cat | sha256sum")
        growth = median([t.seconds for t in took]) / middles[0] / (z.large / z.middle)
        self.row(f"verify, {z.large:,} records: linear", f"{growth:.2f} x that of {z.middle:,}",
                 "time of one record", "ratio <= 1.5", growth <= 1.5 * self.slack)
        peak = max(t.rss_kb for t in took) / 1024
        bare = max(t.rss_kb for t in self.in_turn([verify("v-small")], 1)[0]) / 1024
        self.row(f"verify, {z.large:,} records: peak memory", f"{peak / bare:.2f} x {z.small:,} records",
                 f"{peak:.1f} MB", "<= 48 MB", peak <= 48)

    def no_op_pull(self):
        z = self.sizes
        medians = []
        self.make("v-few", "v1", z.few)
        works = []
        for name in ("v-few", "v-large"):
            env = self.database(name, "v1")
            self.push(self.path(name), env)
            self.pull(self.path(name), env)
            works.append(lambda n=name, e=env: self.pull(self.path(n), e))
            works.append(lambda n=name: self.curl((f"/db/{n}:main?form=head", None)))
        took = self.in_turn(works, self.runs * 3)
        for i, (name, count) in enumerate((("v-few", z.few), ("v-large", z.large))):
            env = dict(self.env, XATA_DATABASE_URL=f"{self.url}/db/{name}")
            self.compare(f"no-op pull, history of {count:,}", took[2 * i], took[2 * i + 1],
                         "curl of one request", "<= 30 ms", limit=0.030)
            medians.append(median([t.seconds for t in took[2 * i]]))
            sizes = self.requests_of_pull(self.path(name), env)
            self.row(f"no-op pull, history of {count:,}: requests", f"{len(sizes)} of at most 2",
                     f"answers of {', '.join(str(s) for s in sizes)} bytes",
                     "<= 2, each < 4 KB", len(sizes) <= 2 and max(sizes) < 4096)
        ratio = medians[1] / medians[0]
        self.row(f"no-op pull, {z.large:,} next to {z.few:,}", f"{ratio:.2f} x that of {z.few:,}",
                 f"{milliseconds(medians[1])} to {milliseconds(medians[0])}", "ratio <= 1.3",
                 ratio <= 1.3 * (4 if self.options.smoke else 1))

    def pull_of_news(self):
        """A branch that is 10 records ahead; the project is put back after each pull."""
        z, count = self.sizes, self.sizes.middle
        where = self.make("v-news", "v1", count)
        env = self.database("v-news", "v1")
        self.push(where, env)
        self.pull(where, env)
        ledger = os.path.join(where, MIGRATIONS, ".ledger")
        tracking = os.path.join(where, ".xata/.state/tracking.json")
        before = [open(p, "rb").read() for p in (ledger, tracking)]
        make = os.path.join(HERE, "make-history")
        subprocess.run([sys.executable, make, where, "v1", str(count + z.few), str(count)], check=True)
        self.push(where, env)
        with open(ledger, encoding="ascii") as file:
            names = file.read().split()
        since = names[count - 1].rsplit("_", 1)[0]
        body = json.dumps({"page": {"size": z.few + 1}, "since": since})

        def pull():
            for name in names[count:]:
                os.unlink(os.path.join(where, MIGRATIONS, name + ".json"))
            for p, text in zip((ledger, tracking), before):
                with open(p, "wb") as file:
                    file.write(text)
            return self.pull(where, env)

        def floor():
            return self.curl(("/db/v-news:main?form=head", None),
                             ("/db/v-news:main/schema/history", body))

        took, least = self.in_turn([pull, floor])
        self.compare(f"pull of {z.few} new after {count:,}", took, least, "curl of its 2 requests",
                     "<= 60 ms", limit=0.060)

    def first_pull(self):
        z = self.sizes
        for form, name in (("v1", "v-middle"), ("pgroll", "p-middle")):
            env = self.database(name, form)
            self.push(self.path(name), env)

            def pull():
                where = self.new_directory()
                return self.run([self.xata, "pull", "main", "--quiet"], where, env)[0]

            def copy():
                source = os.path.join(self.path(name), MIGRATIONS)
                return self.run(["sh", "-c", f"cp -r {source} copy && sync -f copy"],
                                self.new_directory())[0]

            os.sync()
            took, floor = self.in_turn([pull, copy], min(self.runs, 5))
            self.compare(f"first pull of {z.middle:,} ({form}), durable", took, floor,
                         "cp -r and sync", "<= 1 s", limit=1.0)

    def push_of_records(self):
        z = self.sizes
        where = self.make("p-push", "pgroll", z.push)
        docs = []
        with open(self.path("p-push.files"), encoding="ascii") as files:
            for path in files.read().split():
                with open(path, encoding="utf-8") as file:
                    docs.append((json.load(file)["name"], json.dumps(json.loads(open(path).read()))))
        made = 0

        def push():
            nonlocal made
            made += 1
            env = self.database(f"p-push-{made}", "pgroll")
            return self.push(where, env)

        def insert():
            db = sqlite3.connect(os.path.join(self.new_directory(), "db"), isolation_level=None)
            db.execute("PRAGMA journal_mode = wal")
            db.execute("PRAGMA synchronous = full")
            db.execute("CREATE TABLE record (id TEXT UNIQUE, doc TEXT)")
            start = time.perf_counter()
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO record VALUES (?, ?)", docs)
            db.execute("COMMIT")
            took = Took(time.perf_counter() - start, 0, 0)
            db.close()
            return took

        took, floor = self.in_turn([push, insert])
        self.compare(f"push of {z.push:,} pgroll records", took, floor, "INSERT of them in SQLite",
                     "<= 1 s", limit=1.0)

    # ---- reading under load

    def wrk(self, url, script, *arguments):
        z = self.sizes
        out = subprocess.run(["wrk", "-t2", f"-c{z.connections}", f"-d{z.seconds}s", "--timeout", "10s",
                              "-s", os.path.join(HERE, script), url, "--", *arguments],
                             capture_output=True, text=True, check=True).stdout
        got = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", out.splitlines()[-1])}
        return got["requests"] / got["us"] * 1e6, got["p50"] / 1e6, got["p99"] / 1e6, got["errors"]

    def nginx(self, body):
        root = self.path("nginx")
        os.makedirs(root)
        with open(os.path.join(root, "page"), "wb") as file:
            file.write(body)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with open(os.path.join(root, "conf"), "w", encoding="ascii") as file:
            file.write(f"daemon off; master_process off; worker_processes 1; pid {root}/pid;\n"
                       f"error_log {root}/errors;\nevents {{ worker_connections 1024; }}\n"
                       f"http {{ access_log off; sendfile on; keepalive_requests 1000000;\n"
                       f"client_body_temp_path {root}/1; proxy_temp_path {root}/2;\n"
                       f"fastcgi_temp_path {root}/3; uwsgi_temp_path {root}/4; scgi_temp_path {root}/5;\n"
                       f"server {{ listen 127.0.0.1:{port}; root {root};\n"
                       f"location / {{ default_type application/json; }} }} }}\n")
        binary = shutil.which("nginx") or "/usr/sbin/nginx"
        server = subprocess.Popen([binary, "-e", f"{root}/errors", "-c", f"{root}/conf"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.servers.append(server)
        time.sleep(0.5)
        return server, f"http://127.0.0.1:{port}/page"

    def reading(self):
        z = self.sizes
        work = f"xatad, {z.connections} connections, pages of {z.page} of {z.middle:,}"
        if not shutil.which("wrk"):
            return self.skip(work, "wrk is missing: apt-get install wrk")
        server, url = self.serve("--http")
        path = "/db/p-middle:main/migrations/history"
        page = subprocess.run(["curl", "-sf", "-H", f"Authorization: Bearer {self.key}",
                               f"{url}{path}?form=record&limit={z.page}"], capture_output=True,
                              check=True).stdout
        arguments = [path, str(z.middle), str(z.page), self.key]
        nginx = None
        if shutil.which("nginx") or os.path.exists("/usr/sbin/nginx"):
            nginx, static = self.nginx(page)
        else:
            self.skip("nginx with a static file of the same size",
                      "nginx is missing: apt-get install nginx-light")
        took, floor = [], []
        for _ in range(1 if self.options.smoke else 3):
            took.append(self.wrk(url, "pages.lua", *arguments))
            if nginx:
                floor.append(self.wrk(static, "static.lua"))
        self.stop(server)
        rate, p50, p99, errors = sorted(took)[len(took) // 2]
        figure = (f"{rate:,.0f} requests/s of {len(page) / 1000:.0f} KB; median {milliseconds(p50)}, "
                  f"p99 {milliseconds(p99)}")
        ratio = "(no floor)"
        if nginx:
            self.stop(nginx)
            n_rate, n_p50, n_p99, _ = sorted(floor)[len(floor) // 2]
            ratio = f"1/{n_rate / rate:.1f} of nginx, static"
        self.row(work, ratio, figure, "report", None if errors == 0 else False)
        if nginx:
            self.row("nginx, one worker, a static file of that size", "the floor",
                     f"{n_rate:,.0f} requests/s; median {milliseconds(n_p50)}, p99 {milliseconds(n_p99)}",
                     "", None)

    # ---- the whole

    def all(self):
        self.verify()
        GitFlows(self).all()
        server, self.url = self.serve()
        self.no_op_pull()
        self.pull_of_news()
        self.first_pull()
        self.push_of_records()
        self.stop(server)
        self.reading()

    def close(self):
        for server in list(self.servers):
            self.stop(server)
        if self.options.keep:
            print(f"kept: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def machine(where):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    kind = subprocess.run(["stat", "-f", "-c", "%T", where], capture_output=True, text=True,
                          check=False).stdout.strip()
    return (f"{os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
            f"Linux {platform.release()}, {kind} on {where}, load {os.getloadavg()[0]:.1f}")


def markdown(path, bench, about):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{about}\n\n| work | next to its floor | median | to reach | |\n|---|---|---|---|---|\n")
        for row in bench.rows:
            file.write("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n")
        for work, why in bench.skipped:
            file.write(f"| {work} | skipped: {why} | | | |\n")


def main():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.split("\n")[0])
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--smoke", action="store_true",
                        help="small sizes, generous bounds: shows that everything runs")
    parser.add_argument("--runs", type=int, help="measure each this often (11)")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there, too")
    parser.add_argument("--keep", action="store_true", help="leave the data behind")
    options = parser.parse_args()
    for tool in ("curl",):
        if not shutil.which(tool):
            sys.exit(f"bench: error: {tool} is missing")
    bench = Bench(options)
    about = machine(bench.dir)
    print(about)
    try:
        bench.all()
    finally:
        bench.close()
    if options.markdown:
        markdown(options.markdown, bench, about)
    if bench.missed:
        print(f"{len(bench.missed)} missed: {'; '.join(bench.missed)}")
    sys.exit(1 if bench.missed else 0)


if __name__ == "__main__":
    main()
