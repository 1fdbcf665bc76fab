"""usage: crash.py faults|strace|disk [--long] [STORY…]
Stops the client at every point where it changes a file, and lets each of those changes fail. After
each, the history is the old one or the new one, nothing lies about, and the next command works.

faults: through base/fault.h, in a build that has it: SIGKILL before each change, and ENOSPC, EIO
    and EACCES of each (without --long one of the three at every other point). With --long each
    error stays for good, too, and the recovery is killed at each of its own changes.
strace: the same in any build without sanitizers, by injecting into the system calls themselves.
    PROOF_FAULTS names a client that has base/fault.h: it must see as many of them.
disk: a file system that is really full, to different degrees; needs root, for a mount."""

import concurrent.futures
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import threading

from xatad import Tap, Xatad, instrument, push

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lib"))

import records as made  # noqa: E402

LONG = "--long" in sys.argv
ERRORS = {"ENOSPC": "No space left on device", "EIO": "Input/output error",
          "EACCES": "Permission denied"}
DISK = 1 << 20  # bytes of the one that is to be full
LOCAL = 3  # the exit status for what is wrong with the local project
LEFT = {"lock", ".gitignore", "tracking.json"}  # what may lie in .xata/.state
OPERATIONS = '[{"addTable":{"table":"made_now"}}]'
TOP = os.getcwd()


# ---- a project as bytes

def read(path):
    with open(path, "rb") as file:
        return file.read()


def text_of(record):
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()


def files_of(records):
    """.xata/migrations with these records; nothing at all without any."""
    if not records:
        return {}
    found = {made.file_name(r) + ".json": text_of(r) for r in records}
    found[".ledger"] = "".join(made.file_name(r) + "\n" for r in records).encode()
    return found


def write_project(folder, files, records, bare=False):
    os.makedirs(folder)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    if bare:
        return
    os.makedirs(os.path.join(folder, ".xata", "migrations") if records
                else os.path.join(folder, ".xata"))
    for name, data in files_of(records).items():
        with open(os.path.join(folder, ".xata", "migrations", name), "wb") as file:
            file.write(data)


def history_in(folder):
    """The files of .xata/migrations; an empty ledger alone is as good as none."""
    migrations = os.path.join(folder, ".xata", "migrations")
    if not os.path.isdir(migrations):
        return {}
    found = {name: read(os.path.join(migrations, name)) for name in os.listdir(migrations)}
    return {} if found == {".ledger": b""} else found


def litter_in(folder):
    found = []
    state = os.path.join(folder, ".xata", ".state")
    if os.path.isdir(state):
        found += [".state/" + name for name in os.listdir(state) if name not in LEFT]
    for where, folders, names in os.walk(folder):
        found += [os.path.join(where, n) for n in names + folders if n.startswith(".xata-tmp-")]
    return found


# ---- the commands, each with what is there before and what it is to make of it

class Story:
    """files and records: the project before. after: its records afterwards, None when a record is
    made that nobody knows before. remote: what the branch has; own: each round has its own."""

    def __init__(self, name, argv, records, after, remote=None, files=None, bare=False,
                 removed=()):
        self.name, self.argv, self.records, self.after = name, argv, records, after
        self.remote, self.files, self.bare = remote, files or {}, bare
        self.removed = removed  # names of records that go to the backup
        self.pushes = argv[0] == "push"
        self.pgroll = "migration" in (records or after or remote)[0]
        self.old = files_of(records)
        self.new = None if after is None else files_of(after)


def behind(parent, make, *numbers):
    """The records with these numbers, the first behind parent, each behind the one before."""
    chain = [parent]
    for number in numbers:
        chain.append(make(number, chain[-1]))
    return chain[1:]


