"""People at the console, for tests: each with a browser without scripts that keeps cookies and follows nothing."""

from __future__ import annotations

import html
import re
from collections import Counter
from html.parser import HTMLParser

from litestar.testing import TestClient

from lifecycle import casebook, policy
from lifecycle.http.app import asgi
from lifecycle.http.limits import Limit
from lifecycle.http.principals import Principal, StaticTokens, Token, hash_of
from lifecycle.http.site import SITE
from lifecycle.replay import simulated
from lifecycle.showing import staged

PEOPLE = {
    "a1": Principal("a1", ["agent"]),
    "r1": Principal("r1", ["reviewer"]),
    "r2": Principal("r2", ["reviewer"]),
    "s1": Principal("s1", ["supervisor"]),
    "ann": Principal("ann", ["holder"]),
}
"""Everybody who can sign in; the token is the name."""

TOKENS = StaticTokens(Token(hash_of(f"lct_{name}"), who) for name, who in PEOPLE.items())


def staged_accounts():
    """A service with the accounts of a demo, its clock where the demo begins."""
    accounts = simulated()
    cases, unreadable = casebook.in_folders(casebook.shipped()[:2], policy())
    assert not unreadable
    staged(accounts, cases, accounts.clock)
    return accounts


def app_of(accounts, **options):
    """The application over *accounts*, at which many may sign in from one address."""
    app = asgi(accounts, TOKENS, secure_cookies=False, **options)
    app.state[SITE].sign_ins = Limit(10_000, 1)
    return app


class Shown(HTMLParser):
    """A page as a browser without scripts has it."""

    def __init__(self, answer):
        super().__init__()
        self.status, self.text, self.headers = answer.status_code, answer.text, answer.headers
        self.ids, self.links, self.forms, self.wrong, self.headings = [], {}, [], [], []
        self._link, self._words, self._heading = None, [], False
        self.feed(answer.text)
        self.words = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag, attrs):
        """Note what a page may not have, its links and its forms."""
        said = dict(attrs)
        if "id" in said:
            self.ids.append(said["id"])
        if "style" in said or tag == "style" or any(name.startswith("on") for name in said):
            self.wrong.append(f"<{tag}> brings a style or a script")
        if tag == "script" and "src" not in said:
            self.wrong.append("a script stands in the page")
        if tag == "a" and "href" in said:
            self._link = said["href"]
            self.links.setdefault(self._link, "")
        if tag == "form":
            self.forms.append({"method": said.get("method", "get"), "action": said.get("action"), "fields": {}})
        if tag in ("input", "button", "textarea", "select") and self.forms and said.get("name"):
            self.forms[-1]["fields"][said["name"]] = said.get("value", "")
        if tag in ("input", "textarea", "select") and said.get("type") not in ("hidden", "range"):
            self.forms[-1].setdefault("asked", []).append(said.get("id"))
        if tag == "label":
            self.forms[-1].setdefault("labels", []).append(said.get("for"))
        self._heading = tag == "h1"

    def handle_endtag(self, tag):
        """A link ends."""
        if tag == "a":
            self._link = None
        self._heading = False

    def handle_data(self, data):
        """Keep the words."""
        self._words.append(data)
        if self._link is not None:
            self.links[self._link] += data
        if self._heading:
            self.headings.append(data)

    def sound(self):
        """Whatever a page shows, it keeps to the policy of the pages and can be used without a script."""
        assert self.text.count("<h1") == 1, "one first heading"
        assert not self.wrong, self.wrong
        assert not [each for each, n in Counter(self.ids).items() if n > 1], "ids are unique"
        assert "unsafe" not in self.headers["content-security-policy"]
        assert not re.search(r'(?:src|href)="(?:https?:)?//', self.text), "nothing is loaded from elsewhere"
        for form in self.forms:
            if form["method"] == "post":
                assert form["fields"].get("csrf_token"), form
            assert set(form.get("asked", ())) <= set(form.get("labels", ())), form
        for each in self.links:
            assert not each.startswith("#") or each[1:] in self.ids, each
        return self


class Visitor:
    """Somebody who signed in."""

    def __init__(self, app, name, client=None):
        self.client = client or TestClient(app, raise_server_exceptions=False)
        self.client.follow_redirects = False
        self.name = name
        if client is None:
            token = self._token("/console/sign-in")
            data = {"csrf_token": token, "token": f"lct_{name}"}
            assert self.client.post("/console/sign-in", data=data).status_code == 303

    def _token(self, path):
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(path).text)
        return html.unescape(found[1])

    def page(self, path, status=200):
        """Open a page, which must be sound."""
        answer = self.client.get(f"/console{path}", headers={"accept": "text/html"})
        assert answer.status_code == status, answer.text[:2000]
        return Shown(answer).sound()

    def send(self, path, status=303, files=None, **data):
        """Send a form; where it leads to another page, the address of that page, else the page it is."""
        data = {"csrf_token": self._token("/console/cases/yours"), **data}
        answer = self.client.post(f"/console{path}", data=data, files=files, headers={"accept": "text/html"})
        assert answer.status_code == status, answer.text[:2000]
        if status == 303:
            return answer.headers["location"].removeprefix("/console")
        return Shown(answer).sound()
