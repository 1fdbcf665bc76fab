"""Runs one program for run.py, and writes [status, seconds, peak KiB] of it.

    launch.py SECONDS USED OUT ERR FOLDER file|tty PROGRAM [ARGUMENT…]

A process of its own, because a child starts with the peak memory of the process it was forked from:
this one is small. With "tty" the program's output is a terminal.
"""

import os
import signal
import sys
import time

limit, used, out, err, folder, kind, *command = sys.argv[1:]
os.chdir(folder)
started = time.monotonic()
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
stdout = os.open(out, flags, 0o600)
master = slave = -1
if kind == "tty":
    master, slave = os.openpty()
pid = os.posix_spawn(command[0], command, os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
    (os.POSIX_SPAWN_DUP2, slave if kind == "tty" else stdout, 1),
    (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o600)])


def too_late(*_):
    os.kill(pid, signal.SIGKILL)


signal.signal(signal.SIGALRM, too_late)
signal.setitimer(signal.ITIMER_REAL, float(limit))
if kind == "tty":
    os.close(slave)
    try:
        while data := os.read(master, 65536):
            os.write(stdout, data.replace(b"\r\n", b"\n"))
    except OSError:
        pass  # nobody has the other end any more
_, state, usage = os.wait4(pid, 0)
seconds = time.monotonic() - started
with open(used, "w", encoding="ascii") as file:
    file.write(f"[{os.waitstatus_to_exitcode(state)}, {seconds:.3f}, {usage.ru_maxrss}]")
