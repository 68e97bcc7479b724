#!/usr/bin/env python3
# password_server.py - an SSH server that takes passwords, as no sshd can be had to without accounts of the system.
#   password_server.py HOST_KEY PASSWORD_FILE LOG PROGRAM KIND ADDRESS...
# Prints its port, the same at each loopback address, then serves until it is ended. What it is asked runs as
# `PROGRAM COMMAND`; it is a bastion, too. Each offer of a credential is a line of LOG, without the credential.
# KIND: password      by the method of that name
#       interactive   asks one hidden question, then one without any, as PAM does
#       two, echo     asks two questions; one that is shown
#       again         asks a hidden question, then another one
#       code          asks a hidden question, then a shown one for a code, which is the password backwards
#       empty         asks two questions without a word
#       endless       asks without any question for ever
#       hangup        asks a hidden question, and hangs up when it is answered
#       cut           hangs up on the password itself
#       expired       takes the password and wants a new one
#       more          takes the password and wants a key besides
#       key           takes no password at all
#       open          lets everybody in
import select
import socket
import subprocess
import sys
import threading

import paramiko
from paramiko import auth_handler, common, message

host_key = paramiko.Ed25519Key.from_private_key_file(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as f:
    secret = f.read().rstrip("\n")
log = open(sys.argv[3], "a", buffering=1, encoding="utf-8")
program, kind, addresses = sys.argv[4], sys.argv[5], sys.argv[6:]
METHODS = {"password": "password,keyboard-interactive", "expired": "password", "key": "publickey",
           "more": "password", "cut": "password", "open": "none"}
EXPIRED = -1
send_result = auth_handler.AuthHandler._send_auth_result


def send_result_or_ask(self, username, method, result):
    """Of the message that asks for a new password paramiko's server knows nothing."""
    if result != EXPIRED:
        return send_result(self, username, method, result)
    m = message.Message()
    m.add_byte(common.cMSG_USERAUTH_INFO_REQUEST)       # 60 means both
    m.add_string("Your password has expired.")
    m.add_string("")
    self.transport._send_message(m)


auth_handler.AuthHandler._send_auth_result = send_result_or_ask


class Server(paramiko.ServerInterface):
    def __init__(self, where):
        self.where = where
        self.rounds = 0
        self.partly = False

    def judge(self, method, given):
        right = given == secret
        log.write(f"{self.where} {method} {'right' if right else 'wrong'}\n")
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "publickey" if self.partly else METHODS.get(kind, "keyboard-interactive")

    def check_auth_none(self, username):
        return paramiko.AUTH_SUCCESSFUL if kind == "open" else paramiko.AUTH_FAILED

    def check_auth_password(self, username, password):
        result = self.judge("password", password)
        if kind == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
        if result == paramiko.AUTH_SUCCESSFUL and kind == "expired":
            return EXPIRED
        if result == paramiko.AUTH_SUCCESSFUL and kind == "more":
            self.partly = True
            return paramiko.AUTH_PARTIALLY_SUCCESSFUL
        return result

    def check_auth_interactive(self, username, submethods):
        if kind == "two":
            return paramiko.InteractiveQuery("", "", ("Password: ", False), ("Code: ", False))
        if kind == "empty":
            return paramiko.InteractiveQuery("", "", ("", False), ("", False))
        if kind == "endless":
            return paramiko.InteractiveQuery("", "once more")
        if kind == "echo":
            return paramiko.InteractiveQuery("", "", ("What is your \x1b[2J name? ", True))
        return paramiko.InteractiveQuery("", "welcome", ("Password: ", False))

    def check_auth_interactive_response(self, responses):
        self.rounds += 1
        if kind == "endless":
            return paramiko.InteractiveQuery("", "once more")
        if self.rounds == 2 and kind == "interactive":
            return paramiko.AUTH_SUCCESSFUL
        if self.rounds == 2 and kind == "code":
            return self.judge("code", responses[0][::-1])
        result = self.judge("interactive", responses[0] if len(responses) == 1 else responses)
        if kind == "hangup":
            self.connection.shutdown(socket.SHUT_RDWR)
            return paramiko.AUTH_FAILED
        if result == paramiko.AUTH_SUCCESSFUL and kind == "again":
            return paramiko.InteractiveQuery("", "", ("Verification code: ", False))
        if result == paramiko.AUTH_SUCCESSFUL and kind == "code":
            return paramiko.InteractiveQuery("", "", ("Verification code: ", True))
        if result == paramiko.AUTH_SUCCESSFUL and kind == "interactive":
            return paramiko.InteractiveQuery("", "last login: never")
        return result

    def check_channel_request(self, kind_of_channel, number):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=run, args=(channel, command), daemon=True).start()
        return True

    def check_channel_direct_tcpip_request(self, number, origin, destination):
        self.destination = destination
        return paramiko.OPEN_SUCCEEDED


def run(channel, command):
    with subprocess.Popen([program, *command.decode().split()], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        threading.Thread(target=feed, args=(channel, child.stdin), daemon=True).start()
        while data := child.stdout.read1(16384):
            channel.sendall(data)
        channel.send_exit_status(child.wait())
    channel.close()


def feed(channel, out):
    try:
        while data := channel.recv(16384):
            out.write(data)
            out.flush()
        out.close()
    except OSError:
        pass


def carry(channel, destination):
    with socket.create_connection(destination) as other:
        while True:
            ready = select.select([channel, other], [], [])[0]
            if channel in ready:
                data = channel.recv(16384)
                if not data:
                    break
                other.sendall(data)
            if other in ready:
                data = other.recv(16384)
                if not data:
                    break
                channel.sendall(data)
    channel.close()


def serve(connection, where):
    transport = paramiko.Transport(connection)
    transport.add_server_key(host_key)
    server = Server(where)
    server.connection = connection
    try:
        transport.start_server(server=server)
        while transport.is_active():
            channel = transport.accept(1)
            if channel and hasattr(server, "destination"):
                threading.Thread(target=carry, args=(channel, server.destination), daemon=True).start()
    except (paramiko.SSHException, EOFError, OSError):
        pass


def listen():
    """One port at all addresses: whichever is free everywhere."""
    while True:
        sockets, port = [], 0
        try:
            for address in addresses:
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind((address, port))
                port = s.getsockname()[1]
                s.listen(100)
                sockets.append(s)
            return sockets, port
        except OSError:
            for s in sockets:
                s.close()


listening, chosen = listen()
print(chosen, flush=True)
while True:
    for ready in select.select(listening, [], [])[0]:
        accepted, _ = ready.accept()
        threading.Thread(target=serve, args=(accepted, accepted.getsockname()[0]), daemon=True).start()
