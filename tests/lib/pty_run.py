#!/usr/bin/env python3
"""Runs a command on a terminal of its own and answers its questions, as a person would.

    pty_run.py TRANSCRIPT [QUESTION ANSWER]... -- COMMAND...

Waits for each QUESTION (a substring of what is printed) and types ANSWER and Enter; an ANSWER of
"^C" is the interrupt character. TRANSCRIPT receives all that the terminal showed, echo included,
and a last line "echo on" or "echo off": the state that the terminal was left in. The status is
that of the command, 128 + n when signal n ended it, and 124 when a question did not come.
"""
import os
import pty
import select
import signal
import sys
import termios
import time

SECONDS = 20


def main():
    split = sys.argv.index("--")
    transcript, script = sys.argv[1], sys.argv[2:split]
    questions = list(zip(script[0::2], script[1::2]))
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])
    seen, start, late = b"", 0, time.monotonic() + SECONDS
    lost = False
    while True:
        ready, _, _ = select.select([fd], [], [], 0.1)
        if ready:
            try:
                chunk = os.read(fd, 65536)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
        if questions:
            at = seen.find(questions[0][0].encode(), start)
            if at >= 0:
                question, answer = questions.pop(0)
                start = at + len(question)
                os.write(fd, b"\x03" if answer == "^C" else answer.encode() + b"\n")
        if time.monotonic() > late:
            lost = True
            os.kill(pid, signal.SIGKILL)
            break
    echo = termios.tcgetattr(fd)[3] & termios.ECHO
    _, status = os.waitpid(pid, 0)
    with open(transcript, "wb") as out:
        out.write(seen.replace(b"\r\n", b"\n"))
        out.write(b"\necho on\n" if echo else b"\necho off\n")
    if lost or questions:
        print("never asked:", [q for q, _ in questions], file=sys.stderr)
        return 124
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


sys.exit(main())
