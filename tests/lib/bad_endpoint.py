"""An endpoint that misbehaves in one way: bad_endpoint.py KIND URL-FILE LOG."""

import http.server
import os
import sys
import time

KIND, URL_FILE, LOG = sys.argv[1:]
EMPTY_BRANCH = (
    b'{"databaseName":"shop","branchName":"main","format":"v1","head":null,"endpoint":"xatad/0"}'
)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def answer(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", headers.pop("content_type", "application/json"))
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        Handler.asked += 1
        getattr(self, "on_" + KIND)()

    do_POST = do_GET

    def on_html(self):
        self.answer(200, b"<html><h1>Hello</h1></html>", content_type="text/html")

    def on_empty(self):
        self.answer(200, b"")

    def on_redirect(self):
        self.answer(302, b"{}", Location="http://127.0.0.1:1/elsewhere")

    def on_silent(self):
        time.sleep(30)

    def on_drop(self):
        self.close_connection = True
        self.connection.close()

    def on_unavailable(self):
        self.answer(503, b'{"message":"down"}')

    def on_busy(self):
        if Handler.asked <= 2:
            self.answer(429, b'{"message":"slow down"}', x_ratelimit_reset="1")
        else:
            self.answer(200, EMPTY_BRANCH)

    def on_deep(self):
        self.answer(200, b"[" * 100000)

    def on_huge(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" " * 65536)
        except OSError:
            self.close_connection = True

    def on_terminal(self):
        self.answer(400, b'{"message":"\\u001b[31mred\\u0007"}')

    def log_message(self, *args):
        with open(LOG, "a") as log:
            log.write(self.requestline + "\n")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(URL_FILE + ".new", "w") as f:
    f.write("http://127.0.0.1:%d" % server.server_port)
os.rename(URL_FILE + ".new", URL_FILE)
server.serve_forever()
