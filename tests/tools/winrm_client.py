#!/usr/bin/env python3
# winrm_client.py - Debian's python3-winrm against the simulated WinRM server: what others wrote for Windows gets along
# with it. That version sends no input of its own: the message is made of its parts here.
import base64
import json
import os
import subprocess
import sys

import xmltodict
from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMOperationTimeoutError
from winrm.protocol import Protocol

S = json.loads(os.environ["WINRM"])
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
PROBE = ("powershell.exe", ["-NoProfile", "-NonInteractive", "-EncodedCommand", "AAAA"])
bad = 0


def report(text, good, why=""):
    global bad
    print(("ok - " if good else "not ok - ") + text)
    if not good:
        bad += 1
        print(repr(why))


def state(*changes):
    subprocess.run([S["simhost"], "--set", S["fleet"] + "/hosts/web01.json"] + list(changes), check=True)


def client(password=S["password"]):
    return Protocol("https://%s:%d/wsman" % (S["address"], S["port"]), transport="basic", username=S["user"], password=password,
                    ca_trust_path=S["ca"], operation_timeout_sec=1, read_timeout_sec=20)


def send_input(p, shell, command, data, end):
    request = {"env:Envelope": p._get_soap_header(resource_uri=SHELL + "/cmd", action=SHELL + "/Send", shell_id=shell)}
    stream = {"@Name": "stdin", "@CommandId": command, "#text": base64.b64encode(data).decode()}
    if end:
        stream["@End"] = "true"
    request["env:Envelope"]["env:Body"] = {"rsp:Send": {"rsp:Stream": stream}}
    p.send_message(xmltodict.unparse(request))


def call(p, shell):
    command = p.run_command(shell, *PROBE)
    data = open(S["probe"], "rb").read()
    send_input(p, shell, command, data[:50], False)
    send_input(p, shell, command, data[50:], True)
    result = p.get_command_output(shell, command)
    p.cleanup_command(shell, command)
    return result


def failure(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return str(error) or kind.__name__
    return ""


def main():
    p = client()
    shell = p.open_shell(codepage=65001)
    command = p.run_command(shell, "ipconfig", ["/all"])
    out, err, code = p.get_command_output(shell, command)
    report("a command: its output, errors and exit code", (out, code) == (b"", 1) and b"ipconfig /all" in err, (out, err, code))
    p.cleanup_command(shell, command)
    out, err, code = call(p, shell)
    report("a command with input", (err, code) == (b"", 0) and out.split()[0] == b"<<<answer", (out[:80], err, code))
    state(*["faults.fact.%s=long" % f for f in ("os", "machine", "tls", "dotnet", "clock", "identity")])
    out, err, code = call(p, shell)
    report("a megabyte of output", code == 0 and len(out) > 1000000 and out.rstrip().endswith(b">>>"), (len(out), err, code))
    state("faults.fact={}", "faults.all=garbage")
    report("of any bytes", call(p, shell)[0] == open(S["garbage"], "rb").read())
    state("faults.all=hang")
    command = p.run_command(shell, *PROBE)
    report("a silent command times out", failure(WinRMOperationTimeoutError, p._raw_get_command_output, shell, command) != "")
    p.cleanup_command(shell, command)
    state("faults.all=")
    p.close_shell(shell)
    lost = failure(WinRMError, p.run_command, shell, "ipconfig")
    report("a shell that was closed is gone", "2150858843" in lost and "w:InvalidSelectors" in lost, lost)
    report("a wrong password", failure(InvalidCredentialsError, client("another").open_shell) != "")
    sys.exit(1 if bad else 0)


main()
