"""browser.py - one headless Chromium, driven through a pair of pipes with its DevTools protocol:
no port, no library. Everything it says about console, network and security is kept, so that a
test can ask that there was nothing."""
import json
import os
import select
import subprocess
import time

QUIET = [
    "--headless=new", "--disable-gpu", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
    "--remote-debugging-pipe",
]


class BrowserError(Exception):
    pass


def may_sandbox():
    """Chromium's sandbox is a user namespace, which containers and changed roots do not give."""
    try:
        return subprocess.run(["unshare", "--user", "--map-root-user", "true"], check=False,
                              stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return True


class Browser:
    def __init__(self, program, folder, limit_s=60):
        """Starts the program with its profile in folder; no answer may take longer than limit_s."""
        to_read, self.to = os.pipe()
        self.of, of_write = os.pipe()
        arguments = [program, *QUIET, f"--user-data-dir={folder}"]
        if os.geteuid() == 0 or not may_sandbox():
            arguments.append("--no-sandbox")    # Chromium refuses to sandbox as root

        def give_pipes():
            # the browser reads its commands from 3 and answers on 4
            a, b = os.dup(to_read), os.dup(of_write)
            os.dup2(a, 3)
            os.dup2(b, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self.process = subprocess.Popen(
            ["nice", *arguments, "about:blank"], preexec_fn=give_pipes, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(of_write)
        self.limit_s = limit_s
        self.rest = b""
        self.number = 0
        self.events = []

    def _message(self, end):
        while b"\0" not in self.rest:
            if not select.select([self.of], [], [], max(0, end - time.monotonic()))[0]:
                raise BrowserError("the browser does not answer")
            got = os.read(self.of, 1 << 20)
            if not got:
                raise BrowserError("the browser has ended")
            self.rest += got
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + self.limit_s
        while True:
            message = self._message(end)
            if message.get("id") == self.number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error'].get('message')}")
                return message.get("result", {})
            self.events.append(message)

    def wait(self, event, session):
        """The first such event that was not waited for before."""
        end = time.monotonic() + self.limit_s
        while True:
            for i, message in enumerate(self.events):
                if message.get("method") == event and message.get("sessionId") == session:
                    return self.events.pop(i)["params"]
            self.events.append(self._message(end))

    def page(self):
        return Page(self)

    def close(self):
        try:
            self.call("Browser.close")
        except (BrowserError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Page:
    """One tab. Loads files and asks them."""

    def __init__(self, browser):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def load(self, path):
        """Gives the seconds until it was loaded and drawn."""
        self.browser.events.clear()
        begin = time.monotonic()
        self.call("Page.navigate", url="file://" + path)
        self.browser.wait("Page.loadEventFired", self.session)
        self.draw()
        return time.monotonic() - begin

    def draw(self):
        """Waits until what changed is on the screen."""
        self.call("Page.captureScreenshot", format="jpeg", quality=10)
        self.call("Page.captureScreenshot", format="jpeg", quality=10)

    def ask(self, expression):
        """The value of an expression in the page."""
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                        awaitPromise=True)
        if "exceptionDetails" in got:
            raise BrowserError(got["exceptionDetails"].get("exception", {}).get("description", "?"))
        return got["result"].get("value")

    def click(self, selector):
        """A real click of the mouse on the middle of an element."""
        x, y = self.ask(f"""(() => {{
            const e = document.querySelector({json.dumps(selector)});
            e.scrollIntoView({{block: "center"}});
            const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def complaints(self):
        """What the page said on the console, what was refused, and every request but its own."""
        said = []
        for message in self.browser.events:
            if message.get("sessionId") != self.session:
                continue
            method, params = message.get("method"), message.get("params", {})
            if method == "Runtime.exceptionThrown":
                said.append("exception: " + params["exceptionDetails"].get("text", "?"))
            elif method == "Runtime.consoleAPICalled":
                said.append("console: " + params["type"])
            elif method == "Log.entryAdded":
                said.append("log: " + params["entry"].get("text", "?"))
            elif method == "Network.requestWillBeSent" and params.get("type") != "Document":
                said.append("request: " + params["request"]["url"][:200])
            elif method == "Page.javascriptDialogOpening":
                said.append("dialog: " + params.get("message", "?"))
        return said

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
