"""A browser without scripts for tests: it signs in, follows links, and sends forms as they stand on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from litestar.testing import TestClient
from web import tokens

from lifecycle.http.app import asgi

INLINE = {"a", "abbr", "b", "code", "em", "meter", "output", "small", "span", "strong", "time"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Tree(HTMLParser):
    """Every element with its attributes and text, and the forms with their fields."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.forms, self.open, self.text = [], [], [], []
        self._select = self._area = self._option = None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in INLINE:
            self.text.append(" ")
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "form":
            self.forms.append({"action": attributes.get("action", ""), "fields": {}, "buttons": []})
        if not self.forms or "form" not in self.open:
            return
        fields, name = self.forms[-1]["fields"], attributes.get("name")
        if tag == "input" and name:
            fields[name] = attributes.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in attributes or self._select not in fields):
            fields[self._select] = attributes.get("value", "")
        elif tag == "textarea":
            self._area = name
            fields[name] = ""
        elif tag == "button":
            self.forms[-1]["buttons"].append(attributes)

    def handle_endtag(self, tag):
        if tag not in INLINE:
            self.text.append(" ")
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area is not None:
            self.forms[-1]["fields"][self._area] += data
        if not {"script", "style"} & set(self.open):
            self.text.append(data)


class Seen:
    """A page as somebody sees it."""

    def __init__(self, answer):
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        self.goes_to = answer.headers.get("location")
        self.tree = _Tree()
        self.tree.feed(self.html)

    @property
    def words(self):
        """The text of the page in one line."""
        return " ".join("".join(self.tree.text).split())

    @property
    def heading(self):
        """The first heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""

    def form(self, ends):
        """The fields of the form whose action ends so."""
        return next(form for form in self.tree.forms if form["action"].endswith(ends))

    def has(self, tag, **wanted):
        """Whether there is an element with these attributes."""
        return any(t == tag and wanted.items() <= a.items() for t, a in self.tree.elements)


class Browser:
    """Somebody at a browser without scripts."""

    def __init__(self, accounts, name=None, *, app=None, **options):
        self.app = app or asgi(accounts, tokens(), secure_cookies=False, secret="s" * 32, **options)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.last = None
        if name is not None:
            self.sign_in(name)

    def also(self, name):
        """Somebody else at a browser of their own."""
        return Browser(None, name, app=self.app)

    def sign_in(self, name):
        """Sign in with a token."""
        page = self.get("/console/sign-in")
        return self.send(page.form("/sign-in"), token=f"lct_{name}")

    def get(self, path, **headers):
        """Open an address; where it leads elsewhere, that is not followed."""
        answer = self.client.get(path, headers={"accept": "text/html", **headers}, follow_redirects=False)
        self.last = Seen(answer)
        return self.last

    def send(self, form, button=None, headers=None, **typed):
        """Send a form as it stands, with what was typed; *button* is the name and value of the one that was pressed."""
        fields = {**form["fields"], **typed, **(dict([button]) if button else {})}
        answer = self.client.post(
            form["action"], data=fields, headers={"accept": "text/html", **(headers or {})}, follow_redirects=False
        )
        self.last = Seen(answer)
        return self.last

    def follow(self):
        """Go where the last answer leads."""
        return self.get(self.last.goes_to)
