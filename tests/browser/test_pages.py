"""Every page of the console: accessible in light and in dark, on a phone, and loaded from the service itself alone."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

CASE = """
[[case]]
title  = "A lock that a code opens"
cites  = ["P-05"]
starts = "security_locked"
begins = 2026-03-02T09:00:00Z
given  = { ground = "unusual_logins", author = "system:rules", contacts = ["email", "phone"] }

[[case.step]]
after = { minutes = 5 }
by    = "holder"
does  = "send_unlock_code"
facts = { channel = "sms" }
then  = "security_locked"
"""

PAGES = (
    "/appeals",
    "/appeals?view=mine",
    "/appeals?view=unassigned",
    "/appeals?view=overdue",
    "/appeals?view=second",
    "/accounts",
    "/accounts?stands=suspended",
    "/accounts?stands=deactivated",
    "/accounts?q=nobody-here",
    "/accounts/shop-1017",
    "/accounts/shop-1031?step=2",
    "/accounts/shop-1036?seen_as=holder",
    "/accounts/C-06",
    "/accounts/C-06?seen_as=system",
    "/accounts/story-G2",
    "/accounts/story-G4",
    "/accounts/C-05/ways/active",
    "/accounts/shop-1017/decide?trigger=reject&by=reviewer",
    "/accounts/shop-1031/decide?trigger=reject&by=reviewer",
    "/accounts/C-02/decide?trigger=suspend&by=reviewer",
    "/cases",
    "/cases?guide=G3",
    "/cases?q=no+case+has+these+words",
    "/cases/yours",
    "/cases/from/C-06",
    "/policy",
    "/policy?machine=level",
    "/policy/chapters/appeals",
    "/policy/chapters/closure",
    "/policy/conditions",
    "/policy/conditions?q=appeal",
    "/policy/parameters",
    "/policy/tables",
    "/policy/trace",
    "/policy/trace?q=appeal",
    "/policy/compare",
    "/audit",
    "/audit?show=refused",
    "/audit?actor=nobody-ever",
    "/health",
    "/welcome",
)
"""Addresses of pages, as a reviewer sees them; forms that were sent are looked at below."""


def told(found):
    """What was found on each page, in lines."""
    return "\n".join(f"{path}: {line}" for path, lines in found.items() for line in lines)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_has_an_accessibility_violation(museum, seat, dark):
    """axe-core finds nothing that WCAG 2.2 forbids at A or AA, on any page, in light and in dark."""
    reader = seat(museum, dark=dark)
    reader.enters("r1")
    found = {}
    for path in PAGES:
        reader.goes(path)
        found[path] = reader.violations()
    assert not any(found.values()), told(found)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_every_page_fits_its_window(museum, seat, script, width):
    """From 320 CSS pixels on no page scrolls sideways and no cell spills over the next, with JavaScript and without."""
    reader = seat(museum, width=width, height=640, script=script)
    reader.enters("r1")
    wide, spilt = {}, {}
    for path in PAGES:
        reader.goes(path)
        wide[path] = reader.overflow()
        spilt[path] = reader.spilt()
    assert max(wide.values()) <= 0, wide
    assert not any(spilt.values()), told(spilt)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_for_a_supervisor_or_an_agent_has_an_accessibility_violation(museum, seat, dark):
    """What only others see holds as well: the queue of a supervisor, what they may do, and an agent's pages."""
    for who in ("s1", "a1"):
        reader = seat(museum, dark=dark)
        reader.enters(who)
        for path in ("/appeals", "/accounts/shop-1041", "/accounts/shop-1044", "/accounts/C-02", "/health", "/welcome"):
            reader.goes(path)
            assert reader.violations() == [], (who, path)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_that_says_what_is_in_the_way_is_accessible(museum, seat, dark):
    """Signing in, a wrong token, no such page, not allowed, a form with mistakes: each says what to do, for everybody."""
    reader = seat(museum, dark=dark)
    reader.foresees(403, 404, 422)
    page = reader.page
    found = []
    page.goto(f"{museum.console}/appeals")
    assert "/sign-in" in page.url
    found += reader.violations()
    page.get_by_label("Your token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This token is not known").wait_for()
    found += reader.violations()
    reader.enters("a1")
    for path in ("/nothing-here", "/accounts/nobody", "/accounts/shop-1017/decide?trigger=reject&by=reviewer"):
        reader.goes(path)
        assert page.get_by_role("heading", level=1).count() == 1
        found += reader.violations()
    reader.goes("/cases/yours")
    page.get_by_label("The case", exact=True).fill("this is no case")
    page.get_by_role("button", name="Replay it").click()
    page.get_by_text("This cannot be replayed").wait_for()
    found += reader.violations()
    assert found == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_made_by_a_form_are_accessible_and_fit(museum, seat, dark, width):
    """A case of one's own, other parameters, an account found by its address, a dialog: accessible, and never too wide."""
    reader = seat(museum, dark=dark, width=width)
    page = reader.enters("s1", "/cases/yours")
    found, wide = [], []

    def look():
        found.extend(reader.violations())
        wide.append(reader.overflow())

    page.get_by_label("The case", exact=True).fill(CASE)
    page.get_by_role("button", name="Replay it").click()
    page.get_by_role("heading", name="A lock that a code opens").wait_for()
    look()
    reader.goes("/policy/compare")
    page.get_by_label("Other parameters, in TOML").fill('[recovering]\nappeal_silence = "3 working days"\n')
    page.get_by_role("button", name="Show what would come otherwise").click()
    page.get_by_role("heading", name="What changes in the policy").wait_for(timeout=120_000)
    look()
    reader.goes("/accounts/shop-1017")
    page.get_by_role("link", name="Escalate").or_(page.get_by_role("link", name="Reject")).or_(
        page.locator("a[data-opens-dialog]")
    ).first.click()
    page.get_by_role("dialog").wait_for()
    look()
    assert found == []
    assert [pixels for pixels in wide if pixels > 0] == []


def test_an_empty_service_says_what_would_stand_there(empty, seat):
    """Without any account each page says what it is for and what to do, accessibly and within 320 pixels."""
    reader = seat(empty, width=320)
    reader.enters("s1")
    for path in ("/appeals", "/appeals?view=mine", "/accounts", "/audit", "/audit?show=refused", "/health", "/welcome"):
        page = reader.goes(path)
        assert page.locator(".empty, .panel").count() > 0, path
        assert reader.violations() == [], path
        assert reader.overflow() <= 0, path
