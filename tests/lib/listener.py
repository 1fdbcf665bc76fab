#!/usr/bin/env python3
"""Listens on a free port of loopback and writes down what arrives, before it answers.

    listener.py PORT-FILE RECORD [LOCATION]

Every request goes to RECORD as it came, headers and body. The answer is 401, or with LOCATION a
redirect to LOCATION and the path asked for. PORT-FILE receives the port when it listens.
"""
import http.server
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with open(sys.argv[2], "ab") as record:
            record.write((self.requestline + "\n" + str(self.headers)).encode() + body + b"\n")
        text = b'{"message":"invalid API key"}'
        if len(sys.argv) > 3:
            self.send_response(307)
            self.send_header("Location", sys.argv[3] + self.path)
        else:
            self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as ready:
    ready.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
