"""look_html.py PROGRAM FOLDER - the cases of tests/scenario/html.sh: opens the pages that it wrote
into FOLDER in one browser, and prints `ok - text` and `not ok - text`."""
import base64
import sys

from browser import Browser

TABLE = "document.querySelector('table.main')"
NAMES = f"Array.from({TABLE}.tBodies[0].rows).filter(r => !r.hidden).map(r => r.cells[0].textContent)"

# The contrast of a text with what is behind it, as WCAG reckons it.
CONTRAST = """(() => {
    const light = (c) => {
        const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => {
            v /= 255;
            return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (c !== "rgba(0, 0, 0, 0)")
                return c;
        }
        return getComputedStyle(document.body).backgroundColor;
    };
    let least = 21;
    for (const e of document.querySelectorAll("a, p, b, dt, dd, td, th, h1, h2, h3, caption, button, small, span")) {
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
        least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    return least;
})()"""


class Cases:
    def __init__(self, page, folder):
        self.page, self.folder = page, folder

    def show(self, text, good, got=None):
        print(("ok - " if good else "not ok - ") + text, flush=True)
        if not good:
            print("got:", got)

    def same(self, text, got, wanted):
        self.show(text, got == wanted, f"{got!r}, wanted {wanted!r}")

    def ask(self, text, expression, wanted=True):
        self.same(text, self.page.ask(expression), wanted)

    def quiet(self, text):
        said = self.page.complaints()
        self.show(text, not said, said)

    def load(self, name):
        return self.page.load(f"{self.folder}/{name}.html")

    def hostile(self):
        self.load("compliance")
        self.ask("the page has its hosts", NAMES + ".length", 6)
        self.ask("a hostile name is text", NAMES + ".includes('<b onclick=\"pwned = 6\">db3')")
        self.ask("a hostile owner is text", TABLE + ".textContent.includes('<script>pwned = 1</script>')")
        self.ask("controls and turned text are shown",
                 TABLE + r".textContent.includes('a\\x1b[31mb\\u202ec\\u200bd')")
        self.ask("what a host answered is text",
                 r"""document.querySelector('#faults').textContent.includes('<svg onload="pwned = 5"> \\x1b[2J\\u202ex')""")
        self.ask("nothing of it ran", "typeof pwned", "undefined")
        self.ask("nothing of it is markup", """document.querySelectorAll('img, b[onclick], svg[onload], iframe').length
            + document.scripts.length - 1""", 0)
        self.ask("the share is there", "document.querySelector('#share .big').textContent", "40.0 %")
        self.ask("the page does not scroll sideways", "document.documentElement.scrollWidth <= innerWidth")

    def works(self):
        self.page.click("table.main thead th:nth-child(1) button")
        self.ask("a click sorts by name, as numbers are read",
                 NAMES + ".filter(n => n.startsWith('web')).join()", "web1,web2,web10")
        head = f"Array.from({TABLE}.tHead.rows[0].cells)"
        at = self.page.ask(head + ".findIndex(c => c.textContent.startsWith('VERSION'))")
        version = f"table.main thead th:nth-child({at + 1})"
        for how, first in (("ascending", "2.0.9070.0"), ("descending", "2.0.10000.0")):
            self.page.click(version + " button")
            self.ask(f"by version, {how}", f"{TABLE}.tBodies[0].rows[0].cells[{at}].textContent", first)
            self.ask("and says so", f"document.querySelector('{version}').ariaSort", how)
        self.ask("what is not known stays last", f"""Array.from({TABLE}.tBodies[0].rows).slice(-2)
            .every(r => r.cells[{at}].textContent === '')""")
        self.page.click(".tools input")
        self.page.type("WEB outdated")
        settled = "new Promise(r => setTimeout(() => r(%s.sort().join()), 300))" % NAMES
        self.ask("typing filters", settled, "web1,web2")
        self.ask("and counts", "document.querySelector('.tools output').value", "2 of 6")
        self.page.click(".tools button")
        self.ask("a click shows all again", NAMES + ".length", 6)
        self.page.click("#share a[data-status=compliant]")
        self.ask("a count leads to its hosts", NAMES + ".sort().join()", "db1,web10")
        self.page.click("#unknown a[data-words=stale]")
        self.ask("a count of what is not known, too", NAMES + ".join()", "db1")
        self.page.ask("document.getElementById('c-os.clock').open = false")
        self.page.ask("location.hash = '#c-os.clock'")
        self.ask("a link to a check opens it",
                 "new Promise(r => setTimeout(() => r(document.getElementById('c-os.clock').open), 100))")
        self.quiet("no error, no request, nothing refused")

    def guarded(self):
        """The same questions find something where there is something."""
        self.page.ask("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x'}))")
        self.page.ask("""document.body.append(Object.assign(document.createElement('script'),
            {textContent: 'pwned = 7'}))""")
        self.page.draw()
        said = " ".join(self.page.complaints())
        self.show("the policy refuses a request", "img-src" in said, said)
        self.show("and a script that is not the page's own", "script-src" in said, said)
        self.ask("which did not run", "typeof pwned", "undefined")

    def schemes(self):
        for scheme in ("light", "dark"):
            self.page.call("Emulation.setEmulatedMedia",
                           features=[{"name": "prefers-color-scheme", "value": scheme}])
            self.load("compliance")
            self.page.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
            least = self.page.ask(CONTRAST)
            self.show(f"every text can be read, {scheme}", least >= 4.5, least)
        self.page.call("Emulation.setEmulatedMedia", features=[])

    def read_aloud(self):
        nodes = self.page.call("Accessibility.getFullAXTree")["nodes"]
        roles = {n.get("role", {}).get("value") for n in nodes if not n.get("ignored")}
        for role in ("table", "rowheader", "columnheader", "row", "main", "navigation", "image"):
            self.show(f"{role}: there for a screen reader", role in roles, sorted(map(str, roles)))

    def reachable(self, name):
        """WCAG 2.2, 2.5.8: 24 pixels each way, but for links within a sentence."""
        self.page.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.ask(f"{name}: targets have 24 pixels", """Array.from(document.querySelectorAll('a, button, summary, input, select'))
            .filter(e => !(e.localName === 'a' && e.closest('p, li:not(nav li), dd.why')))
            .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 0 && (r.height < 24 || r.width < 24))
            .map(([e, r]) => `${e.localName} '${e.textContent.trim().slice(0, 30)}' ${r.width | 0}x${r.height | 0}`)
            .slice(0, 8).join('; ')""", "")
        self.ask(f"{name}: every row header has a text", """Array.from(document.querySelectorAll('th[scope=row]'))
            .filter(e => !e.textContent.trim()).length""", 0)

    def targets(self):
        self.load("compliance")
        self.reachable("compliance")
        self.ask("a command is shown as one, without its quotes",
                 "document.querySelector('main').textContent.split('`').length - 1", 0)

    def without_script(self):
        self.page.call("Emulation.setScriptExecutionDisabled", value=True)
        self.load("compliance")
        self.ask("without script all rows are there", NAMES + ".length", 6)
        self.ask("and no tool that would do nothing",
                 "getComputedStyle(document.querySelector('.tools')).display", "none")
        self.quiet("and still no error and no request")
        pdf = base64.b64decode(self.page.call("Page.printToPDF")["data"])
        self.show("it prints", pdf.startswith(b"%PDF"), pdf[:20])
        self.page.call("Emulation.setScriptExecutionDisabled", value=False)

    def others(self):
        self.load("exceptions")                 # of which there are none
        self.reachable("exceptions")
        for name in ("checks", "faults", "versions", "history"):
            self.load(name)
            self.reachable(name)
            self.ask(f"{name} has its table", f"{TABLE}.tBodies[0].rows.length > 0")
            self.ask("with one own script", "document.scripts.length", 1)
            self.quiet("and no error, no request")

    def narrow(self):
        self.page.call("Emulation.setDeviceMetricsOverride", width=400, height=800,
                       deviceScaleFactor=1, mobile=False)
        self.load("compliance")
        self.ask("on a narrow screen the page does not scroll sideways",
                 "document.documentElement.scrollWidth <= 400")
        self.page.call("Emulation.clearDeviceMetricsOverride")

    def many(self):
        took = self.load("big")
        print(f"# 10,000 hosts: shown after {took:.2f} s")
        self.ask("ten thousand hosts are there", NAMES + ".length", 10000)
        self.page.click(".tools input")
        self.page.type("srv0999")
        self.ask("and are found", "new Promise(r => setTimeout(() => r(%s.length), 1000))" % NAMES, 10)
        self.page.click(".tools button")
        for column in (1, 1):
            took = self.page.ask(f"""(() => {{
                const begin = performance.now();
                document.querySelector("table.main thead th:nth-child({column}) button").click();
                {TABLE}.offsetHeight;
                return performance.now() - begin;
            }})()""")
            print(f"# sorted in {took:.0f} ms")
        self.ask("and sorted", f"{TABLE}.tBodies[0].rows[0].cells[0].textContent", "srv10000.corp.example")
        self.quiet("without error and request")


def main():
    browser = Browser(sys.argv[1], sys.argv[2] + "/profile")
    try:
        cases = Cases(browser.page(), sys.argv[2])
        for case in (cases.hostile, cases.works, cases.guarded, cases.schemes, cases.read_aloud, cases.targets,
                     cases.without_script, cases.others, cases.narrow, cases.many):
            case()
    finally:
        browser.close()


main()
