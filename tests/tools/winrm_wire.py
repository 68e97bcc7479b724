# winrm_wire.py - requests as MS-WSMV 4.7 shows them, as text, and answers taken apart: what the tests of the
# simulated WinRM server (tests/fleet/wsman) speak. Knows nothing of that server, and nothing of marshal's client.
import base64
import http.client
import json
import os
import re
import ssl
import sys
import uuid
import xml.etree.ElementTree as ET

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
MICROSOFT = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ACTION = {"Create": TRANSFER + "/Create", "Delete": TRANSFER + "/Delete", "Command": SHELL + "/Command",
          "Send": SHELL + "/Send", "Receive": SHELL + "/Receive", "Signal": SHELL + "/Signal"}
OPTIONS = {"Create": {"WINRS_NOPROFILE": "TRUE", "WINRS_CODEPAGE": "437"},
           "Command": {"WINRS_CONSOLEMODE_STDIN": "TRUE", "WINRS_SKIP_CMD_SHELL": "FALSE"}}
bad = 0


def report(text, good, why=""):
    global bad
    print(("ok - " if good else "not ok - ") + text)
    if not good:
        bad += 1
        print(why)


def settings():
    """What the scenario says, in the environment: address, port, ca, user, password."""
    return json.loads(os.environ["WINRM"])


def header(operation, shell=None, to="https://localhost:5986/wsman"):
    selectors = '<wsman:SelectorSet><wsman:Selector Name="ShellId">%s</wsman:Selector></wsman:SelectorSet>' % shell
    options = "".join('<wsman:Option Name="%s">%s</wsman:Option>' % o for o in OPTIONS.get(operation, {}).items())
    return """<s:Header><wsa:To>%s</wsa:To>
<wsman:ResourceURI s:mustUnderstand="true">%s/cmd</wsman:ResourceURI>
<wsa:ReplyTo><wsa:Address s:mustUnderstand="true">%s/role/anonymous</wsa:Address></wsa:ReplyTo>
<wsa:Action s:mustUnderstand="true">%s</wsa:Action>
<wsman:MaxEnvelopeSize s:mustUnderstand="true">153600</wsman:MaxEnvelopeSize>
<wsa:MessageID>uuid:%s</wsa:MessageID>
<wsman:Locale xml:lang="en-US" s:mustUnderstand="false" />
%s%s<wsman:OperationTimeout>PT5.000S</wsman:OperationTimeout></s:Header>""" % (
        to, SHELL, WSA, ACTION[operation], str(uuid.uuid4()).upper(), selectors if shell else "",
        "<wsman:OptionSet>%s</wsman:OptionSet>" % options if options else "")


def envelope(operation, body, shell=None):
    return """<s:Envelope xmlns:s="%s" xmlns:wsa="%s" xmlns:wsman="%s" xmlns:rsp="%s">
%s<s:Body>%s</s:Body></s:Envelope>""" % (SOAP, WSA, WSMAN, SHELL, header(operation, shell), body)


def create(streams=("stdin", "stdout stderr")):
    return envelope("Create", "<rsp:Shell><rsp:InputStreams>%s</rsp:InputStreams><rsp:OutputStreams>%s"
                    "</rsp:OutputStreams></rsp:Shell>" % streams)


def command(shell, line, arguments=()):
    more = "".join("<rsp:Arguments>%s</rsp:Arguments>" % a for a in arguments)
    return envelope("Command", "<rsp:CommandLine><rsp:Command>%s</rsp:Command>%s</rsp:CommandLine>" % (line, more), shell)


def send(shell, command_id, data, end=False):
    return envelope("Send", '<rsp:Send><rsp:Stream Name="stdin" CommandId="%s"%s>%s</rsp:Stream></rsp:Send>' % (
        command_id, ' End="true"' if end else "", base64.b64encode(data).decode()), shell)


