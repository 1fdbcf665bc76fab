#!/usr/bin/env python3
"""Reads the jobs of CI systems as those systems do, for the test of the template.

usage: ci_jobs.py rules FILE...          prints what is not as it has to be, a line each
       ci_jobs.py jobs FILE              prints the names of the jobs, a line each
       ci_jobs.py steps FILE JOB FOLDER  writes FOLDER/1, FOLDER/2, ...: the scripts of a job
"""
import re
import sys

import yaml

SECRET = re.compile(r"secrets\.")
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")


def load(path):
    with open(path) as f:
        return yaml.safe_load(f)


def is_github(doc):
    return "jobs" in doc


def github_rules(path, doc):
    events = doc[True]  # YAML 1.1 reads "on" as a truth value
    if "pull_request_target" in events or "workflow_run" in events:
        yield "an event with secrets and a stranger's commit"
    if doc.get("permissions") != {"contents": "read"}:
        yield "permissions other than contents: read"
    if SECRET.search(str({k: v for k, v in doc.items() if k != "jobs"})):
        yield "a secret that all jobs see"
    if doc["env"].get("XATA_VERSION") != "${{ vars.XATA_VERSION }}":
        yield "what is built has a version that nobody chose"
    for name, job in doc["jobs"].items():
        if "permissions" in job:
            yield "job %s has permissions of its own" % name
        if not job.get("timeout-minutes"):
            yield "job %s may run for hours" % name
        if SECRET.search(str(job.get("env", ""))):
            yield "a secret that all steps of %s see" % name
        for step in job["steps"]:
            yield from step_rules(name, step)
        secret = SECRET.search(str(job))
        if secret and "pull_request" in events:
            same = "github.event.pull_request.head.repo.full_name == github.repository"
            if job.get("if") != same:
                yield "job %s would run for forks" % name


def step_rules(job, step):
    if "uses" in step:
        if not PINNED.match(step["uses"]):
            yield "%s is not pinned: %s" % (job, step["uses"])
        if step["with"].get("persist-credentials") is not False:
            yield "%s leaves a token in the checkout" % job
    if "${{" in step.get("run", ""):
        yield "%s pastes an expression into a script" % job


def gitlab_jobs(doc):
    for name, job in doc.items():
        if isinstance(job, dict) and not name.startswith("."):
            merged = dict(doc[job["extends"]]) if "extends" in job else {}
            variables = dict(merged.get("variables", {}), **job.get("variables", {}))
            yield name, {**merged, **job, "variables": variables}


def gitlab_rules(path, doc):
    for name, job in gitlab_jobs(doc):
        if not job.get("rules"):
            yield "job %s would run in every pipeline" % name
        own = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
        for rule in job.get("rules", []):
            if job.get("environment") and own not in rule["if"]:
                yield "job %s would run for forks" % name
        stop = job.get("environment", {}).get("on_stop")
        if stop and stop not in doc:
            yield "job %s is stopped by %s, which is not there" % (name, stop)
        if job["image"].count(":") != 1:
            yield "job %s has an image without version" % name
        if "XATA_VERSION" in job["variables"]:
            yield "what is built has a version that nobody chose"


def rules(paths):
    for path in paths:
        doc = load(path)
        for what in (github_rules if is_github(doc) else gitlab_rules)(path, doc):
            print("%s: %s" % (path.rsplit("/", 1)[-1], what))


def steps(path, job, folder):
    doc = load(path)
    if is_github(doc):
        scripts = [s["run"] for s in doc["jobs"][job]["steps"] if "run" in s]
    else:
        job = dict(gitlab_jobs(doc))[job]
        # One shell runs all lines, with the variables set before.
        sets = ['%s="${%s-%s}"; export %s' % (k, k, v, k) for k, v in job["variables"].items()]
        scripts = ["\n".join(sets + job["before_script"] + job["script"]) + "\n"]
    for n, script in enumerate(scripts, 1):
        with open("%s/%d" % (folder, n), "w") as f:
            f.write(script)


if sys.argv[1] == "rules":
    rules(sys.argv[2:])
elif sys.argv[1] == "jobs":
    doc = load(sys.argv[2])
    print("\n".join(doc["jobs"] if is_github(doc) else dict(gitlab_jobs(doc))))
else:
    steps(*sys.argv[2:])
