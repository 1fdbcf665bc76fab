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

    def all(self):
        if not shutil.which("git"):
            return self.bench.skip("projects in Git repositories", "git is missing: apt-get install git")
        self.verify_staged()
