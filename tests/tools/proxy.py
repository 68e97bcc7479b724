#!/usr/bin/env python3
# proxy.py - a little web proxy, and behind it a server that speaks TLS, for those who ask names through one.
#   proxy.py CERTIFICATE KEY    prints its port, then serves until it is ended
# What it does with a name stands in the name's first label: refuse-N answers CONNECT with status N, hang with
# nothing, and for all others, whatever they are called, it opens a tunnel to the server. That says N where the
# label is say-N, and 200 otherwise. Each CONNECT is a line on standard error.
import re
import socketserver
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])


def head_of(stream):
    """A request up to its empty line; its first line."""
    lines = []
    while True:
        line = stream.readline(8192).rstrip(b"\r\n")
        if not line:
            return lines[0].decode("ascii") if lines else ""
        lines.append(line)


def answer(connection, status):
    more = 'Proxy-Authenticate: Basic realm="p"\r\n' if status == 407 else ""
    text = f"HTTP/1.1 {status} Said\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\nno"
    connection.sendall(text.encode("ascii"))


def status_in(word, name):
    found = re.match(word + r"-(\d+)\.", name)
    return int(found.group(1)) if found else None


class Proxy(socketserver.BaseRequestHandler):
    def handle(self):
        asked = head_of(self.request.makefile("rb", buffering=0)).split(" ")
        if asked[0] != "CONNECT":
            answer(self.request, 403)
            return
        name = asked[1].split(":")[0]
        sys.stderr.write(f"CONNECT {name}\n")  # in one piece, beside other threads
        status = status_in("refuse", name)
        if status:
            answer(self.request, status)
        elif name.startswith("hang."):
            self.request.recv(1)
        else:
            self.request.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
            self.serve(name)

    def serve(self, name):
        try:
            with context.wrap_socket(self.request, server_side=True) as inside:
                if head_of(inside.makefile("rb", buffering=0)):
                    answer(inside, status_in("say", name) or 200)
                inside.unwrap()
        except (OSError, ssl.SSLError):
            pass        # who does not like the certificate hangs up


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Proxy) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
