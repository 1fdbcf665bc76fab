"""What bench/measure.py measures of a project in a Git repository."""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class GitFlows:
    def __init__(self, bench):
        self.bench = bench
        self.env = dict(bench.env)
        for who in ("AUTHOR", "COMMITTER"):
            self.env[f"GIT_{who}_NAME"] = "Bench"
            self.env[f"GIT_{who}_EMAIL"] = "bench@example.com"

    def git(self, where, *words):
        return self.bench.run(["git", *words], where, self.env)[0]

    def xata(self, where, *words):
        return self.bench.run([self.bench.xata, *words], where, self.env)[0]

    def json_of(self, where, *words):
        out = subprocess.run([self.bench.xata, *words, "--json"], cwd=where, env=self.env,
                             capture_output=True, check=True).stdout
        return json.loads(out)

    def records(self, where, *words):
        """make-history with the other arguments, added and committed."""
        subprocess.run([sys.executable, os.path.join(HERE, "make-history"), where, *map(str, words)],
                       check=True)
        self.git(where, "add", "-A")
        self.git(where, "commit", "-q", "-m", "records")

    def repository(self, name, count):
        where = self.bench.path(name)
        os.mkdir(where)
        self.git(where, "init", "-q", "-b", "main")
        self.git(where, "config", "gc.auto", "0")
        self.records(where, "v1", count)
        self.git(where, "gc", "-q")
        return where

    # ---- what is measured

    def verify_staged(self):
        count = self.bench.sizes.middle
        where = self.repository("g-staged", count)
        subprocess.run([sys.executable, os.path.join(HERE, "make-history"), where, "v1",
                        str(count + 1), str(count)], check=True)
        self.git(where, "add", "-A")
        seen = self.json_of(where, "verify", "--staged")
        assert (seen["records"], seen["unchanged"]) == (1, count), seen
        took, floor = self.bench.in_turn([
            lambda: self.xata(where, "verify", "--staged"),
            lambda: self.git(where, "diff", "--cached", "--stat")])
        self.bench.compare(f"verify --staged, 1 new behind {count:,}", took, floor, "git diff --cached",
                           "<= 20 ms", limit=0.020)

    def rebase(self):
        """Both sides have gone on by as many records from where they were the same."""
        z = self.bench.sizes
        common = z.middle - z.small
        source = self.repository("g-sides", common)
        self.git(source, "branch", "ours")
        self.records(source, "v1", z.middle, common)
        self.git(source, "checkout", "-q", "ours")
        self.records(source, "v1", z.middle, common, "ours")
        migrations = os.path.join(source, ".xata", "migrations")
        with open(os.path.join(migrations, ".ledger"), encoding="ascii") as ledger:
            names = ledger.read().split()[common:]

        def rebase():
            where = self.bench.new_directory()
            clone = os.path.join(where, "clone")
            self.git(where, "clone", "-q", "--shared", source, clone)
            os.sync()
            took = self.xata(clone, "rebase", "--onto", "origin/main", "--quiet")
            done = self.json_of(clone, "verify", "--strict")
            assert (done["ok"], done["records"]) == (True, z.middle + z.small), done
            return took

        def copy():
            where = self.bench.new_directory()
            list_of = os.path.join(where, "list")
            with open(list_of, "w", encoding="ascii") as files:
                files.writelines(f"{migrations}/{n}.json\n" for n in names)
            os.sync()
            command = f"mkdir a b && xargs -a {list_of} cp -t a && xargs -a {list_of} cp -t b && sync -f a"
            return self.bench.run(["sh", "-c", command], where)[0]

        took, floor = self.bench.in_turn([rebase, copy], min(self.bench.runs, 5))
        self.bench.compare(f"rebase of {z.small:,} on {z.middle:,}, durable", took, floor,
                           f"cp of {2 * z.small:,} files and sync", "<= 0.5 s", limit=0.5)

    def ci_check(self):
        """Both the pull request and its base have got new records since they were the same."""
        z = self.bench.sizes
        where = self.repository("g-pull-request", z.middle)
        self.git(where, "checkout", "-q", "-b", "request")
        self.records(where, "v1", z.middle + z.few, z.middle, "request")
        self.git(where, "checkout", "-q", "main")
        self.records(where, "v1", z.middle + z.few, z.middle)
        words = ("ci", "check", "--base", "main", "--head", "request")
        seen = self.json_of(where, *words)
        assert (seen["unchanged"], seen["newInBase"], len(seen["toApply"])) == (
            z.middle, z.few, z.few), seen
        took, floor = self.bench.in_turn([
            lambda: self.xata(where, *words),
            lambda: self.git(where, "diff", "--stat", "main...request")])
        self.bench.compare(f"ci check, {z.few} and {z.few} new behind {z.middle:,}", took, floor,
                           "git diff --stat", "<= 100 ms", limit=0.100)

    def all(self):
        if not shutil.which("git"):
            return self.bench.skip("projects in Git repositories", "git is missing: apt-get install git")
        self.verify_staged()
        self.rebase()
        self.ci_check()
