#!/usr/bin/env python3
# winrm_shells.py - what shells and commands do in their order, by raw requests (winrm_wire.py): output and input of any
# size, waiting, ends, quotas, whose a shell is, and each way in which a simulated host goes wrong on purpose.
import http.client
import os
import signal
import subprocess
import threading
import time

import winrm_wire as w

PROBE = ("powershell.exe", ["-NoProfile", "-NonInteractive", "-EncodedCommand", "AAAA"])
S = w.settings()
probe_input = open(S["probe"], "rb").read()
WAIT_S = 20
GONE = (OSError, http.client.HTTPException)


def state(*changes, host="web01"):
    subprocess.run([S["simhost"], "--set", "%s/hosts/%s.json" % (S["fleet"], host)] + list(changes), check=True)


def is_(text, got, want):
    w.report(text, got == want, "got:    %r\nwanted: %r" % (got, want))


def fault(text, answer, subcode, code):
    is_(text, (answer.status, answer.subcode, answer.code), (500, subcode, code))


def until(condition):
    """Asked again until it holds, or too long."""
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Shell:
    """A shell of its own on a connection of its own."""
    def __init__(self, streams=("stdin", "stdout stderr"), **more):
        self.wire = w.Wire(**more)
        self.created = self.wire.post(w.create(streams))
        self.id = self.created.shell()
        self.command = None

    def run(self, line=PROBE[0], arguments=tuple(PROBE[1])):
        answer = self.wire.post(w.command(self.id, line, arguments))
        self.command = answer.command() or self.command
        return answer

    def send(self, data, end=False):
        return self.wire.post(w.send(self.id, self.command, data, end))

    def receive(self, duration="PT5.000S", streams="stdout stderr", envelope=153600):
        text = w.receive(self.id, self.command, streams).replace(">153600<", ">%d<" % envelope)
        return self.wire.post(w.timeout(text, duration))

    def all(self, **more):
        """Output of both streams, the answers, the last of them with the end."""
        out, err, answers = b"", b"", []
        while not answers or answers[-1].status == 200 and answers[-1].state() != "Done":
            answers.append(self.receive(**more))
            if answers[-1].status == 200:
                out += answers[-1].stream("stdout")
                err += answers[-1].stream("stderr")
        return out, err, answers

    def signal(self, code="terminate", wire=None):
        return (wire or self.wire).post(w.signal(self.id, self.command, code))

    def delete(self):
        return self.wire.post(w.delete(self.id))

    def call(self, data=probe_input, **more):
        self.run()
        self.send(data, True)
        result = self.all(**more)
        self.signal()
        return result


def later(function):
    """In a thread; its answer, or None where the connection ended, by join()."""
    class Later(threading.Thread):
        answer = None

        def run(self):
            try:
                self.answer = function()
            except GONE:
                pass

        def join(self, timeout=WAIT_S):
            super().join(timeout)
            return self.answer
    thread = Later(daemon=True)
    thread.start()
    return thread


def test_call():
    shell = Shell()
    text = w.create()
    answer = shell.wire.post(text)
    w.report("an answer names its request", w.related(text, answer))
    shell.wire.post(w.delete(answer.shell()))
    is_("a good Create", (shell.created.status, bool(shell.id)), (200, True))
    is_("the shell says what it is", shell.created.find("{%s}OutputStreams" % w.SHELL).split(), ["stdout", "stderr"])
    out, err, answers = shell.call()
    lines = out.decode("ascii").split()
    is_("a call ends", answers[-1].status, 200)
    is_("a call answers between its marks", (lines[0], lines[-1][-3:], err), ("<<<answer", ">>>", b""))
    is_("it ends well", (answers[-1].state(), answers[-1].exit()), ("Done", "0"))
    ends = [e.get("Name") for e in answers[-1].root.iter("{%s}Stream" % w.SHELL) if e.get("End") == "true"]
    is_("both streams end by their attribute", ends, ["stdout", "stderr"])
    ids = {e.get("CommandId") for e in answers[-1].root.iter() if e.get("CommandId")}
    is_("the answer names the command", ids, {shell.command})
    is_("a command that there is not", shell.wire.post(w.receive(shell.id, shell.command)).code, 87)
    shell.run()
    for i in range(0, len(probe_input), 100):
        shell.send(probe_input[i:i + 100])
    shell.send(b"", True)
    again, _, answers = shell.all()
    is_("input in pieces", (len(again.splitlines()), answers[-1].exit()), (len(out.splitlines()), "0"))
    shell.signal()
    shell.run("ipconfig", ())
    is_("another command, and its errors", shell.all()[1][:8], b"simhost:")
    shell.signal()
    is_("Delete", (shell.delete().status, shell.delete().code), (200, 0x8033805b))