def stories():
    shop = made.history("v1", 1)
    there = made.history("v1", 3)
    mine = shop + behind(shop[0], made.v1, 10, 11)
    blog = made.history("pgroll", 3)
    many = made.history("pgroll", 40)  # past what is made durable file by file
    # More than memory is to hold: a part of it lies in a temporary file until it is staged.
    much = behind(None, lambda n, before: made.pgroll(n, before, operations=[
        {"sql": {"up": "SELECT 1 -- " + "x" * 900_000}}]), 0, 1, 2)
    unsealed = [{k: v for k, v in r.items() if k != "chainChecksum"} for r in blog]
    ignore = {".gitignore": b"node_modules\n"}
    ours = blog[:1] + behind(blog[0], made.pgroll, 10, 11)
    folded = made.pgroll(11, blog[0], operations=[
        o for r in ours[1:] for o in r["migration"]["operations"]])
    every = [
        Story("pull", ["pull", "main"], shop, there, there),
        Story("first pull of many", ["pull", "main"], [], many, many),
        Story("first pull of much", ["pull", "main"], [], much, much),
        Story("forced pull", ["pull", "--force", "main"], mine, there, there,
              removed=[made.file_name(r) for r in mine[1:]]),
        Story("new", ["new", os.path.join(TOP, "operations")], shop, None),
        Story("seal", ["seal"], unsealed, blog, removed=[made.file_name(r) for r in blog]),
        Story("rebase", ["rebase", "main"], mine, there + behind(there[-1], made.v1, 10, 11), there,
              removed=[made.file_name(r) for r in mine[1:]]),
        Story("rebase of pgroll records", ["rebase", "main"], ours,
              blog + behind(blog[-1], made.pgroll, 10, 11), blog,
              removed=[made.file_name(r) for r in ours[1:]]),
        Story("squash", ["squash", "main"], ours, blog[:1] + [folded], blog[:1],
              removed=[made.file_name(r) for r in ours[1:]]),
        Story("push", ["push", "--yes", "main"], mine, mine, shop),
        Story("push of pgroll records", ["push", "--yes", "main"], blog, blog, blog[:1]),
        Story("init", ["init"], [], there, there, files=ignore, bare=True),
    ]
    wanted = [word for word in sys.argv[2:] if not word.startswith("--")]
    return [story for story in every if not wanted or story.name in wanted]


class World:
    """The endpoint, and how the client is run against it."""

    def __init__(self):
        self.xatad = Xatad(os.path.join(TOP, "endpoint"), plain=True).start()
        self.lock, self.count, self.databases = threading.Lock(), 0, {}
        with open(os.path.join(TOP, "operations"), "w", encoding="ascii") as file:
            file.write(OPERATIONS)

    def number(self):
        with self.lock:
            self.count += 1
            return self.count

    def make_database(self, story):
        name = "db%d" % self.number()
        client = self.xatad.client()
        client.new_database(name, story.pgroll)
        answer = push(client, name + ":main", story.pgroll, None, story.remote)
        if answer.status != 200:
            raise RuntimeError("could not prepare a branch: %r" % answer)
        client.close()
        return name

    def database(self, story):
        """A branch as the story has it; one that is pushed to has to be a fresh one."""
        if not story.remote:
            return "none"
        if story.pushes:
            return self.make_database(story)
        with self.lock:
            known = self.databases.get(story.name)
        if not known:
            known = self.databases[story.name] = self.make_database(story)
        return known

    def head_id(self, database):
        client = self.xatad.client()
        head = client.head(database + ":main")
        client.close()
        return head and head["id"]

    def environment(self, database, **more):
        return dict(os.environ, TMPDIR=TOP, XATA_API_KEY=self.xatad.key, XATA_BRANCH="main",
                    XATA_DATABASE_URL="http://127.0.0.1:%d/db/%s" % (self.xatad.port, database),
                    **more)


