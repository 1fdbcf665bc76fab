"""Runs a command on a terminal of its own and types lines: on_terminal.py LINES COMMAND…

LINES are separated by "|". Prints what the terminal showed; ends with the command's status.
"""

import os
import pty
import select
import sys
import time

LINES, COMMAND = sys.argv[1].split("|"), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(COMMAND[0], COMMAND)
shown = b""
deadline = time.monotonic() + 30
while time.monotonic() < deadline:
    # A line is typed when the program has asked: its last line has no end.
    asked = LINES and shown.endswith(b" ")
    ready, _, _ = select.select([terminal], [], [], 0 if asked else 5)
    if ready:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    elif asked:
        os.write(terminal, LINES.pop(0).encode() + b"\n")
        shown += b"\n"
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
