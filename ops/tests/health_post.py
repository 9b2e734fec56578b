"""For ops/tests/health-check.sh, in the folder that is named: a mail server that takes mail of who has the password:
at the port in `post` TLS from the first byte, at the one in `post_plain` from STARTTLS on, which it offers unless the file
`no_tls` is there. Who is named in the file `refused` gets none. What it took is in the file `mails`."""

import base64
import os
import socketserver
import ssl
import sys
import threading

KNOWN = b"\0alerts@clinic\0pass/word"


class Post(socketserver.StreamRequestHandler):
    def setup(self):
        self.secure = False
        if self.server is secure:
            self.begin_tls()
        super().setup()

    def begin_tls(self):
        self.request = context.wrap_socket(self.request, server_side=True)
        self.secure = True

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def hear(self):
        line = self.rfile.readline()
        assert line.endswith(b"\r\n"), line
        return line.decode().rstrip("\r\n")

    def handle(self):
        known, mail = False, []
        self.say("220 post")
        while (line := self.hear()) != "QUIT":
            if line.startswith("EHLO"):
                if not self.secure and not os.path.exists("no_tls"):
                    self.say("250-STARTTLS")
                self.say("250 AUTH PLAIN")
            elif line == "STARTTLS":
                self.say("220 go on")
                self.begin_tls()
                super().setup()
            elif line == "AUTH PLAIN":
                self.say("334 ")
                known = base64.b64decode(self.hear()) == KNOWN
                self.say("235 known" if known else "535 unknown")
            elif not known:
                self.say("530 sign in")
            elif line == "DATA":
                self.say("354 go on")
                while (line := self.hear()) != ".":
                    mail.append(line)
                open("mails", "a").write("\n".join([*mail, "===="]) + "\n")
                self.say("250 taken")
            elif line.startswith("RCPT TO:") and refused(line):
                self.say("550 no such person")
            else:
                mail.append(line)
                self.say("250 well")
        self.say("221 bye")

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass


def refused(line):
    return os.path.exists("refused") and open("refused").read().strip() in line


class Server(socketserver.ThreadingTCPServer):
    def handle_error(self, request, client_address):
        """Who does not trust the certificate hangs up."""


os.chdir(sys.argv[1])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("post.pem")
secure, plain = Server(("127.0.0.1", 0), Post), Server(("127.0.0.1", 0), Post)
open("post_plain", "w").write(str(plain.server_address[1]))
open("post", "w").write(str(secure.server_address[1]))
threading.Thread(target=plain.serve_forever, daemon=True).start()
secure.serve_forever()
