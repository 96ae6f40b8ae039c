"""Texts that would be scripts, in every place where somebody can write something: shown as they are, and never run."""

from __future__ import annotations

import itertools
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ATTEMPTS = (
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "\"><svg onload=window.ran=1><a b='",
    "</textarea></title></style><script>window.ran = 1</script>",
    "'-(window.ran=1)-'",
    "{{ 7 * 191 }}{% set ran = 1 %}${7*191}",
    "<a href='javascript:window.ran=1' hx-get='/console' hx-trigger='load' hx-on:click='window.ran=1'>go</a>",
    "<meta http-equiv=refresh content='0;url=http://elsewhere.invalid/'><base href=http://elsewhere.invalid/>",
    "<form action=http://elsewhere.invalid/><button autofocus onfocus=window.ran=1>go</button></form>",
)
"""What is tried; whatever of it ran would leave a mark in the window."""

ALL = "\n".join(ATTEMPTS)


def unharmed(page):
    """Nothing ran, nothing was put in, and the page is still ours."""
    assert page.evaluate("window.ran === undefined")
    assert (
        page.locator("main script, main img, main meta, main base, main [onload], main [onerror], [hx-trigger]").count()
        == 0
    )
    assert page.locator("a[href^='javascript:'], form[action^='http://elsewhere']").count() == 0
    assert "1337" not in page.locator("main").inner_text()
    assert page.get_by_role("contentinfo").count() == 1


