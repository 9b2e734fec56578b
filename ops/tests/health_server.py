"""For ops/tests/health-check.sh, in the folder that is named. GET /health answers as the server does, with the status and
the queue of the files `status` and `queue`. POST is written down in `hooks`, unless the file `deaf` is there."""

import http.server
import json
import os
import socket
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/beat":
            open("beats", "a").write("beat\n")
            return self.answer(200)
        services = {
            "database": "connected",
            "api": "running",
            "queue": json.load(open("queue")),
            "backup": {"age_s": None, "drill_age_s": None},
        }
        health = {"status": "healthy", "timestamp": "2026-11-27T22:00:00Z", "services": services}
        self.answer(int(open("status").read()), json.dumps(health, separators=(",", ":")))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if os.path.exists("deaf"):
            return self.answer(500)
        open("hooks", "a").write(body + "\n")
        self.answer(200)

    def answer(self, status, body=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


os.chdir(sys.argv[1])
# Takes connections and never says a word: as good as off.
mute = socket.create_server(("127.0.0.1", 0))
open("mute", "w").write(str(mute.getsockname()[1]))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open("port", "w").write(str(server.server_port))
server.serve_forever()
