"""What a new user does: the demo's command is typed, a link opened, an overdue appeal decided, and the account has moved."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


class Demo:
    """``lifecycle demo --serve`` as somebody types it, with the links it says."""

    def __init__(self, folder):
        asked = [sys.executable, "-m", "lifecycle", "demo", "--serve", "--port", "0", "--folder", str(folder / "demo")]
        self.process = subprocess.Popen(
            asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.said, self.links = [], {}
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"http://\S+/console/enter/\S+", line):
                self.links[self.said[-2].split()[0]] = found[0]
            if "Stop with Ctrl-C" in line:
                break
        self.console = next(iter(self.links.values())).partition("/enter/")[0]
        self.address = self.console.removesuffix("/console")

    def closed(self):
        """Press Ctrl-C; return the exit code and everything it said."""
        self.process.send_signal(signal.SIGINT)
        said, errors = self.process.communicate(timeout=30)
        quiet = [line for line in errors.splitlines() if not line.startswith("Fontconfig")]
        return self.process.returncode, "".join([*self.said, said]), quiet


@pytest.fixture
def demo(tmp_path):
    """A demo that is ended with the test, however that goes."""
    made = Demo(tmp_path)
    yield made
    if made.process.returncode is None:
        made.process.kill()
        made.process.communicate()


def test_a_new_user_decides_an_appeal_in_the_demo(demo, seat):
    """The command says links, each lets one person in once; what is decided moves the timeline and the picture."""
    assert set(demo.links) >= {"a1", "r1", "r2", "s1"}
    reader = seat(demo)
    reader.foresees(404)
    page = reader.page
    assert reader.context.request.get(demo.console + "/sign-in").ok
    page.goto(demo.links["r1"])
    page.get_by_role("navigation", name="Console").get_by_role("link", name="Appeals").click()
    page.get_by_role("link", name=re.compile("^Overdue")).click()
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(page.locator(".answer")).to_contain_text("overdue")
    steps, parts = page.locator(".timeline tbody tr").count(), page.locator(".diagram [data-from]").count()
    page.get_by_role("link", name="Grant…").click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Preview"))
    form.wait_for()
    expect(form.get_by_role("combobox")).to_have_count(0)
    form.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="What the holder will read")).to_contain_text("active")
    form.get_by_role("button", name="Grant").click()
    expect(page.locator("#done")).to_contain_text("It is done and written")
    expect(page.get_by_role("heading", level=1)).to_contain_text("active")
    assert page.locator(".timeline tbody tr").count() > steps
    assert page.locator(".diagram [data-from]").count() > parts
    other = seat(demo)
    other.foresees(404)
    other.page.goto(demo.links["r1"])
    expect(other.page.locator("main")).to_contain_text("This link was used already")
    code, said, errors = demo.closed()
    assert (code, errors) == (0, [])
    assert said.rstrip().endswith("Closed.")
