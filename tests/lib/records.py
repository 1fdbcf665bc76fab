"""Migration records of both formats, made and chained from the format's description alone.

Shared by the scripted endpoints of the tests; it knows nothing of the program under test.
"""

import base64
import hashlib
import json
import os


def canonical(value):
    """RFC 8785 for what occurs here: whole numbers, keys in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(prefix, value):
    return prefix + hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def xid(number):
    """An identifier of the right shape, the same each time."""
    raw = (0x67C00000 + number).to_bytes(4, "big") + b"proof" + (number % 2**24).to_bytes(3, "big")
    return "mig_" + base64.b32hexencode(raw).decode().rstrip("=").lower()


def hash_form(operation):
    """What of a v1 operation the checksum covers, where that differs from the file."""
    (kind, body), = operation.items()
    if kind == "removeColumn":
        return {kind: {"name": body["column"], "table": body["table"]}}
    if kind == "addColumn":
        column = {k: v for k, v in body["column"].items() if k not in ("file", "file[]")}
        if column.get("defaultValue") == "":
            del column["defaultValue"]
        return {kind: {**body, "column": column}}
    return operation


def v1(number, parent=None, /, **other):
    """A v1 record behind parent; other replaces or adds members before the checksum is made."""
    made = {"id": xid(number)}
    if parent:
        made["parentID"] = identity(parent)
    made["checksum"] = ""
    made["operations"] = [{"addTable": {"table": f"t{number}"}}]
    made.update(other)
    hashed = {"id": made["id"]}
    if made["operations"]:
        hashed["operations"] = [hash_form(o) for o in made["operations"]]
    if made.get("parentID"):
        hashed["parentID"] = made["parentID"]
        hashed["parentChecksum"] = parent["checksum"] if parent else ""
    if "checksum" not in other:
        made["checksum"] = digest("1:", hashed)
    return made


def pgroll(number, parent=None, /, **other):
    """A sealed pgroll record behind parent; "operations" stands in its migration."""
    name = other.pop("name", f"{number:04d}_step")
    operations = other.pop("operations", [
        {"create_table": {"name": f"t{number}",
                          "columns": [{"name": "id", "type": "int", "pk": True}]}}])
    made = {"chainChecksum": "", "done": True,
            "migration": {"name": name, "operations": operations},
            "migrationType": "pgroll", "name": name}
    hashed = {"name": name, "operations": operations}
    if parent:
        made["parent"] = identity(parent)
    made["schema"] = "public"
    made["startedAt"] = f"2025-03-03T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    made.update(other)
    if made.get("parent"):
        hashed["parent"] = made["parent"]
        hashed["parentChecksum"] = checksum(parent) if parent else ""
    if "chainChecksum" not in other:
        made["chainChecksum"] = digest("2:", hashed)
    return made


MAKE = {"v1": v1, "pgroll": pgroll}


def identity(record):
    return record["id"] if "id" in record else record["name"]


def checksum(record):
    return record["checksum"] if "id" in record else record.get("chainChecksum")


def file_name(record):
    return f"{record['id']}_{record['checksum'][2:10]}" if "id" in record else record["name"]


def history(form, count, start=0):
    """Records number start, start + 1, …, oldest first, each behind the one before."""
    made = []
    for number in range(start, start + count):
        made.append(MAKE[form](number, made[-1] if made else None))
    return made


def item(record):
    """The record as an item of the hosted API's history."""
    if "id" in record:
        return {**record, "createdAt": "2025-03-03T00:00:00Z"}
    sent = {**record, "migration": json.dumps(record["migration"], ensure_ascii=False)}
    sent.pop("chainChecksum", None)
    return sent


def write_ledger(directory, records):
    migrations = os.path.join(directory, ".xata", "migrations")
    os.makedirs(migrations, exist_ok=True)
    for record in records:
        path = os.path.join(migrations, file_name(record) + ".json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    with open(os.path.join(migrations, ".ledger"), "w", encoding="utf-8") as file:
        file.write("".join(file_name(record) + "\n" for record in records))