def test_sizes():
    shell = Shell()
    large = b"QUFB" * 100000 + b"\n" + probe_input.split(b"\n")[1] + b"\n"
    shell.run()
    for i in range(0, len(large), 150000):
        is_("150 KB of input", shell.send(large[i:i + 150000]).status, 200)
    shell.send(b"", True)
    is_("input of 400 KB arrives", shell.all()[2][-1].exit(), "0")
    shell.signal()
    state(*["faults.fact.%s=long" % f for f in ("os", "machine", "tls", "dotnet", "clock", "identity")])
    out, _, answers = shell.call()
    w.report("more than a megabyte of output", len(out) > 1000000 and out.rstrip().endswith(b">>>"), len(out))
    w.report("no answer is larger than the client takes", max(len(a.data) for a in answers) <= 153600)
    small, _, answers = shell.call(envelope=8192)
    w.report("nor than the least that it may say", max(len(a.data) for a in answers) <= 8192)
    is_("and it is the same output", len(small.splitlines()), len(out.splitlines()))
    state("faults.fact={}", "faults.all=garbage")
    is_("any bytes come as they are", shell.call()[0], open(S["garbage"], "rb").read())
    state("faults.all=", "winrm.block_bytes=1")
    w.report("byte by byte", shell.call()[0].rstrip().endswith(b">>>"))
    state("winrm.block_bytes=4096")
    shell.run("powershell.exe", ["x" * 8200])
    is_("a command line longer than cmd.exe's", shell.all()[1], b"The command line is too long.\n")
    shell.delete()


def test_waiting():
    shell = Shell()
    state("faults.all=hang")
    shell.run()
    shell.send(probe_input, True)
    begin = time.monotonic()
    fault("nothing to say in its OperationTimeout", shell.receive("PT0.4S"), "w:TimedOut", 2150858793)
    w.report("which was waited for", time.monotonic() - begin >= 0.39)
    fault("and once more", shell.receive("PT0.1S"), "w:TimedOut", 2150858793)
    state("winrm.max_timeout_ms=300")
    fault("the server's own limit is the smaller", shell.receive("PT60S"), "w:TimedOut", 2150858793)
    state("winrm.max_timeout_ms=60000")
    fault("a second command at once", shell.run(), "w:Concurrency", 0x80338032)
    fault("input after its end", shell.send(b"x"), "w:InternalError", 0x800700e8)
    other = w.Wire()
    waiting = first_receive(shell)
    fault("a second Receive at once", second_receive(shell, other), "w:Concurrency", 0x80338032)
    is_("ctrl_c", shell.signal("ctrl_c", other).status, 200)
    answer = waiting.join()
    is_("ends it, and the Receive that waits", (answer.state(), answer.exit()), ("Done", "3221225786"))
    is_("input for what has ended is nobody's", shell.send(b"").code, 0x800700e8)
    is_("output behind the end", shell.receive().code, 87)
    fault("a new command before the end was acknowledged", shell.run(), "w:Concurrency", 0x80338032)
    shell.signal()
    shell.run()
    waiting = first_receive(shell)
    second_receive(shell, other)
    shell.signal("terminate", other)
    fault("terminate ends what waits", waiting.join(), "w:InternalError", 0x803381cc)
    is_("and the command", shell.signal("terminate", other).code, 87)
    shell.run()
    waiting = first_receive(shell)
    second_receive(shell, other)
    is_("Delete in the middle", other.post(w.delete(shell.id)).status, 200)
    fault("ends what waits", waiting.join(), "w:InternalError", 995)
    test_client_gone()
    test_full_input()
    state("faults.all=")


def first_receive(shell):
    """In a thread. Where the second one was there before it, it tries again."""
    def receive():
        answer = shell.receive()
        while answer.code == 0x80338032:
            answer = shell.receive()
        return answer
    return later(receive)


