#!/usr/bin/env python3
# bad_bastion.py - a bastion that no sshd would be, for the scenarios of the transport. Lets any key in, and takes 32 KB ahead
# a channel, as little as may be.
#   bad_bastion.py HOST_KEY PORT    prints its port, then serves until it is ended
# What is asked for at 127.0.0.1 is carried as it should be. Other addresses lead to PORT of 127.0.0.1 too, but:
#   127.0.0.2    reads 20,000 bytes of us and no more
#   127.0.0.3    nor does it ever agree to the channel's end
#   127.0.0.4    sends without end, whatever the window is
#   127.0.0.5    ends the line instead of an answer
#   127.0.0.6    says something and ends the line when the channel has ended
#   127.0.0.7    has no room for it
# What keeps the line alive is a line of standard error.
import select
import socket
import sys
import threading
import time

import paramiko
from paramiko import channel as paramiko_channel
from paramiko import common, message

port = int(sys.argv[2])
STOPS, MUTE, FLOODS, FALLS, ENDS, FULL = (f"127.0.0.{i}" for i in range(2, 8))
handle_close = paramiko_channel.Channel._handle_close
asked = {}              # channels to where they lead


def close_or_not(self, m):
    if asked.get((id(self.transport), self.chanid)) != MUTE:
        handle_close(self, m)


paramiko_channel.Channel._handle_close = close_or_not
paramiko.Transport._channel_handler_table[common.MSG_CHANNEL_CLOSE] = close_or_not


class Server(paramiko.ServerInterface):
    def __init__(self, transport):
        self.transport = transport

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username):
        return "publickey"

    def check_global_request(self, kind, m):
        print(kind, file=sys.stderr, flush=True)
        return False

    def check_channel_direct_tcpip_request(self, number, origin, destination):
        if destination[0] == FALLS:
            self.transport.sock.shutdown(socket.SHUT_RDWR)
        if destination[0] == FULL:
            return paramiko.OPEN_FAILED_RESOURCE_SHORTAGE
        asked[(id(self.transport), number)] = destination[0]
        return paramiko.OPEN_SUCCEEDED


def flood(transport, channel):
    m = message.Message()
    m.add_byte(common.cMSG_CHANNEL_DATA)
    m.add_int(channel.remote_chanid)
    m.add_string(b"x" * 30000)
    while transport.is_active():
        transport._send_user_message(m)


def carry(transport, channel):
    where = asked[(id(transport), channel.chanid)]
    left = 20000 if where in (STOPS, MUTE) else 1 << 60
    if where == FLOODS:
        flood(transport, channel)
    with socket.create_connection(("127.0.0.1", port)) as other:
        while transport.is_active():
            ready = select.select([channel, other] if left > 0 else [other], [], [], 1)[0]
            if channel in ready:
                data = channel.recv(min(left, 32768))
                left -= len(data)
                if not data:
                    break
                other.sendall(data)
            if other in ready:
                data = other.recv(32768)
                if not data:
                    break
                channel.sendall(data)
    channel.close()
    if where == ENDS:
        time.sleep(0.3)         # until the other side has closed it, too
        transport.send_ignore(20)
        transport.sock.shutdown(socket.SHUT_RDWR)


def serve(client, key):
    transport = paramiko.Transport(client, default_window_size=32768)
    transport.add_server_key(key)
    try:
        transport.start_server(server=Server(transport))
        while transport.is_active():
            channel = transport.accept(1)
            if channel:
                threading.Thread(target=carry, args=(transport, channel), daemon=True).start()
    except (paramiko.SSHException, EOFError, OSError):
        pass


def main():
    key = paramiko.Ed25519Key(filename=sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, key), daemon=True).start()


main()
