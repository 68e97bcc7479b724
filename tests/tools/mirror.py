#!/usr/bin/env python3
# mirror.py - a web server by HTTPS that has one file, for those who fetch it from there.
#   mirror.py CERTIFICATE KEY FILE    prints its port, then serves until it is ended
# What it does with a request stands in the first part of its path; each is a line on standard error, with the range asked for.
#   file       the file, from the byte asked for on
#   whole      the whole of it, whatever is asked for
#   chunked    the same, and its length is not told
#   longer     as chunked, with a byte more
#   large      the file, told to be a byte longer
#   other      another file of its length
#   shifted    from another byte on than asked for
#   cut        half of what is asked for, and an end
#   slow       as file, a piece after the other
#   silent     a head, and nothing more
#   dead       no answer at all
#   say-N      status N
#   away       301 to /file; to-http: to http; to-user: to an address with a password; loop: to itself; lost: to nowhere
import re
import socketserver
import ssl
import sys
import threading
import time

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
with open(sys.argv[3], "rb") as f:
    content = f.read()
never = threading.Event()


def head(status, length=None, *more):
    lines = [f"HTTP/1.1 {status} Said", "Connection: close", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def chunked(data):
    chunks = [data[i:i + 30000] for i in range(0, len(data), 30000)]
    return b"".join(f"{len(c):x}\r\n".encode("ascii") + c + b"\r\n" for c in chunks) + b"0\r\n\r\n"


def answer(word, begin, host):
    rest = content[begin:]
    ranged = f"Content-Range: bytes {begin}-{len(content) - 1}/{len(content)}"
    to = {"away": f"https://{host}/file", "to-http": f"http://{host}/file", "to-user": f"https://u:p@{host}/file",
          "loop": "/loop", "lost": "https://"}
    if word in to:
        return head(301, 0, f"Location: {to[word]}")
    if word.startswith("say-"):
        return head(int(word[4:]), 2, 'Proxy-Authenticate: Basic realm="p"') + b"no"
    if word in ("file", "slow"):
        return head(206, len(rest), ranged) + rest if begin < len(content) else head(416, 0)
    if word == "whole":
        return head(200, len(content)) + content
    if word == "chunked":
        return head(200, None, "Transfer-Encoding: chunked") + chunked(content)
    if word == "longer":
        return head(200, None, "Transfer-Encoding: chunked") + chunked(content + b"x")
    if word == "large":
        return head(206, len(rest) + 1, ranged) + rest + b"x"
    if word == "other":
        return head(200, len(content)) + bytes([content[0] ^ 1]) + content[1:]
    if word == "shifted":
        return head(206, len(rest), f"Content-Range: bytes {begin + 1}-{len(content)}/{len(content) + 1}") + rest
    if word == "cut":
        return head(206, len(rest), ranged) + rest[:len(rest) // 2]
    if word == "silent":
        return head(206, len(rest), ranged)
    return b"" if word == "dead" else head(404, 0)


class Mirror(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            with context.wrap_socket(self.request, server_side=True) as inside:
                self.serve(inside)
        except (OSError, ssl.SSLError):
            pass        # who does not like the certificate, or has enough, hangs up

    def serve(self, inside):
        lines = []
        stream = inside.makefile("rb", buffering=0)
        while not lines or lines[-1]:
            lines.append(stream.readline(8192).rstrip(b"\r\n").decode("ascii"))
        asked = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        word = lines[0].split(" ")[1].split("/")[1]
        found = re.match(r"bytes=(\d+)-", asked.get("range", ""))
        sys.stderr.write(f"{word} {asked.get('range', '-')}\n")
        said = answer(word, int(found.group(1)) if found else 0, asked.get("host", ""))
        size = 8000 if word == "slow" else len(said) + 1
        for i in range(0, len(said), size):
            inside.sendall(said[i:i + size])
            if word == "slow":
                time.sleep(0.2)
        if word in ("silent", "dead"):
            never.wait(120)
        inside.unwrap()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Mirror) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
