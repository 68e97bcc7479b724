#!/usr/bin/env python3
# pywinrm.py - the peer of the bench: Debian's python3-winrm has each host of a fleet run the probe that marshal runs, straight
# to WinRM, twenty at a time. Says how many answered.
import base64
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import xmltodict
from winrm.protocol import Protocol

hosts, folder = json.load(open(sys.argv[1])), sys.argv[2]
password = open(folder + "/winrm_password").read().strip()
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
request = {"op": "probe", "v": 1, "nonce": "0" * 32, "facts": None, "cloud": "public", "login_hosts": ["login.windows.net"],
           "limits": {"fact_ms": 10000, "ob_ms": 30000}}
lines = b"".join(base64.b64encode(text) + b"\n" for text in (b"#" * 40000, json.dumps(request).encode()))


def send(p, shell, command):
    envelope = p._get_soap_header(resource_uri=SHELL + "/cmd", action=SHELL + "/Send", shell_id=shell)
    envelope["env:Body"] = {"rsp:Send": {"rsp:Stream": {"@Name": "stdin", "@CommandId": command, "@End": "true",
                                                        "#text": base64.b64encode(lines).decode()}}}
    p.send_message(xmltodict.unparse({"env:Envelope": envelope}))


def ask(host):
    p = Protocol("https://%s:%d/wsman" % (host["address"], host["port"]), transport="basic", username="fleet",
                 password=password, ca_trust_path=folder + "/winrm_ca.pem")
    shell = p.open_shell()
    try:
        command = p.run_command(shell, "powershell.exe", ["-NoProfile", "-NonInteractive", "-EncodedCommand", "AAAA"])
        send(p, shell, command)
        out, _, status = p.get_command_output(shell, command)
        p.cleanup_command(shell, command)
        return status == 0 and len(out) > 1000
    finally:
        p.close_shell(shell)


with ThreadPoolExecutor(20) as pool:
    print("%d of %d answered" % (sum(pool.map(ask, hosts)), len(hosts)))
