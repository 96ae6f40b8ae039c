"""A browser that somebody sits at: what they look at, everything it complained about, and how accessible a page is.

Knows Chromium and axe-core. Does not know any page.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
AXE = HERE / "axe" / "axe-4.14.1.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What is asked of a page: WCAG 2.2, levels A and AA."""

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""A browser that calls nobody by itself."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")

_TELLS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


def program():
    """Where the browser is; LIFECYCLE_BROWSER names another."""
    found = os.environ.get("LIFECYCLE_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, "no Chromium was found: apt-get install chromium, or name one in LIFECYCLE_BROWSER"
    return found


class House:
    """A service in a process of its own; see `house`."""

    def __init__(self, folder, what):
        folder.mkdir(parents=True, exist_ok=True)
        asked = [sys.executable, str(HERE / "house.py"), str(folder), what]
        self._errors = (folder / "errors").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8"
        )
        self.address = self._answer()["address"]
        self.console = f"{self.address}/console"

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            said = self._end()
            raise AssertionError(f"the service did not begin: {said}")
        return json.loads(line)

    def _end(self):
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        self._process.wait(timeout=30)
        said = self.errors()
        self._errors.close()
        return said

    def errors(self):
        """Everything it wrote to its standard error."""
        self._errors.seek(0)
        # What the libraries that draw say of the machine's fonts is no matter of ours.
        return "".join(line for line in self._errors if not line.startswith("Fontconfig"))

    def passes(self, **period):
        """Let time pass, by the clock of the service."""
        self._process.stdin.write(f"clock {dt.timedelta(**period).total_seconds()}\n")
        self._process.stdin.flush()
        self._answer()

    def close(self):
        """End it; it must have complained of nothing."""
        if self._process.stdin.closed:
            return
        said = self._end()
        assert said == ""


class Seat:
    """Somebody at a browser of their own. Everything the browser complains about is noted, and checked at the end.

    ``width`` is that of the window, ``dark`` and ``script`` what the browser is set to.
    """

    def __init__(self, browser, house, *, width=1280, height=900, dark=False, script=True, **more):
        self.house = house
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            **more,
        )
        self.context.set_default_timeout(20_000)
        if script:
            self.context.add_init_script(_TELLS)
        self.complaints = []
        self.asked = []
        self._foreseen = set()
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("response", self._note)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        self.page = self.context.new_page()

    def _note(self, response):
        if response.status >= 400 and response.status not in self._foreseen:
            self.complaints.append(f"{response.status} for {response.url}")

    def _hear(self, message):
        # A refused request is noted above, with its status.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource: the server"):
            self.complaints.append(f"{message.type}: {message.text}")

    def foresees(self, *statuses):
        """Expect answers of these statuses from now on."""
        self._foreseen |= set(statuses)

    def enters(self, who, path="/appeals"):
        """Sign in as somebody, and go to a page."""
        self.page.goto(f"{self.house.console}/sign-in")
        self.page.get_by_label("Your token").fill(f"lct_{who}")
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        return self.goes(path)

    def goes(self, path):
        """Go to a page of the console."""
        self.page.goto(self.house.console + path)
        return self.page

    def violations(self):
        """What axe-core finds wrong with the page, in lines. It is put in past the page's own policy, as a debugger may."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        asked = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(document, options)", asked)
        return [
            f"{each['id']} ({each['help']}): {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def overflow(self):
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def spilt(self):
        """The cells of tables out of which something spills, over the next one."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("td, th")]
              .filter((it) => it.closest(".scrolls") === null && it.scrollWidth > it.clientWidth + 1)
              // Where rows are cards, the head is there for those who listen only.
              .filter((it) => !it.closest("thead") || getComputedStyle(it.closest("thead")).position !== "absolute")
              .map((it) => it.innerText.slice(0, 60))"""
        )

    def focused(self):
        """What has the focus: its name, what it is, and whether somebody can see that it has it."""
        return self.page.evaluate(_FOCUSED)

    def strangers(self):
        """The addresses that were asked for at any other host."""
        host = urlsplit(self.house.address).netloc
        return [
            url
            for url in self.asked
            if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != host
        ]

    def close(self):
        """Leave. Nothing may have gone wrong in the browser, and nobody else may have been asked for anything."""
        self.context.close()
        assert self.strangers() == []
        assert self.complaints == []


_FOCUSED = """
() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const look = getComputedStyle(it);
  const box = it.getBoundingClientRect();
  return {
    tag: it.tagName.toLowerCase(),
    id: it.id,
    name: (it.getAttribute("aria-label") || (it.labels && it.labels[0] && it.labels[0].textContent) || it.textContent || it.name || "").trim().replace(/\\s+/g, " ").slice(0, 60),
    outlined: (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 1) || look.boxShadow !== "none",
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0 && box.height > 0,
  };
}
"""
