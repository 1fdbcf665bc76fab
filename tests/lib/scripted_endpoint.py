"""Answers from a script and writes down what was asked: scripted_endpoint.py SCRIPT URL-FILE LOG.

SCRIPT is a JSON object: "GET /dbs/shop": {"status": 200, "body": …} or a list of such answers, given
one after the other, the last one again and again. "text" in place of "body" is sent as HTML. A
request without an answer in the script gets 404. When the file changes, the new script counts. LOG
gets a JSON object a line: method, path, body, and whether there was a key.
"""

import http.server
import json
import os
import sys

SCRIPT_FILE, URL_FILE, LOG = sys.argv[1:]


class Script:
    text = None
    answers = {}

    @classmethod
    def answer(cls, request):
        with open(SCRIPT_FILE) as f:
            text = f.read()
        if text != cls.text:
            cls.text, cls.answers = text, json.loads(text)
        answer = cls.answers.get(request)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return answer or {"status": 404, "body": {"message": "not in the script: " + request}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length).decode()
        entry = {
            "method": self.command,
            "path": self.path,
            "body": json.loads(text) if text else None,
            "key": "Authorization" in self.headers,
        }
        with open(LOG, "a") as log:
            log.write(json.dumps(entry) + "\n")
        self.answer(Script.answer("%s %s" % (self.command, self.path)))

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def answer(self, answer):
        status = answer.get("status", 200)
        html = "text" in answer
        body = answer["text"] if html else json.dumps(answer.get("body", {}))
        data = b"" if status == 204 else body.encode()
        self.send_response(status)
        if data:
            self.send_header("Content-Type", "text/html" if html else "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(URL_FILE + ".new", "w") as f:
    f.write("http://127.0.0.1:%d" % server.server_port)
os.rename(URL_FILE + ".new", URL_FILE)
server.serve_forever()
