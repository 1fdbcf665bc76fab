#!/usr/bin/env python3
"""Writes checksum-vectors.json: chains of records with what is hashed of each, made without xata.

Run it by hand when a rule of the checksum is added; the tests read only the JSON.
"""
import copy
import hashlib
import json
import os
import re


def canonical(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: k.encode("utf-16-be"))
        return "{" + ",".join(canonical(k) + ":" + canonical(value[k]) for k in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"e([+-])0", r"e\1", text) if isinstance(value, float) else text


def hash_form(op):
    op = copy.deepcopy(op)
    if "removeColumn" in op:
        body = op["removeColumn"]
        body["name"] = body.pop("column")
    if "addColumn" in op:
        column = op["addColumn"]["column"]
        if column.get("defaultValue") == "":
            del column["defaultValue"]
        column.pop("file", None)
        column.pop("file[]", None)
    return op


def digest(prefix, text):
    return prefix + ":" + hashlib.sha256(text.encode()).hexdigest()


def v1_chain(steps):
    chain, parent = [], None
    for number, step in enumerate(steps, 1):
        record_id = "mig_e%019d" % number
        covered = {"id": record_id}
        if step["operations"]:
            covered["operations"] = [hash_form(op) for op in step["operations"]]
        if parent:
            covered["parentID"] = parent["id"]
            covered["parentChecksum"] = parent["checksum"]
        text = canonical(covered)
        if step.get("escaped"):
            for char in "<>&":
                text = text.replace(char, "\\u%04x" % ord(char))
        file = {"id": record_id}
        if parent:
            file["parentID"] = parent["id"]
        file["checksum"] = digest("1", text)
        file["operations"] = step["operations"]
        for key in ("title", "message"):
            if key in step:
                file[key] = step[key]
        name = "%s_%s.json" % (record_id, file["checksum"][2:10])
        chain.append({"why": step["why"], "file": file, "hashed": text, "name": name})
        if step.get("escaped"):
            chain[-1]["escaped"] = True
        parent = file
    return chain


def pgroll_chain(steps, parent, parent_checksum):
    chain = []
    for number, step in enumerate(steps, 1):
        name = step.get("name", "mig_f%019d" % number)
        covered = {"name": name, "operations": step["operations"]}
        if "version_schema" in step:
            covered["version_schema"] = step["version_schema"]
        if (step.get("schema") or "public") != "public":
            covered["schema"] = step["schema"]
        if parent:
            covered["parent"] = parent
            covered["parentChecksum"] = parent_checksum
        text = canonical(covered)
        migration = {"name": name}
        if "version_schema" in step:
            migration["version_schema"] = step["version_schema"]
        migration["operations"] = step["operations"]
        file = {
            "chainChecksum": digest("2", text),
            "done": step.get("done", True),
            "migration": migration,
            "migrationType": step.get("type", "pgroll"),
            "name": name,
        }
        if parent:
            file["parent"] = parent
        if step.get("schema", "public") is not None:
            file["schema"] = step.get("schema", "public")
        file["startedAt"] = "2026-03-%02dT08:30:00.25Z" % number
        chain.append({"why": step["why"], "file": file, "hashed": text, "name": name + ".json"})
        parent, parent_checksum = name, file["chainChecksum"]
    return chain


def column(table, **members):
    return {"addColumn": {"column": members, "table": table}}


V1 = [
    {"why": "the first record, without operations", "operations": []},
    {"why": "a title and a message, which are not covered",
     "operations": [{"addTable": {"table": "shops"}}],
     "title": "Shops", "message": "The first table."},
    {"why": "several operations; members in another order than the canonical one",
     "operations": [{"addTable": {"table": "goods"}},
                    column("goods", type="string", unique=True, name="label")]},
    {"why": "an empty default value, left out",
     "operations": [column("goods", name="note", type="text", notNull=True, defaultValue="")]},
    {"why": "a default value that stays",
     "operations": [column("goods", name="count", type="int", notNull=True, defaultValue="0")]},
    {"why": "file settings, left out, both kinds at once",
     "operations": [
         column("goods", name="photo", type="file", file={"defaultPublicAccess": True}),
         {"addColumn": {"column": {"name": "papers", "type": "file[]",
                                   "file[]": {"defaultPublicAccess": False}},
                        "table": "goods"}}]},
    {"why": "a link and a vector, which stay",
     "operations": [column("goods", name="shop", type="link", link={"table": "shops"}),
                    column("goods", name="shape", type="vector", vector={"dimension": 512})]},
    {"why": "a removed column, whose member has another name when hashed",
     "operations": [{"removeColumn": {"column": "note", "table": "goods"}},
                    {"renameColumn": {"newName": "stock", "oldName": "count",
                                      "table": "goods"}}]},
    {"why": "text that is not ASCII, quotes, a backslash, a line feed, a control character",
     "operations": [column("goods", name="motto", type="text",
                           defaultValue="na\u00efve \u2603 \U0001F600 \"x\" \\ \n\t\u0001\u007f")]},
    {"why": "<, > and & raw",
     "operations": [column("goods", name="mark", type="string", defaultValue="<a href> & b")]},
    {"why": "<, > and & escaped, which is accepted", "escaped": True,
     "operations": [column("goods", name="sign", type="string", defaultValue="1 < 2 && 3 > 2")]},
    {"why": "an unknown operation, kept; members sorted by UTF-16 code units; numbers",
     "operations": [{"tuneTable": {"\uFF5E": 1, "\U0001F600": 2, "b": [1.5, -3, 0, 1e21, 1e-7],
                                   "a": None, "\u00e9": True, "table": "goods"}}]},
    {"why": "the rest of the operations",
     "operations": [{"renameTable": {"newName": "wares", "oldName": "goods"}},
                    {"removeTable": {"table": "shops"}}]},
]

PGROLL = [
    {"why": "the first pgroll record of a converted branch: its parent is a v1 record",
     "operations": [{"create_table": {"name": "orders", "columns": [
         {"pk": True, "name": "id", "type": "bigint"},
         {"name": "total", "type": "numeric(10,2)", "default": "0", "nullable": True}]}}]},
    {"why": "a version schema is covered", "name": "02_version", "version_schema": "v2",
     "operations": [{"add_column": {"up": "''", "table": "orders",
                                    "column": {"name": "state", "type": "text"}}}]},
    {"why": "another schema than public is covered", "schema": "till", "type": "inferred",
     "name": "sql_00112233445566",
     "operations": [{"sql": {"up": "UPDATE t SET a = 'b' WHERE c <> 1 AND d < 2"}}]},
    {"why": "no schema at all means public; done and migrationType are not covered",
     "schema": None, "done": False,
     "operations": [{"drop_column": {"down": "", "table": "orders", "column": "state"}}]},
    {"why": "no operations: the empty list stays", "operations": []},
]


def main():
    v1 = v1_chain(V1)
    last = v1[-1]["file"]
    vectors = {"v1": v1, "pgroll": pgroll_chain(PGROLL, last["id"], last["checksum"])}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checksum-vectors.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(vectors, out, indent=1, ensure_ascii=False)
        out.write("\n")


if __name__ == "__main__":
    main()
