#!/usr/bin/env python3
# winrm_kerberos.py - Negotiate against the simulated WinRM server: Debian's python3-winrm with python3-requests-kerberos,
# then single steps with MIT's library (python3-kerberos). The tickets are there.
import base64
import sys

import kerberos
import winrm_wire as w
from winrm.protocol import Protocol

S = w.settings()
PRINCIPAL = "marshal@FLEET.EXAMPLE"


def token():
    context = kerberos.authGSSClientInit("HTTP@" + S["address"], mech_oid=kerberos.GSS_MECH_OID_SPNEGO)[1]
    kerberos.authGSSClientStep(context, "")
    return kerberos.authGSSClientResponse(context)


class Negotiating(w.Wire):
    said = None

    def headers(self):
        headers = {"Content-Type": "application/soap+xml;charset=UTF-8"}
        return dict(headers, Authorization="Negotiate " + self.said) if self.said else headers


def stranger():
    wire = Negotiating()
    wire.said = token()
    answer = wire.post(w.create())
    w.report("who has no line is denied", (answer.status, answer.subcode, answer.code) == (500, "w:AccessDenied", 5), answer.said())
    w.done()


def client():
    p = Protocol("https://%s:%d/wsman" % (S["address"], S["port"]), transport="kerberos", username=PRINCIPAL,
                 ca_trust_path=S["ca"], operation_timeout_sec=5, read_timeout_sec=20)
    shell = p.open_shell()
    command = p.run_command(shell, "ipconfig", ["/all"])
    out, err, code = p.get_command_output(shell, command)
    w.report("python3-winrm by a ticket", code == 1 and b"ipconfig /all" in err, (out, err, code))
    p.cleanup_command(shell, command)
    p.close_shell(shell)


def steps():
    wire = Negotiating()
    answer = wire.post(w.create())
    w.report("a 401 says both ways to sign in", (answer.status, answer.headers.get_all("WWW-Authenticate")) == (
        401, ["Negotiate", 'Basic realm="WSMAN"']), answer.headers)
    wire.said = token()
    answer = wire.post(w.create())
    proof = answer.headers.get("WWW-Authenticate") or ""
    w.report("a ticket is taken", answer.status == 200, answer.said())
    w.report("and answered by one", proof.startswith("Negotiate ") and len(base64.b64decode(proof[10:])) > 50, proof)
    w.report("the shell is the principal's", answer.find("{%s}Owner" % w.SHELL) == PRINCIPAL)
    wire.said = None
    shell = answer.shell()
    w.report("who has signed in needs no more on that connection", wire.post(w.create()).status == 200)
    w.report("but on another one", Negotiating().post(w.create()).status == 401)
    answer = w.Wire().post(w.delete(shell))
    w.report("somebody else's shell, signed in otherwise", answer.code == 5, answer.said())
    wire.post(w.delete(shell))
    for name, said in (("no token", base64.b64encode(b"nothing").decode()), ("no base64", "?")):
        other = Negotiating()
        other.said = said
        w.report("what is " + name, other.post(w.create()).status == 401)
    empty = w.Wire(user=PRINCIPAL)
    empty.basic = base64.b64encode((PRINCIPAL + ":").encode()).decode()
    w.report("a principal without a password", empty.post(w.create()).status == 401)


if sys.argv[1:] == ["stranger"]:
    stranger()
client()
steps()
w.done()