def children():
    return set(map(int, open("/proc/%d/task/%d/children" % (S["server"], S["server"])).read().split()))


def test_full_input():
    """What runs is stopped, and its pipe full."""
    shell, other = Shell(), w.Wire()
    before = children()
    shell.run()
    for pid in children() - before:
        os.kill(pid, signal.SIGSTOP)
    full = w.timeout(w.send(shell.id, shell.command, b"x" * 350000), "PT1S")
    waiting = later(lambda: shell.wire.post(full))
    w.report("a second Send at once", until(lambda: other.post(w.send(shell.id, shell.command, b"")).code == 0x80338032))
    fault("input that is not taken in its OperationTimeout", waiting.join(), "w:TimedOut", 2150858793)
    shell.delete()


def second_receive(shell, wire):
    """Refused once the first one waits."""
    answer = None

    def refused():
        nonlocal answer
        answer = wire.post(w.timeout(w.receive(shell.id, shell.command), "PT0.02S"))
        return answer.code == 0x80338032
    until(refused)
    return answer


def test_client_gone():
    shell, other = Shell(), w.Wire()
    shell.run()
    waiting = first_receive(shell)
    second_receive(shell, other)
    shell.wire.connection.sock.shutdown(2)
    waiting.join()
    w.report("a client that went away waits no more", until(lambda: other.post(w.timeout(w.receive(
        shell.id, shell.command), "PT0.02S")).code == 2150858793))
    other.post(w.delete(shell.id))


def test_streams():
    shell = Shell(("", "stdout"))
    shell.run("ipconfig", ())
    fault("stderr where it was not agreed on", shell.receive(), "w:InvalidParameter", 0x8033818d)
    fault("input where it was not agreed on", shell.send(b"x"), "w:InvalidParameter", 0x8033818b)
    out, err, answers = shell.all(streams="stdout")
    is_("what was not agreed on does not come", (out, err, answers[-1].state()), (b"", b"", "Done"))
    shell.delete()


def test_quotas():
    state("winrm.max_shells_per_user=2")
    first, second = Shell(), Shell()
    fault("a shell too many", Shell().created, "w:QuotaLimit", 2150859173)
    other = Shell(user="other", password="of another")
    is_("another user has his own", other.created.status, 200)
    fault("and they are not to be touched", second.wire.post(w.delete(other.id)), "w:AccessDenied", 5)
    other.delete()
    first.delete()
    third = Shell()
    is_("after a Delete there is room", third.created.status, 200)
    third.wire.close()
    second.delete()
    state("winrm.idle_timeout_ms=300")
    left = Shell()
    left.wire.close()
    is_("a shell that was left over counts", Shell().created.code, 2150859173)
    state("winrm.max_shells_per_user=1", "winrm.idle_timeout_ms=7200000")
    w.Wire().post(w.delete(third.id))
    is_("until its idle time is over", until(lambda: Shell().created.status == 200), True)
    is_("then it is gone", w.Wire().post(w.delete(left.id)).code, 0x8033805b)
    state("winrm.max_shells_per_user=30", "winrm.max_operations_per_user=2")
    shell = Shell()
    for _ in range(2):
        is_("a command within the quota", shell.run("bench", ()).status, 200)
        shell.all()
        shell.signal()
    fault("an operation too many", shell.run("bench", ()), "w:QuotaLimit", 2150859174)
    shell.delete()
    is_("a new shell begins anew", Shell().run("bench", ()).status, 200)
    state("winrm.max_operations_per_user=1500")
    brief = w.Wire()
    answer = brief.post(w.create().replace("<rsp:Shell>", "<rsp:Shell><rsp:Lifetime>PT0.3S</rsp:Lifetime>"))
    is_("a shell of a lifetime of its own", answer.status, 200)
    # each request begins its idle time anew, but not its lifetime
    w.report("ends with it", until(lambda: brief.post(w.command(answer.shell(), "bench")).code == 0x8033805b))