def watched(reader):
    """The page of somebody; a window that pops up is a failure."""
    reader.page.on("dialog", lambda dialog: (reader.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return reader.page


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_reasons_are_text(house, seat, script):
    """What a reviewer writes is text in the preview, on the account and where it is read, with all its signs."""
    reader = seat(house, script=script)
    page = watched(reader)
    reader.enters("r1", "/accounts/shop-1017")
    page.get_by_role("link", name="Reject…").click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Preview"))
    form.get_by_label(re.compile("^Reasons")).fill(ALL)
    form.get_by_role("button", name="Preview").click()
    letter = page.get_by_role("region", name="What the holder will read")
    for each in ATTEMPTS:
        expect(letter).to_contain_text(each)
    unharmed(page)
    assert form.get_by_label(re.compile("^Reasons")).input_value() == ALL
    form.get_by_role("button", name="Reject").click()
    expect(page.locator("#done")).to_be_visible()
    unharmed(page)
    page.locator(".timeline tr").last.get_by_role("link", name=re.compile("read it")).click()
    expect(page.locator("blockquote")).to_contain_text(ATTEMPTS[1])
    assert page.locator("blockquote").inner_text().strip() == ALL
    unharmed(page)


def test_what_a_holder_writes_is_text(house, seat):
    """An explanation that came in over the API is text wherever the staff meets it."""
    reader = seat(house)
    page = watched(reader)
    headers = {"Authorization": "Bearer lct_shop", "If-Match": "*"}
    steps = (
        (
            "r7",
            "C-02",
            {
                "trigger": "suspend",
                "facts": {"ground": "harassment"},
                "evidence": [{"kind": "statement_of_reasons", "text": ALL}],
            },
        ),
        (
            "shop",
            "C-02",
            {
                "trigger": "appeal",
                "role": "holder",
                "evidence": [
                    {"kind": "explanation", "text": ALL[:600]},
                    {"kind": "passport", "ref": "doc-1"},
                ],
            },
        ),
    )
    for n, (who, account, body) in enumerate(steps):
        said = headers | {"Authorization": f"Bearer lct_{who}", "Idempotency-Key": f"script-{n}"}
        answer = page.request.post(f"{house.address}/accounts/{account}/transitions", headers=said, data=body)
        assert answer.ok, answer.text()
    reader.enters("r1")
    expect(page.get_by_role("link", name="C-02", exact=True)).to_be_visible()
    reader.goes("/accounts/C-02")
    unharmed(page)
    links = page.locator(".timeline").get_by_role("link", name=re.compile("read it"))
    assert links.count() == 2
    for n in range(links.count()):
        links.nth(n).click()
        expect(page.locator("blockquote")).to_contain_text(ATTEMPTS[0])
        unharmed(page)
        page.go_back()


FIELDS = (
    ("/accounts", "Account id", "Open the account"),
    ("/accounts", "Value", "Find"),
    ("/cases", "Words", "Filter"),
    ("/policy/conditions", "Words in a condition", "Find"),
    ("/policy/parameters", re.compile("^Words"), "Find"),
    ("/policy/trace", re.compile("^Words in a rule"), "Find"),
    ("/audit", "Account", "Filter"),
    ("/audit", "Who", "Filter"),
    ("/cases/yours", "The case", "Replay it"),
    ("/policy/compare", "Other parameters, in TOML", "Show what would come otherwise"),
    ("/accounts/shop-1036/decide?trigger=place_hold&by=reviewer", "Hold", "Place hold"),
)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_every_field_takes_text_for_text(museum, seat, script):
    """Whatever is written into any field of any page comes back as text, or not at all."""
    reader = seat(museum, script=script)
    reader.foresees(400, 404, 422)
    page = watched(reader)
    reader.enters("r1")
    for (path, label, button), attempt in itertools.product(FIELDS, ATTEMPTS[:4]):
        if path == "/policy/compare" and attempt != ATTEMPTS[3]:
            continue
        reader.goes(path)
        field = page.get_by_label(label, exact=isinstance(label, str))
        field.evaluate("it => it.removeAttribute('maxlength')")
        field.fill(attempt)
        page.locator("form").filter(has=field).get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state()
        unharmed(page)


CASE = """
[[case]]
title  = '''{0}'''
about  = '''{0}'''
cites  = ["P-05"]
chosen = ['''{0}''']
starts = "security_locked"
begins = 2026-03-02T09:00:00Z
given  = {{ ground = "unusual_logins", author = "system:rules", contacts = ["email", "phone"] }}

[[case.step]]
after     = {{ minutes = 5 }}
by        = "holder"
does      = "send_unlock_code"
facts     = {{ channel = "sms" }}
meanwhile = '''{0}'''
note      = '''{0}'''
then      = "active"
"""


def test_the_words_of_a_case_are_text(museum, seat):
    """Title, story, notes and what went wrong of a case of one's own are shown as they are written."""
    reader = seat(museum)
    reader.foresees(422)
    page = watched(reader)
    reader.enters("r1")
    for attempt in (ATTEMPTS[0], ATTEMPTS[1], ATTEMPTS[2], ATTEMPTS[3], ATTEMPTS[5]):
        reader.goes("/cases/yours")
        page.get_by_label("The case", exact=True).fill(CASE.format(attempt))
        page.get_by_role("button", name="Replay it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(attempt)
        expect(page.get_by_text("It did not come out as the case says.")).to_be_visible()
        unharmed(page)


def test_addresses_carry_no_script(museum, seat):
    """What stands in an address is text as well, and nobody is sent elsewhere after signing in."""
    reader = seat(museum)
    reader.foresees(400, 403, 404, 422)
    page = watched(reader)
    for wanted in (
        "//elsewhere.invalid/",
        "http://elsewhere.invalid/",
        "javascript:window.ran=1",
        "/console/\\elsewhere.invalid",
    ):
        page.goto(f"{museum.console}/sign-in?next={wanted}")
        page.get_by_label("Your token").fill("lct_r1")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{museum.console}/appeals")
        page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Your token").fill(ATTEMPTS[2])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This token is not known")).to_be_visible()
    unharmed(page)
    reader.enters("r1")
    for attempt in ATTEMPTS[:5]:
        said = quote(attempt, safe="")
        for path in (
            f"/accounts/{said}",
            f"/accounts/shop-1017?seen_as={said}",
            f"/accounts/shop-1017/decide?trigger={said}&by=reviewer",
            f"/accounts/shop-1017/decide?trigger=reject&by={said}",
            f"/appeals?view={said}",
            f"/cases/{said}",
            f"/cases?tag={said}&kind={said}&guide={said}",
            f"/policy/chapters/{said}",
            f"/policy?machine={said}",
            f"/audit?trigger={said}&role={said}",
            f"/{said}",
        ):
            reader.goes(path)
            unharmed(page)
