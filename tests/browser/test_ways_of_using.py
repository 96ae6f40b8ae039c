"""Using the console by keyboard alone: order, focus, the way past the navigation, the dialog, and the scrubber."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MOST = 400
"""How often Tab is pressed at most before something must have been reached."""


def tabbed(reader):
    """Everything that Tab reaches on a page, in order, until it begins anew."""
    found = []
    for _ in range(MOST):
        reader.page.keyboard.press("Tab")
        here = reader.focused()
        if here is None:
            return found
        found.append(here)
    raise AssertionError("Tab never comes to an end")


def until(reader, name):
    """Press Tab until something of this name has the focus."""
    for _ in range(MOST):
        reader.page.keyboard.press("Tab")
        here = reader.focused()
        if here is not None and re.search(name, here["name"]):
            return here
    raise AssertionError(f"Tab never reaches {name}")


@pytest.mark.parametrize(
    "path",
    [
        "/appeals",
        "/accounts",
        "/accounts/shop-1017",
        "/accounts/shop-1017/decide?trigger=reject&by=reviewer",
        "/cases",
        "/cases/yours",
        "/policy/compare",
        "/audit",
        "/health",
    ],
)
@pytest.mark.parametrize("width", [320, 1280])
def test_tab_reaches_everything_in_order_and_is_seen(museum, seat, path, width):
    """Tab goes through a page in the order it is written, is shown wherever it stands, and is never caught."""
    reader = seat(museum, width=width)
    page = reader.enters("r1", path)
    reached = page.evaluate("""() => {
      const seen = (it) => it.checkVisibility({ visibilityProperty: true }) && !it.disabled;
      window.stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(seen);
      return window.stops.length;
    }""")
    order, unseen = [], []
    for _ in range(2 * reached):
        page.keyboard.press("Tab")
        here = reader.focused()
        if here is None:
            break
        place = page.evaluate("window.stops.indexOf(document.activeElement)")
        if order and place == order[-1]:
            # The parts of a date are several stops of one field, and the browser's own.
            continue
        order.append(place)
        if not here["outlined"] or not here["inside"]:
            unseen.append(here)
    assert unseen == []
    assert order == list(range(reached))


def test_the_first_stop_leads_past_the_navigation(museum, seat):
    """The skip link is the first thing Tab reaches, is seen then, and leads into the page itself."""
    reader = seat(museum)
    page = reader.enters("r1")
    page.reload()
    page.keyboard.press("Tab")
    here = reader.focused()
    assert here["name"] == "Skip to the page"
    assert here["inside"]
    page.keyboard.press("Enter")
    assert reader.focused()["id"] == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_an_appeal_is_decided_by_keyboard_alone(house, seat):
    """From signing in to what was decided, no mouse: the form opens with the focus in it, and ends at what was done."""
    reader = seat(house)
    page = reader.page
    page.goto(f"{house.console}/sign-in")
    until(reader, "Your token")
    page.keyboard.type("lct_r1")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Appeals").wait_for()
    until(reader, "^shop-1017$")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1).get_by_text("shop-1017").wait_for()
    until(reader, "^Reject…$")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    expect(dialog.get_by_role("heading", name="Reject", exact=True)).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Reject…")).to_be_focused()
    page.keyboard.press("Enter")
    dialog.wait_for()
    until(reader, "^Reasons")
    page.keyboard.type("Pay what is open first.")
    until(reader, "^Preview$")
    page.keyboard.press("Enter")
    letter = page.get_by_role("region", name="What the holder will read")
    expect(letter).to_be_focused()
    until(reader, "^Reject$")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("suspended")


@pytest.mark.parametrize("path", ["/accounts/C-06", "/cases"])
def test_a_path_is_walked_by_keyboard(museum, seat, path):
    """The scrubber moves the picture a step with each arrow key, to its ends with Home and End, and says where it is."""
    reader = seat(museum)
    page = reader.enters("r1", path)
    if path == "/cases":
        page.get_by_label("Words").fill("C-06")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=re.compile(r"^C-06")).click()
    slider = page.get_by_role("slider", name="Step of the path")
    last = int(slider.get_attribute("max"))
    assert last > 3
    says = page.locator("[data-says-here]")
    expect(says).to_contain_text(f"{last} of {last}:")
    assert page.locator(".diagram .later").count() == 0
    slider.focus()
    page.keyboard.press("Home")
    expect(says).to_have_text(f"0 of {last}: before the first step")
    hidden = page.locator(".diagram .later").count()
    assert hidden > 0
    faded = [hidden]
    for step in range(1, last + 1):
        page.keyboard.press("ArrowRight")
        expect(says).to_contain_text(f"{step} of {last}:")
        expect(page.locator("tr[aria-current=step]")).to_have_attribute("data-step", str(step))
        assert page.locator(".diagram .now").count() > 0
        assert slider.get_attribute("aria-valuetext").startswith(f"{step} of {last}:")
        faded.append(page.locator(".diagram .later").count())
    assert faded == sorted(faded, reverse=True)
    assert faded[-1] == 0
    page.keyboard.press("ArrowLeft")
    expect(says).to_contain_text(f"{last - 1} of {last}:")
    page.keyboard.press("End")
    expect(says).to_contain_text(f"{last} of {last}:")
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    expect(says).to_contain_text(f"1 of {last}:", timeout=10_000)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play")).to_be_focused()


@pytest.mark.parametrize("path", ["/accounts/C-06", "/cases"])
def test_a_path_is_walked_without_javascript(museum, seat, path):
    """Each step is a link: the picture is drawn as it stood then, and the row of the timeline is marked."""
    reader = seat(museum, script=False)
    page = reader.enters("r1", path)
    if path == "/cases":
        page.get_by_label("Words").fill("C-06")
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("link", name=re.compile(r"^C-06")).click()
    links = page.get_by_role("navigation", name="Steps of the path").get_by_role("link")
    expect(page.get_by_role("slider")).to_have_count(0)
    last = links.count()
    links.nth(1).click()
    expect(page.locator("tr[aria-current=step]")).to_have_attribute("data-step", "2")
    faded = page.locator(".diagram .later").count()
    assert faded > 0
    links.nth(last - 1).click()
    expect(page.locator("tr[aria-current=step]")).to_have_attribute("data-step", str(last))
    expect(page.locator(".diagram .later")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_ways_out_are_shown_when_asked_for(museum, seat, script):
    """Opened, each target lists who acts, what to bring and when; without a script they are a page."""
    reader = seat(museum, script=script)
    page = reader.enters("r1", "/accounts/C-05")
    page.locator("summary", has_text="To active").click()
    if not script:
        page.get_by_role("link", name="Show the ways to active").click()
    expect(page.locator("ol.ways-list > li, .empty").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_account_is_saved_as_a_case_and_replayed(museum, seat, tmp_path, script):
    """A real account becomes a case file that names nobody and comes out as it says when it is replayed."""
    reader = seat(museum, script=script, accept_downloads=True)
    page = reader.enters("r1", "/accounts/shop-1044")
    page.get_by_role("link", name="Save it as a case").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name.endswith(".case.toml")
    text = saved.read_text(encoding="utf-8")
    assert "[[case]]" in text
    assert not re.search(r"shop-1044|\br[12]\b|passport_", text)
    page.get_by_role("button", name="Replay it").click()
    expect(page.get_by_text("Everything came out as the case says.")).to_be_visible()
    reader.goes("/cases/yours")
    page.get_by_label("Or a file").set_input_files(saved)
    page.get_by_role("button", name="Replay it").click()
    expect(page.get_by_text("Everything came out as the case says.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_cases_are_picked_out_and_replayed(museum, seat, script):
    """The list is narrowed by a word, what is picked out is replayed, and every case comes out as it says."""
    reader = seat(museum, script=script)
    page = reader.enters("r1", "/cases")
    page.get_by_label("Words").fill("story")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name=re.compile("^Replay")).click()
    told = page.get_by_role("status").filter(has_text="case")
    expect(told).to_contain_text("as they say", timeout=60_000)
    expect(told).not_to_contain_text("otherwise")
    expect(told).not_to_contain_text("not replayed")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_log_is_searched_and_taken_away_as_a_file(museum, seat, tmp_path, script):
    """Who did what is picked out by person; the file holds what is shown."""
    reader = seat(museum, script=script, accept_downloads=True)
    page = reader.enters("s1", "/audit")
    page.get_by_label("Who", exact=True).fill("r1")
    page.get_by_role("button", name="Filter").click()
    lines = page.get_by_role("row")
    assert lines.count() > 1
    assert all("r1" in text for text in lines.all_inner_texts()[1:])
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).click()
    saved = tmp_path / "audit.csv"
    download.value.save_as(saved)
    assert len(saved.read_text(encoding="utf-8").splitlines()) == lines.count()


def test_times_are_shown_in_the_reader_s_zone(museum, seat):
    """The zone is named at the foot; another one is chosen there and holds from then on, the calendar being named."""
    reader = seat(museum)
    page = reader.enters("r1", "/accounts/shop-1017")
    expect(page.get_by_role("contentinfo")).to_contain_text("Times are in UTC")
    expect(page.get_by_role("contentinfo")).to_contain_text("mon-fri")
    expect(page.locator(".answer")).to_contain_text("24 Mar 2026 16:30")
    page.get_by_text("Show times in another zone").click()
    assert page.get_by_label("Time zone").input_value() == "Europe/Berlin"
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("contentinfo")).to_contain_text("Times are in Europe/Berlin")
    expect(page.locator(".answer")).to_contain_text("24 Mar 2026 17:30")


def test_the_first_run_loads_the_cases(empty, seat):
    """An empty service offers the guides' cases to a supervisor; loaded, there are accounts to look at."""
    reader = seat(empty)
    page = reader.enters("a1", "/welcome")
    expect(page.get_by_text("A supervisor can load them")).to_be_visible()
    other = seat(empty)
    page = other.enters("s1", "/welcome")
    page.get_by_role("button", name="Load them").click()
    page.get_by_role("heading", name="Appeals").wait_for(timeout=120_000)
    page = other.goes("/accounts")
    assert page.get_by_role("row").count() > 20


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_notice_tried_in_vain_is_sent_again(house, seat, script):
    """Health names the notice that could not be sent; a supervisor lets it be sent again, and it waits."""
    reader = seat(house, script=script)
    page = reader.enters("s1", "/health")
    dead = page.get_by_role("region", name="Notices tried in vain")
    dead.get_by_role("button", name=re.compile("^Send again")).first.click()
    expect(page.get_by_text("The notice will be sent again.")).to_be_visible()
    expect(page.get_by_role("region", name="Notices tried in vain")).to_contain_text("None.")


def test_whoever_signs_out_is_out(museum, seat):
    """After signing out no page is shown any more, also not by going back."""
    reader = seat(museum)
    page = reader.enters("r1")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("shop-1017")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_account_is_opened_from_any_page(museum, seat, script):
    """The head of every page takes an account's id; Ctrl K leads there, and Enter opens the account."""
    reader = seat(museum, script=script)
    page = reader.enters("r1", "/policy/conditions")
    if script:
        page.keyboard.press("Control+k")
        assert reader.focused()["id"] == "jump"
        page.keyboard.type("shop-1017")
    else:
        page.get_by_label("Open an account by its id").fill("shop-1017")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/accounts/shop-1017")
    expect(page.get_by_role("heading", level=1)).to_contain_text("shop-1017")