def test_hosts():
    shell, other = Shell(), w.Wire(address="127.1.0.2")
    fault("another host's shell", other.post(w.delete(shell.id)), "w:InvalidSelectors", 0x8033805b)
    shell.delete()
    there = Shell(address="127.1.0.2")
    out = there.call()[0]
    w.report("the address says which host answers", b"web02" in out and b"web01" not in out)
    there.delete()
    w.report("an address without a host", later(lambda: w.Wire(address="127.1.0.3").post(w.create())).join() is None)


def creates():
    """The answer to a Create, None where the connection ended."""
    return later(lambda: w.Wire().post(w.create())).join()


def test_misbehaving():
    cases = (("no-soap", lambda a: (a.status, a.root)), ("unavailable", lambda a: (a.status, a.root)),
             ("garbage", lambda a: (a.status, a.root)), ("huge", lambda a: (a.status, len(a.data) == 16 << 20)),
             ("wrong-relates", lambda a: (a.status, a.find("{%s}RelatesTo" % w.WSA))),
             ("no-relates", lambda a: (a.status, a.find("{%s}RelatesTo" % w.WSA))),
             ("denied", lambda a: (a.code, a.subcode)),
             ("old-create", lambda a: (a.status, a.find("{%s}ShellId" % w.SHELL))), ("drop", lambda a: a), ("cut", lambda a: a))
    wanted = {"no-soap": (500, None), "unavailable": (503, None), "garbage": (200, None), "huge": (200, True),
              "wrong-relates": (200, "uuid:00000000-0000-4000-8000-000000000000"), "no-relates": (200, None),
              "denied": (5, "w:AccessDenied"), "old-create": (200, None), "drop": None, "cut": None}
    for word, look in cases:
        state("faults.winrm=%s:Create" % word)
        answer = creates()
        is_("a host that is told: " + word, None if answer is None else look(answer), wanted[word])
    state("faults.winrm=silent:Create")
    waiting = later(lambda: w.Wire().post(w.create()))
    waiting.join(0.5)
    w.report("a host that is told: silent", waiting.is_alive())
    state("faults.all=hang", "faults.winrm=lost-shell:Receive:3")
    shell = Shell()
    shell.run()
    is_("the third Receive finds no shell", [shell.receive("PT0.05S").code for _ in range(3)],
        [2150858793, 2150858793, 0x8033805b])
    state("faults.all=banner,slow:300", "faults.winrm=running-exit")
    shell = Shell()
    shell.run()
    shell.send(probe_input, True)
    answers = shell.all()[2]
    is_("an exit code while it runs", {(a.state(), a.exit()) for a in answers}, {("Running", "0"), ("Done", "0")})
    shell.delete()
    state("faults.all=")
    state("faults.all=hang", "faults.winrm=empty:Receive:1,pending:Receive")
    shell = Shell()
    shell.run()
    answers = [shell.receive("PT0.2S") for _ in range(2)]
    is_("nothing yet, in two ways", [(a.status, a.state(), a.code) for a in answers],
        [(200, "Pending", None), (500, None, 2150858793)])
    shell.delete()
    state("faults.all=")
    state("faults.winrm=nonsense")
    is_("a word that is none", creates().text, "faults.winrm: no fault is called 'nonsense'")
    state("faults.winrm=")


def test_line():
    shell = Shell()
    state("faults.probe=drop")
    shell.run()
    shell.send(probe_input, True)
    w.report("a line that is cut in the middle", later(shell.all).join() is None)
    is_("the command has ended by that", shell.all()[2][-1].state(), "Done")
    shell.signal()
    state("faults.probe=reboot", "away_s=600")
    shell.run()
    slow, text = w.Wire(), w.receive(shell.id, shell.command, "stdout stderr").encode()
    slow.begin(len(text))
    shell.send(probe_input, True)
    answers = (later(shell.all).join() or (0, 0, None))[2]
    is_("a server that restarts ends the line", answers and [(a.status, a.text, a.data[:400]) for a in answers], None)
    w.report("and a request of which it had the headers alone", later(lambda: slow.go_on(text)).join() is None)
    w.report("answers nobody for a while", creates() is None)
    state("away_until_utc_ms=0")
    w.report("and then again", until(lambda: creates() is not None))
    is_("without its shells", w.Wire().post(w.delete(shell.id)).code, 0x8033805b)


for test in (test_call, test_sizes, test_waiting, test_streams, test_quotas, test_hosts, test_misbehaving, test_line):
    test()
w.done()
