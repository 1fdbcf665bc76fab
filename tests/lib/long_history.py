"""Writes a long ledger: long_history.py v1|pgroll RECORDS DIRECTORY."""

import hashlib
import json
import os
import sys

FORMAT, COUNT, DIRECTORY = sys.argv[1], int(sys.argv[2]), sys.argv[3]
DIGITS = "0123456789abcdefghijklmnopqrstuv"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def checksum(prefix, value):
    return prefix + hashlib.sha256(canonical(value).encode()).hexdigest()


def identifier(n):
    text = ""
    for _ in range(6):
        text = DIGITS[n % 32] + text
        n //= 32
    return "mig_cnphjtbsf1h6sr" + text


def v1_records():
    parent = parent_checksum = None
    for n in range(COUNT):
        table = "table%d" % (n // 10)
        if n % 10 == 0:
            operation = {"addTable": {"table": table}}
        else:
            operation = {
                "addColumn": {"column": {"name": "column%d" % n, "type": "string"}, "table": table}
            }
        record = {"id": identifier(n)}
        if parent:
            record["parentID"] = parent
        hashed = dict(record, operations=[operation])
        if parent:
            hashed["parentChecksum"] = parent_checksum
        record["checksum"] = checksum("1:", hashed)
        record["operations"] = [operation]
        parent, parent_checksum = record["id"], record["checksum"]
        yield "%s_%s" % (parent, parent_checksum[2:10]), record


def pgroll_records():
    """Members are in the order in which a database of the hosted service gives them back."""
    parent = parent_checksum = None
    for n in range(COUNT):
        name = "%05d_step" % n
        operation = {
            "create_table": {
                "name": "table%d" % n,
                "columns": [{"pk": True, "name": "id", "type": "int"}],
            }
        }
        hashed = {"name": name, "operations": [operation]}
        if parent:
            hashed.update(parent=parent, parentChecksum=parent_checksum)
        parent_checksum = checksum("2:", hashed)
        record = {
            "chainChecksum": parent_checksum,
            "done": True,
            "migration": {"name": name, "operations": [operation]},
            "migrationType": "pgroll",
            "name": name,
        }
        if parent:
            record["parent"] = parent
        record["schema"] = "public"
        record["startedAt"] = "2026-01-02T10:00:00Z"
        parent = name
        yield name, record


os.makedirs(DIRECTORY, exist_ok=True)
with open(os.path.join(DIRECTORY, ".ledger"), "w", newline="\n") as ledger:
    for name, record in v1_records() if FORMAT == "v1" else pgroll_records():
        with open(os.path.join(DIRECTORY, name + ".json"), "w", newline="\n") as f:
            f.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        ledger.write(name + "\n")
