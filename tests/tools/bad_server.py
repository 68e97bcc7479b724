#!/usr/bin/env python3
# bad_server.py - SSH servers that no sshd would be, for the scenarios of the transport. Lets any key in.
#   bad_server.py HOST_KEY KIND    prints its port, then serves until it is ended
# KIND: modulus    names a modulus of 16,384 bits when group exchange is asked for
#       rekey      changes keys without end once it was asked to run a command
#       signal     ends the command by an exit-signal whose name is said to be longer than its message
#       unnamed    by an exit-signal without a name
#       escape     by one whose name has control characters
#       huge       says that the name has 2 GB, a hundred times
#       banner     greets before sign-in, ends by a disconnect whose reason is said to be longer than it is
import os
import socket
import sys
import threading
import time

import paramiko
from paramiko import common, kex_gex, kex_group1, message

kind = sys.argv[2]
MODULUS_BITS = 16384


class Moduli:
    """Any odd number will do: who computes with it is what is looked at."""
    modulus = int.from_bytes(b"\xff" + os.urandom(MODULUS_BITS // 8 - 2) + b"\xff", "big")

    def get_modulus(self, smallest, preferred, largest):
        return 2, self.modulus


def small_exponent(self):
    """As a server that has time for a hundred of us."""
    self.x = 65537


kex_gex.KexGex._generate_x = small_exponent
kex_group1.KexGroup1._generate_x = small_exponent


class Server(paramiko.ServerInterface):
    def __init__(self):
        self.asked = threading.Event()
        self.channel = None

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username):
        return "publickey"

    def get_banner(self):
        return ("\x1b[2J" + "hello\r\n" * 20, "en") if kind == "banner" else (None, None)

    def check_channel_request(self, kind_of_channel, number):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.channel = channel
        self.asked.set()
        return True


def exit_signal(transport, channel, said_len, name):
    m = message.Message()
    m.add_byte(common.cMSG_CHANNEL_REQUEST)
    m.add_int(channel.remote_chanid)
    m.add_string("exit-signal")
    m.add_boolean(False)
    m.add_int(said_len)
    m.add_bytes(name)
    m.add_bytes(b"\0" * 16)
    transport._send_user_message(m)


def disconnect(transport):
    m = message.Message()
    m.add_byte(common.cMSG_DISCONNECT)
    m.add_int(11)
    m.add_int(0x7fffffff)
    m.add_bytes(b"\x1b]0;bye")
    transport._send_message(m)


def work(transport, server):
    if not server.asked.wait(30):
        return
    channel = server.channel
    if kind == "rekey":
        while transport.is_active():
            transport.renegotiate_keys()
        return
    time.sleep(0.1)     # the reply to the request goes first
    if kind == "banner":
        disconnect(transport)
        time.sleep(1)
        return
    if kind == "signal":
        exit_signal(transport, channel, 200, b"KILL")
    elif kind == "unnamed":
        exit_signal(transport, channel, 0, b"")
    elif kind == "escape":
        exit_signal(transport, channel, 12, b"\x1b]0;x\x07\n\xff\xfe\0!")
    elif kind == "huge":
        for _ in range(100):
            exit_signal(transport, channel, 0x7fffffff, b"KILL")
    channel.close()
    time.sleep(2)       # until the other side has read it


def serve(client, key):
    transport = paramiko.Transport(client)
    transport.add_server_key(key)
    if kind == "modulus":
        transport._modulus_pack = paramiko.Transport._modulus_pack = Moduli()
        transport._preferred_kex = ("diffie-hellman-group-exchange-sha256",)
    if kind == "rekey":
        transport._preferred_kex = ("diffie-hellman-group16-sha512",)
    server = Server()
    try:
        transport.start_server(server=server)
        work(transport, server)
    except Exception:   # the client has gone
        pass
    finally:
        transport.close()


def main():
    key = paramiko.Ed25519Key(filename=sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, key), daemon=True).start()


main()
