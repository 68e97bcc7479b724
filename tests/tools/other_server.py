#!/usr/bin/env python3
# other_server.py - the way to a server of TLS, until another answers there
#   other_server.py PORT COUNT CERTIFICATE KEY HEARD [FORGOTTEN]    prints its port, then serves until it is ended
# The first COUNT connections lead to PORT of the same address. With those that come later TLS is spoken here, with that
# certificate: whatever a client says to it goes to the file HEARD, and is answered with nothing.
# The file FORGOTTEN is removed before.
import os
import socket
import ssl
import sys
import threading

port, count, heard = int(sys.argv[1]), int(sys.argv[2]), sys.argv[5]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])


def carry(source, to):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        to.close()


def lead(client):
    server = socket.create_connection((client.getsockname()[0], port))
    threading.Thread(target=carry, args=(server, client), daemon=True).start()
    carry(client, server)


def hear(client):
    print("another answers", file=sys.stderr, flush=True)
    if len(sys.argv) > 6 and os.path.exists(sys.argv[6]):
        os.remove(sys.argv[6])
    try:
        with context.wrap_socket(client, server_side=True) as inside:
            said = inside.recv(65536)
            with open(heard, "ab") as file:
                file.write(said)
    except (OSError, ssl.SSLError):
        pass        # who does not like the certificate hangs up


listener = socket.create_server(("0.0.0.0", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    threading.Thread(target=lead if count > 0 else hear, args=(client,), daemon=True).start()
    count -= 1
