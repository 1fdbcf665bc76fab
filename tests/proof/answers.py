"""What every answer of the server must be, whoever asked for whatever."""

import json
import re

HEADERS = {"x-request-id", "server", "cache-control", "content-type", "content-length", "date",
           "connection", "allow", "location", "www-authenticate", "retry-after", "vary",
           "content-encoding", "transfer-encoding"}
IDS = {"invalid", "unknown_migration", "no_active_migration", "unauthorized", "forbidden",
       "not_found", "method_not_allowed", "conflict", "modified", "active_migration", "limit",
       "exists", "internal", "busy", "no_space", "timeout"}
# What would tell an attacker how the inside looks; none of it is in what the tests send.
INSIDE = re.compile(
    rb"sqlite|no such (table|column)|constraint failed|near \"|prepared|jansson|gnutls|microhttpd|"
    rb"openssl|libc|errno|\.c:\d|src/|/tmp/|/var/|/home/|/root|xatad\.db|0x[0-9a-f]{6}|"
    rb"stack|backtrace|assert|segment (of|from)|rowid|sha-?256|Traceback", re.I)


def wrong_with(answer, request=b""):
    """None, or what an answer has or lacks; request: what was sent, which it may repeat."""
    names = [n.lower() for n, _ in answer.headers]
    headers = dict(zip(names, (v for _, v in answer.headers)))
    if set(names) - HEADERS:
        return "unknown headers: %s" % (set(names) - HEADERS)
    if len(set(names)) != len(names):
        return "a header twice: %s" % names
    if headers.get("server", "").count("/") != 1 or not headers["server"].startswith("xatad/"):
        return "Server: %s" % headers.get("server")
    if any(n not in headers for n in ("x-request-id", "cache-control")):
        return "headers missing: %s" % names
    found = INSIDE.search(answer.body)
    if found and found.group(0).lower() not in request.lower():
        return "it tells of the inside: %r" % found.group(0)
    if answer.status >= 500 and answer.status not in (501, 503, 505):
        return "status %d" % answer.status
    return wrong_body(answer) if answer.status >= 400 else None


def wrong_body(answer):
    try:
        body = json.loads(answer.body)
    except ValueError:
        return "an error that is no JSON: %r" % answer.body[:200]
    if not isinstance(body, dict) or set(body) - {"head"} != {"id", "message"}:
        return "an error that is not {id, message}: %r" % answer.body[:200]
    if body["id"] not in IDS:
        return "an id that nobody knows: %r" % body["id"]
    if len(body["message"]) > 1000 or any(ord(c) < 32 for c in body["message"]):
        return "a message that is long or has control characters: %r" % body["message"][:200]
    return None
