#!/usr/bin/python3
# wsman_peers.py - whether a request of ours is what others send for the same: pywinrm for all but
# Send, which Debian's pywinrm has not, so that of Ansible's connection. Both are read as XML and
# compared as trees; the order of siblings, which is of no meaning in SOAP's headers, is not.
#   wsman_peers.py OP FILE      0 the same, 1 not (said on standard output), 77 nobody to compare with
# What both are asked is fixed: test_wsman_request.c asks the same.
import sys
import uuid
import xml.etree.ElementTree as ET

try:
    from winrm.protocol import Protocol
except ImportError:
    sys.exit(77)

SHELL = "11111111-2222-4333-8444-555555555555"
COMMAND = "66666666-7777-4888-9999-AAAAAAAAAAAA"
MESSAGE = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
WSA = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"


class Sent(Exception):
    """Raised in the place of sending, with what would be sent."""


class Wire:
    def send_message(self, message):
        raise Sent(message)

    def close_session(self):
        pass


def send(protocol):
    try:
        from ansible.plugins.connection.winrm import Connection
    except ImportError:
        sys.exit(77)
    Connection._winrm_send_input(None, protocol, SHELL, COMMAND, b"two\nlines\n", eof=True)


CALLS = {
    "Create": lambda p: p.open_shell(codepage=65001, idle_timeout="PT90S"),
    "Command": lambda p: p.run_command(SHELL, "powershell.exe", ["-NoProfile -X <&>\"' \u00e4"],
                                       console_mode_stdin=False),
    "Send": send,
    "Receive": lambda p: p._raw_get_command_output(SHELL, COMMAND),
    "Signal": lambda p: p.cleanup_command(SHELL, COMMAND),
    "Delete": lambda p: p.close_shell(SHELL),
}


def theirs(op):
    uuid.uuid4 = lambda: uuid.UUID(MESSAGE)
    protocol = Protocol("http://windows-host:5985/wsman", "plaintext", "user", "none",
                        operation_timeout_sec=20, read_timeout_sec=30)
    protocol.transport = Wire()
    try:
        CALLS[op](protocol)
    except Sent as sent:
        return sent.args[0]
    raise SystemExit("nothing was sent")


def tree(element):
    attributes = dict(element.attrib)
    # pywinrm writes it without its namespace, where it says nothing
    if SOAP + "mustUnderstand" in attributes:
        attributes["mustUnderstand"] = attributes.pop(SOAP + "mustUnderstand")
    children = sorted(tree(child) for child in element)
    return (element.tag, (element.text or "").strip(), tuple(sorted(attributes.items())), tuple(children))


def lines(node, depth=0):
    tag, text, attributes, children = node
    yield "  " * depth + " ".join([tag] + ["%s=%s" % a for a in attributes] + [text])
    for child in children:
        yield from lines(child, depth + 1)


op, path = sys.argv[1:]
ours = tree(ET.parse(path).getroot())
other = tree(ET.fromstring(theirs(op)))
if ours == other:
    sys.exit(0)
print("ours and theirs differ in:")
for line in sorted(set(lines(ours)) ^ set(lines(other))):
    print(("-" if line in set(lines(other)) else "+") + line)
sys.exit(1)
