#!/usr/bin/env python3
"""Writes the two histories that the demonstration and the tests use.

    tests/data/make.py [DIRECTORY]

makes DIRECTORY/shop (v1 records: a web shop that grows for a year) and DIRECTORY/blog (sealed
pgroll records: a blog), beside this file when no directory is named. The output is the same each
time: identifiers and times come from the position in the history. The checksums are computed here,
independently of the program, from the format's description.
"""

import base64
import datetime
import hashlib
import json
import os
import sys

START = datetime.datetime(2025, 3, 3, 9, 30, tzinfo=datetime.timezone.utc)


def canonical(value):
    """RFC 8785 for what occurs here: no numbers but whole ones, no keys beyond ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def moment(number):
    """Nine days and some odd hours between two migrations."""
    return START + datetime.timedelta(days=9 * number, hours=(number * 7) % 11, minutes=number)


def identifier(number):
    """The xid layout: seconds, five bytes of a process, a counter."""
    raw = int(moment(number).timestamp()).to_bytes(4, "big") + b"story" + number.to_bytes(3, "big")
    return "mig_" + base64.b32hexencode(raw).decode().rstrip("=").lower()


# ---- v1


def add_table(name):
    return {"addTable": {"table": name}}


def remove_table(name):
    return {"removeTable": {"table": name}}


def rename_table(old, new):
    return {"renameTable": {"newName": new, "oldName": old}}


def add(table, name, kind, **more):
    return {"addColumn": {"column": {"name": name, "type": kind, **more}, "table": table}}


def link(table, name, to, **more):
    return add(table, name, "link", link={"table": to}, **more)


def remove(table, column):
    return {"removeColumn": {"column": column, "table": table}}


def rename(table, old, new):
    return {"renameColumn": {"newName": new, "oldName": old, "table": table}}


SHOP = [
    ("Products and their prices", [
        add_table("products"),
        add("products", "name", "string", notNull=True, defaultValue=""),
        add("products", "price", "float")]),
    ("Customers", [
        add_table("users"),
        add("users", "email", "email", unique=True),
        add("users", "name", "string")]),
    ("Orders", [
        add_table("orders"),
        link("orders", "user", "users"),
        add("orders", "placedAt", "datetime", notNull=True, defaultValue="now")]),
    ("Lines of an order", [
        add_table("orderLines"),
        link("orderLines", "order", "orders"),
        link("orderLines", "product", "products"),
        add("orderLines", "quantity", "int", notNull=True, defaultValue="1")]),
    (None, [add("products", "description", "text")]),
    (None, [add("products", "inStock", "bool", defaultValue="true")]),
    ("Cents instead of fractions", [
        add("products", "priceCents", "int"),
        remove("products", "price")]),
    ("Categories", [
        add_table("categories"),
        add("categories", "title", "string", unique=True),
        link("products", "category", "categories")]),
    (None, [add("products", "tags", "multiple")]),
    ("Say customers, not users", [rename_table("users", "customers")]),
    (None, [rename("orders", "user", "customer")]),
    ("Addresses", [
        add_table("addresses"),
        link("addresses", "customer", "customers"),
        add("addresses", "street", "string"),
        add("addresses", "city", "string"),
        add("addresses", "country", "string", notNull=True, defaultValue="DE")]),
    (None, [link("orders", "shipTo", "addresses")]),
    ("Pictures of products", [
        add("products", "photo", "file", file={"defaultPublicAccess": True})]),
    ("More pictures", [
        add("products", "gallery", "file[]", **{"file[]": {"defaultPublicAccess": True}})]),
    (None, [add("orders", "status", "string", notNull=True, defaultValue="open")]),
    ("Reviews", [
        add_table("reviews"),
        link("reviews", "product", "products"),
        link("reviews", "author", "customers"),
        add("reviews", "stars", "int", notNull=True, defaultValue="5"),
        add("reviews", "text", "text")]),
    ("A greeting for every customer", [
        add("customers", "greeting", "text", notNull=True,
            defaultValue="Grüß Gott & willkommen – \"schön\", dass Sie da sind!\n")]),
    (None, [rename("addresses", "street", "line1"), add("addresses", "line2", "string")]),
    ("Vouchers", [
        add_table("vouchers"),
        add("vouchers", "code", "string", unique=True),
        add("vouchers", "percent", "int"),
        add("vouchers", "validUntil", "datetime")]),
    (None, [link("orders", "voucher", "vouchers")]),
    ("Find products by meaning", [
        add("products", "embedding", "vector", vector={"dimension": 384})]),
    (None, [add("orders", "invoice", "file", file={"defaultPublicAccess": False})]),
    ("A newsletter", [
        add_table("newsletter"),
        add("newsletter", "email", "email", unique=True),
        add("newsletter", "confirmed", "bool", notNull=True, defaultValue="false")]),
    (None, [remove("customers", "greeting")]),
    ("Stock by warehouse", [
        add_table("warehouses"),
        add("warehouses", "name", "string"),
        add_table("stock"),
        link("stock", "warehouse", "warehouses"),
        link("stock", "product", "products"),
        add("stock", "quantity", "int", notNull=True, defaultValue="0")]),
    (None, [remove("products", "inStock")]),
    ("Measures as the supplier sends them", [add("products", "specification", "json")]),
    (None, [rename_table("orderLines", "lines")]),
    (None, [rename("lines", "quantity", "pieces")]),
    ("Payments", [
        add_table("payments"),
        link("payments", "order", "orders"),
        add("payments", "provider", "string"),
        add("payments", "amountCents", "int", notNull=True, defaultValue="0"),
        add("payments", "paidAt", "datetime")]),
    (None, [add("customers", "phone", "string")]),
    ("The newsletter moved to a service", [remove_table("newsletter")]),
    (None, [add("customers", "locale", "string", notNull=True, defaultValue="de-DE")]),
    ("Returns", [
        add_table("returns"),
        link("returns", "line", "lines"),
        add("returns", "reason", "text"),
        add("returns", "receivedAt", "datetime")]),
    (None, [add("vouchers", "usedBy", "multiple")]),
    ("VAT rates", [
        add_table("taxes"),
        add("taxes", "country", "string"),
        add("taxes", "rate", "float", notNull=True, defaultValue="0.19"),
        link("products", "tax", "taxes")]),
    (None, [rename("products", "photo", "cover")]),
    ("Marks that nobody used", [remove("products", "tags"), remove("vouchers", "usedBy")]),
    ("Suppliers, 株式会社 included", [
        add_table("suppliers"),
        add("suppliers", "name", "string", notNull=True, defaultValue=""),
        add("suppliers", "contact", "email"),
        link("products", "supplier", "suppliers")]),
]


def hash_form(operation):
    """What of an operation the checksum covers, where that differs from the file."""
    (kind, body), = operation.items()
    if kind == "removeColumn":
        return {kind: {"name": body["column"], "table": body["table"]}}
    if kind == "addColumn":
        column = {k: v for k, v in body["column"].items() if k not in ("file", "file[]")}
        if column.get("defaultValue") == "":
            del column["defaultValue"]
        return {kind: {**body, "column": column}}
    return operation


def shop():
    parent = None
    for number, (title, operations) in enumerate(SHOP):
        record = {"id": identifier(number)}
        hashed = {"id": record["id"], "operations": [hash_form(o) for o in operations]}
        if parent:
            record["parentID"] = hashed["parentID"] = parent["id"]
            hashed["parentChecksum"] = parent["checksum"]
        record["checksum"] = "1:" + digest(hashed)
        record["operations"] = operations
        if title:
            record["title"] = title
        parent = record
        yield f"{record['id']}_{record['checksum'][2:10]}", record


# ---- pgroll


def column(name, kind, **more):
    return {"name": name, "type": kind, **more}


BLOG = [
    ("01_create_authors", [{"create_table": {"name": "authors", "columns": [
        column("id", "bigint", pk=True, generated={"identity": {"user_specified_values": "ALWAYS"}}),
        column("name", "text"),
        column("email", "text", unique=True)]}}]),
    ("02_create_posts", [{"create_table": {"name": "posts", "columns": [
        column("id", "bigint", pk=True),
        column("title", "varchar(200)"),
        column("body", "text", nullable=True),
        column("author", "bigint", references={
            "name": "posts_author_fk", "table": "authors", "column": "id",
            "on_delete": "CASCADE"})]}}]),
    ("03_slug", [{"add_column": {"table": "posts", "up": "lower(title)", "column": column(
        "slug", "text", nullable=True, comment="part of the address")}}]),
    ("04_index_slug", [{"create_index": {"name": "posts_slug_idx", "table": "posts",
                                         "columns": {"slug": {}}, "unique": True}}]),
    ("05_body_not_null", [{"alter_column": {
        "table": "posts", "column": "body", "nullable": False,
        "up": "coalesce(body, '')", "down": "body"}}]),
    ("06_comments", [
        {"create_table": {"name": "comments", "columns": [
            column("id", "bigint", pk=True),
            column("post", "bigint"),
            column("text", "text"),
            column("rating", "int", default="0", check={
                "name": "rating_range", "constraint": "rating BETWEEN 0 AND 5"})]}},
        {"create_constraint": {
            "table": "comments", "name": "one_text_a_post", "type": "unique",
            "columns": ["post", "text"],
            "up": {"post": "post", "text": "text"}, "down": {"post": "post", "text": "text"}}}]),
    ("07_rename_text", [{"rename_column": {"table": "comments", "from": "text", "to": "words"}}]),
    ("08_articles", [{"rename_table": {"from": "posts", "to": "articles"}}]),
    ("09_backfill", [{"sql": {"up": "UPDATE articles SET slug = 'naïve-☃' WHERE slug IS NULL",
                              "down": ""}}]),
    ("10_rename_check", [{"rename_constraint": {"table": "comments", "from": "rating_range",
                                                "to": "comments_rating_check"}}]),
    ("11_looser_comments", [{"drop_multicolumn_constraint": {
        "table": "comments", "name": "one_text_a_post",
        "up": {"post": "post", "words": "words"}, "down": {"post": "post", "words": "words"}}}]),
    ("12_any_rating", [{"drop_constraint": {"table": "comments", "name": "comments_rating_check",
                                            "up": "rating", "down": "least(rating, 5)"}}]),
    ("13_drop_index", [{"drop_index": {"name": "posts_slug_idx"}}]),
    ("14_replica_identity", [{"set_replica_identity": {
        "table": "articles", "identity": {"type": "full"}}}]),
    ("15_drop_rating", [{"drop_column": {"table": "comments", "column": "rating", "down": "0"}}]),
    ("16_no_comments", [{"drop_table": {"name": "comments"}}]),
]


def blog():
    parent = None
    for number, (name, operations) in enumerate(BLOG):
        hashed = {"name": name, "operations": operations}
        record = {"chainChecksum": None, "done": True,
                  "migration": {"name": name, "operations": operations},
                  "migrationType": "pgroll", "name": name}
        if number == 8:
            hashed["version_schema"] = "v9_backfill"
            record["migration"] = {"name": name, "version_schema": "v9_backfill",
                                   "operations": operations}
        if parent:
            record["parent"] = hashed["parent"] = parent["name"]
            hashed["parentChecksum"] = parent["chainChecksum"]
        record["schema"] = "public"
        record["startedAt"] = moment(number).strftime("%Y-%m-%dT%H:%M:%S") + ".25Z"
        record["chainChecksum"] = "2:" + digest(hashed)
        parent = record
        yield name, record


def write(directory, history):
    migrations = os.path.join(directory, ".xata", "migrations")
    os.makedirs(migrations, exist_ok=True)
    names = []
    for name, record in history:
        names.append(name)
        with open(os.path.join(migrations, name + ".json"), "w", encoding="utf-8") as f:
            f.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    with open(os.path.join(migrations, ".ledger"), "w", encoding="utf-8") as f:
        f.write("".join(name + "\n" for name in names))


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    write(os.path.join(directory, "shop"), shop())
    write(os.path.join(directory, "blog"), blog())


main()