def receive(shell, command_id, streams="stdout stderr"):
    return envelope("Receive", '<rsp:Receive><rsp:DesiredStream CommandId="%s">%s</rsp:DesiredStream></rsp:Receive>' % (
        command_id, streams), shell)


def signal(shell, command_id, code="terminate"):
    return envelope("Signal", '<rsp:Signal CommandId="%s"><rsp:Code>%s/signal/%s</rsp:Code></rsp:Signal>' % (
        command_id, SHELL, code), shell)


def delete(shell):
    return envelope("Delete", "", shell)


def timeout(text, duration):
    return text.replace("PT5.000S", duration)


class Answer:
    """status, headers; root of the XML or None; of a fault its subcode, code (a number) and text."""
    def __init__(self, status, headers, data):
        self.status, self.headers, self.data = status, headers, data
        self.root = self.subcode = self.code = self.text = self.detail = None
        if "soap+xml" not in (headers.get("Content-Type") or ""):
            return
        try:
            self.root = ET.fromstring(data)
        except ET.ParseError:
            return
        fault = self.root.find(".//{%s}Fault" % SOAP)
        if fault is not None:
            self.subcode = (fault.findtext("{%s}Code/{%s}Subcode/{%s}Value" % (SOAP, SOAP, SOAP)) or
                            fault.findtext("{%s}Code/{%s}Value" % (SOAP, SOAP)))
            self.code = int(fault.find(".//{%s}WSManFault" % FAULT).get("Code"))
            self.text = fault.findtext(".//{%s}Message" % FAULT)
            self.detail = fault.findtext(".//{%s}FaultDetail" % WSMAN)

    def find(self, path):
        return self.root.findtext(".//" + path) if self.root is not None else None

    def said(self):
        return "%s %s %s" % (self.status, self.subcode, self.code)

    def shell(self):
        return self.find("{%s}Selector[@Name='ShellId']" % WSMAN)

    def command(self):
        return self.find("{%s}CommandId" % SHELL)

    def stream(self, name):
        return b"".join(base64.b64decode(e.text or "") for e in self.root.iter("{%s}Stream" % SHELL)
                        if e.get("Name") == name)

    def state(self):
        for e in self.root.iter("{%s}CommandState" % SHELL):
            return e.get("State").rsplit("/", 1)[1]
        return None

    def exit(self):
        return self.find("{%s}ExitCode" % SHELL)


class Wire:
    """One connection, kept as long as the server keeps it."""
    def __init__(self, user=None, password=None, address=None, port=None):
        s = settings()
        self.context = ssl.create_default_context(cafile=s["ca"])
        self.address, self.port = address or s["address"], port or s["port"]
        self.basic = base64.b64encode(("%s:%s" % (user or s["user"], password or s["password"])).encode()).decode()
        self.connection = None

    def headers(self):
        return {"Content-Type": "application/soap+xml;charset=UTF-8", "Authorization": "Basic " + self.basic}

    def connect(self):
        if not self.connection:
            self.connection = http.client.HTTPSConnection(self.address, self.port, context=self.context, timeout=20)

    def raw(self, method, path, headers, data, **more):
        self.connect()
        try:
            self.connection.request(method, path, body=data, headers=headers, **more)
            return self.answer()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def answer(self):
        response = self.connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def begin(self, length):
        """The headers of a request whose body comes by go_on()."""
        self.connect()
        self.connection.putrequest("POST", "/wsman")
        for name, value in dict(self.headers(), **{"Content-Length": str(length)}).items():
            self.connection.putheader(name, value)
        self.connection.endheaders()

    def go_on(self, data):
        self.connection.send(data)
        return self.answer()

    def post(self, text):
        return self.raw("POST", "/wsman", self.headers(), text.encode())

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def related(text, answer):
    """Whether the answer names the message of the request."""
    return answer.find("{%s}RelatesTo" % WSA) == re.search(r"MessageID>\s*([^<]*?)\s*<", text).group(1)


def done():
    sys.exit(1 if bad else 0)