class Round:
    """One run that is disturbed, in a project of its own, and all that is asked of it afterwards."""

    def __init__(self, world, story, folder=None):
        self.world, self.story = world, story
        self.folder = folder or os.path.join(TOP, "round%d" % world.number())
        self.database = world.database(story)
        self.wrong, self.said = [], ""
        write_project(self.folder, story.files, story.records, story.bare)

    def run(self, *argv, before=(), program="xata", **more):
        done = subprocess.run([*before, program, *argv], cwd=self.folder,
                              env=self.world.environment(self.database, **more),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120, check=False)
        self.said = done.stderr.decode(errors="replace")
        return done.returncode

    def must(self, *argv):
        status = self.run(*argv)
        if status != 0:
            self.wrong.append("xata %s: status %d: %s" % (" ".join(argv), status, self.said))

    # ---- what has to hold

    def state(self):
        """"old", "new", or what is wrong with the history as it lies there."""
        now, story = history_in(self.folder), self.story
        if now == story.old:
            return "old"
        if story.new is not None:
            return "new" if now == story.new else "neither the old nor the new: " + ", ".join(
                sorted(set(now) ^ set(story.new)) or ["other content"])
        more = set(now) - set(story.old)
        lines = now.get(".ledger", b"").split(b"\n")
        if len(more) == 1 and more == {lines[-2].decode() + ".json"}:
            return "new"
        return "neither the old nor the new: " + ", ".join(sorted(more))

    def check_readers(self):
        """Right after the stop, before any command: who reads the ledger finds what it names."""
        now, story = history_in(self.folder), self.story
        for line in now.get(".ledger", b"").split():
            name = line.decode() + ".json"
            known = {files[name] for files in (story.old, story.new or {}) if name in files}
            if name not in now or known and now[name] not in known:
                self.wrong.append("at once: the ledger names %s, which is not there whole" % name)
        for name, data in story.files.items():
            if not read(os.path.join(self.folder, name)).startswith(data):
                self.wrong.append("at once: %s lost what it had" % name)

    def check_backups(self):
        """What was taken out is kept, whole, once."""
        backup = os.path.join(self.folder, ".xata", "backup")
        kept = [n for n in os.listdir(backup) if n != ".gitignore"] if os.path.isdir(backup) else []
        if len(kept) != (1 if self.story.removed and self.state() == "new" else 0):
            self.wrong.append("%d backups" % len(kept))
        for one in kept:
            for name in self.story.removed:
                path = os.path.join(backup, one, name + ".json")
                if not os.path.exists(path) or read(path) != self.story.old[name + ".json"]:
                    self.wrong.append("the backup lacks %s" % name)

    def check_branch(self):
        head = self.world.head_id(self.database)
        if head not in (made.identity(self.story.remote[-1]), made.identity(self.story.after[-1])):
            self.wrong.append("the branch is at %s" % head)

    def check_next(self, thorough):
        """The next command needs no help, whichever it is; then all is as if nothing had been."""
        story = self.story
        self.check_readers()
        if story.pushes:
            self.check_branch()
        if (thorough or story.after is None) and os.path.isdir(os.path.join(self.folder, ".xata")):
            self.must("verify")
            if self.state() not in ("old", "new"):
                self.wrong.append("after verify: " + self.state())
        if story.after is None:
            there = self.state() == "new"
            self.must("verify" if there else "new", *([] if there else story.argv[1:]))
        else:
            self.must(*story.argv)
        if self.state() != ("old" if story.pushes else "new"):
            self.wrong.append("run again: it is " + self.state())
        if story.pushes and self.world.head_id(self.database) != made.identity(story.after[-1]):
            self.wrong.append("run again: the branch does not have the push")
        if story.after is None and there:
            self.must("status", "--offline")
            self.run("pull", "main")  # a writer, which clears away what a reader leaves
        litter = litter_in(self.folder)
        if litter:
            self.wrong.append("lies about: " + ", ".join(litter))
        self.check_backups()

    def check_failure(self, status, error):
        """A command that met an error has done its work all the same, or says what was wrong."""
        if status == 0:
            if self.state() != ("old" if self.story.pushes else "new"):
                self.wrong.append("it says it is done, but it is " + self.state())
        elif status != LOCAL:
            self.wrong.append("status %d: %s" % (status, self.said))
        elif "xata: error: " not in self.said or ERRORS[error] not in self.said:
            self.wrong.append("the message does not name the cause: " + self.said)

    def end(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def report(tap, story, what, rounds):
    """One result line for a kind of disturbance of a story. rounds: (where, list of what is wrong)."""
    rounds = list(rounds)
    bad = [(where, wrong) for where, wrong in rounds if wrong]
    tap.ok(rounds and not bad, "%s: %s, %d times" % (story.name, what, len(rounds)),
           *["%s: %s" % (where, "; ".join(wrong)) for where, wrong in bad[:10]])


# ---- through base/fault.h

def count_points(world, story, program="xata"):
    """What base/fault.h counts; None when the program does not have it."""
    one = Round(world, story)
    path = one.folder + ".count"
    status = one.run(*story.argv, program=program, XATA_FAULT_COUNT=path)
    one.end()
    if status != 0:
        raise RuntimeError("%s does not work undisturbed: %s" % (story.name, one.said))
    return int(read(path)) if os.path.exists(path) else None


def disturbed(world, story, fault):
    n = int(re.match(r"\d+", fault)[0])
    one = Round(world, story)
    status = one.run(*story.argv, XATA_FAULT=fault)
    error = fault.partition(":")[2]
    if error == "kill":
        if status != -9:
            one.wrong.append("it was not killed: status %d" % status)
    else:
        one.check_failure(status, error)
    one.check_next(LONG or n % 3 == 0)
    one.end()
    return fault, one.wrong


def killed_twice(world, story, first, most):
    """Killed, and what recovers is killed at each of its own changes, until it gets through."""
    for second in range(1, most):
        one = Round(world, story)
        one.run(*story.argv, XATA_FAULT="%d:kill" % first)
        status = one.run("verify" if first % 2 else story.argv[0],
                         *([] if first % 2 else story.argv[1:]), XATA_FAULT="%d:kill" % second)
        one.check_next(True)
        one.end()
        if one.wrong or status != -9:
            return "%d:kill, then %d:kill" % (first, second), one.wrong
    return first, ["it never gets through"]


def faults(tap):
    world = World()
    total = runs = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for story in stories():
            points = count_points(world, story)
            if points is None:
                print("1..0 # SKIP needs a build with --enable-faults")
                sys.exit(0)
            total += points
            every = range(1, points + 1)
            # Many files are many points of a kind: a part of them will do in the short form, and
            # those where the change is decided and carried out.
            some = list(every) if LONG or points < 50 else [
                n for n in every if n % (points // 16) == 0 or n > points - 24]
            jobs = {"kill": ["%d:kill" % n for n in some]}
            names = list(ERRORS)
            if LONG:
                for name in names:
                    jobs[name] = ["%d:%s" % (n, name) for n in every]
                    jobs[name + " for good"] = ["%d+:%s" % (n, name) for n in every]
            else:
                jobs["an error"] = ["%d:%s" % (n, names[i % 3]) for i, n in enumerate(some[::2])]
            for what, list_ in jobs.items():
                runs += len(list_)
                report(tap, story, what, pool.map(
                    lambda fault, s=story: disturbed(world, s, fault), list_))
            if LONG and points < 80:
                report(tap, story, "killed, and killed while it recovers", pool.map(
                    lambda n, s=story: killed_twice(world, s, n, points + 20), every))
            tap.note("%s: %d changes of files" % (story.name, points))
    tap.note("%d points in all, %d runs that were disturbed" % (total, runs))
    tap.equal(world.xatad.stop(), 0, "the endpoint has served all of it and stops")


# ---- through strace, which knows nothing of our code

CHANGES = ("openat write pwrite64 fsync fdatasync syncfs rename renameat renameat2 unlink unlinkat "
           "mkdir mkdirat fchmod ftruncate link linkat symlink symlinkat chmod fchmodat").split()


def traced_points(world, story):
    """[(system call, which of its calls)] that change a file, as the kernel saw them."""
    one = Round(world, story)
    log = one.folder + ".strace"
    status = one.run(*story.argv, before=["strace", "-f", "-qq", "-y", "-o", log, "-e",
                                          "trace=" + ",".join(CHANGES)])
    one.end()
    if status != 0:
        raise RuntimeError("%s does not work under strace: %s" % (story.name, one.said))
    seen, points = dict.fromkeys(CHANGES, 0), []
    for line in read(log).decode(errors="replace").splitlines():
        match = re.match(r"\d+ +(\w+)\((.*)", line)
        if not match or match[1] not in seen:
            continue
        call, rest = match[1], match[2]
        seen[call] += 1
        if call == "openat" and "O_CREAT" not in rest and "O_TMPFILE" not in rest:
            continue
        if call in ("write", "pwrite64") and TOP not in rest.split(",", 1)[0]:
            continue  # to the terminal, or into the network
        points.append((call, seen[call]))
    return points


def check_order(world, story):
    """What a power loss needs: nothing counts as done before what it stands on is durable."""
    one = Round(world, story)
    log = one.folder + ".strace"
    one.run(*story.argv, before=["strace", "-f", "-qq", "-y", "-o", log, "-e",
                                 "trace=" + ",".join(CHANGES)])
    lines = [line.partition(" ")[2].strip() for line in read(log).decode().splitlines()]
    state, migrations = one.folder + "/.xata/.state", one.folder + "/.xata/migrations"
    backups = one.folder + "/.xata/backup"

    def places(pattern):
        return [n for n, line in enumerate(lines) if re.match(pattern, line)]

    def synced(path, start, end):
        """Whether the file or folder, or all of the disk, was made durable in between."""
        return any(start < n < end for n in places(r"(fsync\(\d+<%s>|syncfs\()" % re.escape(path)))

    commit, = places(r'renameat\(.*"journal\.json"\)')
    done, = places(r'unlinkat\(.*"journal\.json"')
    moves = [n for n in places(r"renameat\(.*<%s>, " % re.escape(migrations)) if n > commit]
    staged = [(n, re.match(r'openat\(\d+<(.*?)>, "(.*?)", .*O_CREAT', lines[n]))
              for n in places(r'openat\(\d+<%s/stage-.*O_CREAT' % re.escape(state))]
    staged += [(n, re.match(r'linkat\(.*, \d+<(.*?)>, "(.*?)", 0\)', lines[n]))
               for n in places(r'linkat\(')]
    if not staged or not moves:
        one.wrong.append("the trace does not show what it should")
    for n, match in staged:
        if not synced(match[1] + "/" + match[2], n, commit):
            one.wrong.append("%s is not durable when the journal appears" % match[2])
        if not any(n < at < commit for at in places(r"fsync\(\d+<%s>" % re.escape(match[1]))):
            one.wrong.append("the folder of %s is not durable then" % match[2])
    if not any(commit < n < moves[0] for n in places(r"fsync\(\d+<%s>" % re.escape(state))):
        one.wrong.append("the journal is not durable when files begin to move")
    if not any(moves[-1] < n < done for n in places(r"fsync\(\d+<%s>" % re.escape(migrations))):
        one.wrong.append("the moves are not durable when the journal goes")
    kept = places(r"renameat\(.*<%s>, " % re.escape(backups))
    if bool(kept) != bool(story.removed):
        one.wrong.append("the trace does not show the backup as it should")
    if not all(synced(backups, n, moves[0]) for n in kept):
        one.wrong.append("the backup is not durable when files begin to move")
    one.end()
    return "order", one.wrong


def injected(world, story, point, how):
    call, nth = point
    one = Round(world, story)
    what = "signal=KILL" if how == "kill" else "error=" + how
    status = one.run(*story.argv, before=[
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
        "inject=%s:%s:when=%d" % (call, what, nth)])
    if how == "kill":
        if status not in (-9, 137):
            one.wrong.append("it was not killed: status %d" % status)
    else:
        one.check_failure(status, how)
    one.check_next(True)
    one.end()
    return "%s %d: %s" % (call, nth, how), one.wrong


def strace(tap):
    if instrument():
        print("1..0 # SKIP strace and the sanitizers exclude each other")
        return False
    works = shutil.which("strace") and subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e", "inject=write:error=EIO:when=1", "true"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    if not works:
        print("1..0 # SKIP needs strace, and to be allowed to trace")
        return False
    world = World()
    total = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for story in stories():
            points = traced_points(world, story)
            total += len(points)
            if os.environ.get("PROOF_FAULTS"):
                tap.equal(count_points(world, story, os.environ["PROOF_FAULTS"]), len(points),
                          "%s: base/fault.h sees each of the %d" % (story.name, len(points)))
            if not story.pushes:
                report(tap, story, "each step is durable before the next one counts on it",
                       [check_order(world, story)])
            for n, how in enumerate(("kill", *ERRORS)):
                report(tap, story, "strace, " + how, pool.map(
                    lambda p, s=story, h=how: injected(world, s, p, h),
                    points if LONG else points[4 * n::16]))
    tap.note("%d system calls that change a file" % total)
    world.xatad.stop()
    return True


# ---- a disk that is full

class Disk:
    """A file system in memory of a given size; gone with the process, whatever happens."""

    def __init__(self, path, size, inodes):
        os.makedirs(path, exist_ok=True)
        self.path = path
        options = ("size=%d,nr_inodes=%d,mode=700" % (size, inodes)).encode()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"xata-proof", path.encode(), b"tmpfs", 0, options) != 0:
            raise OSError(ctypes.get_errno(), "mount")

    def fill(self, leave):
        """Leaves this many bytes free."""
        stat = os.statvfs(self.path)
        with open(os.path.join(self.path, "filling"), "wb") as file:
            file.write(bytes(max(0, stat.f_bavail * stat.f_frsize - leave)))

    def take_inodes(self, leave):
        for n in range(os.statvfs(self.path).f_favail - leave):
            with open(os.path.join(self.path, "inode%d" % n), "wb"):
                pass

    def empty(self):
        for name in os.listdir(self.path):
            if name.startswith(("filling", "inode")):
                os.unlink(os.path.join(self.path, name))

    def close(self):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.umount2(self.path.encode(), 2)  # MNT_DETACH


def on_full_disk(world, story, disk, fill, amount):
    one = Round(world, story, os.path.join(disk.path, "project"))
    getattr(disk, fill)(amount)
    status = one.run(*story.argv)
    one.check_failure(status, "ENOSPC")
    one.check_readers()
    disk.empty()
    one.check_next(True)
    one.end()
    return "%s %d" % (fill, amount), one.wrong, status


def disk(tap):
    place = os.path.join(TOP, "disk")
    try:
        full = Disk(place, DISK, 300)
    except OSError as e:
        print("1..0 # SKIP needs root, and to be allowed to mount: %s" % e)
        return False
    try:
        world = World()
        for story in stories():
            if sum(len(data) for data in (story.new or {}).values()) > DISK // 2:
                continue  # never fits
            ended = set()
            for fill, amounts in (("fill", range(0, 400 << 10, 4096 if LONG else 90112)),
                                  ("take_inodes", range(0, 60, 1 if LONG else 20))):
                rounds = []
                for amount in amounts:
                    where, wrong, status = on_full_disk(world, story, full, fill, amount)
                    rounds.append((where, wrong))
                    ended.add(status)
                report(tap, story, "a full disk (%s)" % fill, rounds)
            tap.ok(LOCAL in ended and 0 in ended, "%s: failed with too little room, and worked "
                   "with enough" % story.name, ended)
        world.xatad.stop()
    finally:
        full.close()
    return True


def main():
    tap = Tap()
    if {"faults": faults, "strace": strace, "disk": disk}[sys.argv[1]](tap) is not False:
        tap.done()


main()
