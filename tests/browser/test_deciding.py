"""A reviewer's day: an overdue appeal found, read, decided; what colleagues did meanwhile; four eyes; who has taken what."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

REASONS = "The orders were paid only after the block. Pay what is open, then appeal again."


def row(page, account):
    """The row of the queue that an account has."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=account, exact=True))


def form(page):
    """The form of a decision, on a page of its own or in the dialog."""
    return page.locator("form").filter(has=page.get_by_role("button", name="Preview"))


def opened(page, name):
    """Open the form of what may be done."""
    page.get_by_role("link", name=f"{name}…").click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
    return form(page)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_overdue_appeal_is_found_read_and_decided(house, seat, script):
    """Found in the queue, read with its guards and texts, previewed, decided; then timeline and diagram have moved."""
    reader = seat(house, script=script)
    page = reader.enters("r1")
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("shop-1017")
    expect(first).to_contain_text("4 working days overdue")
    page.get_by_role("link", name=re.compile("^Overdue")).click()
    expect(page.get_by_role("row")).to_have_count(1 + 2)
    page.get_by_role("link", name="shop-1017").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("under appeal")
    expect(page.locator(".answer")).to_contain_text("calendar mon-fri UTC")
    asked = page.locator(".step").filter(has=page.get_by_text("Reject an appeal"))
    expect(asked).to_contain_text("Reasons the holder can read are given")
    expect(page.get_by_role("region", name="Timeline").get_by_text("not_from_this_state")).to_be_visible()
    page.get_by_role("link", name=re.compile("read it")).first.click()
    assert len(page.locator("blockquote").inner_text()) > 20
    page.go_back()
    steps = page.locator(".timeline tbody tr").count()
    moved = page.locator(".diagram [data-from]").count()

    asking = opened(page, "Reject")
    asking.get_by_label(re.compile("^Reasons")).fill(REASONS)
    asking.get_by_role("button", name="Preview").click()
    letter = page.get_by_role("region", name="What the holder will read")
    expect(letter).to_contain_text(REASONS)
    expect(letter).to_contain_text("suspended")
    expect(page.get_by_text("Nothing was written")).to_have_count(0)
    form(page).get_by_role("button", name="Reject").click()
    expect(page.locator("#done")).to_contain_text("It is done and written")
    expect(page.get_by_role("heading", level=1)).to_contain_text("suspended")
    assert page.locator(".timeline tbody tr").count() == steps + 1
    assert page.locator(".diagram [data-from]").count() > moved
    last = page.locator(".timeline tbody tr").last
    expect(last).to_contain_text("Reject")
    expect(last).to_contain_text("r1")
    expect(last).to_contain_text("The holder is told")
    reader.goes("/appeals")
    expect(page.get_by_text("8 open appeals, 1 overdue")).to_be_visible()


def test_a_form_that_lacks_something_says_what_and_keeps_what_was_typed(house, seat):
    """Without its reasons an appeal is not rejected: the page says so in a sentence, and nothing is written."""
    reader = seat(house, script=False)
    reader.foresees(409, 422)
    reader.enters("r1")
    page = reader.goes("/accounts/shop-1022/decide?trigger=reject&by=reviewer")
    asking = form(page)
    asking.get_by_label(re.compile("^Reasons")).fill("   ")
    asking.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("Reasons the holder can read are given")
    expect(form(page).get_by_label(re.compile("^Reasons"))).to_be_visible()
    page = reader.goes("/accounts/shop-1022")
    expect(page.get_by_role("heading", level=1)).to_contain_text("under appeal")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_of_two_who_decide_at_once_the_second_is_told_what_changed(house, seat, script):
    """Nothing of the second decision is written, and who decided what meanwhile stands there."""
    slow, quick = seat(house, script=script), seat(house, script=script)
    slow.foresees(412)
    pages = [(reader, reader.enters(who, "/accounts/shop-1022")) for reader, who in ((slow, "r1"), (quick, "r2"))]
    for _, page in pages:
        opened(page, "Reject").get_by_label(re.compile("^Reasons")).fill(REASONS)
    form(quick.page).get_by_role("button", name="Reject").click()
    expect(quick.page.locator("#done")).to_be_visible()
    form(slow.page).get_by_role("button", name="Reject").click()
    told = slow.page.get_by_role("alert")
    expect(told).to_contain_text("The account changed while you were deciding. Nothing was written.")
    expect(told).to_contain_text("What changed meanwhile")
    expect(told.get_by_role("row").last).to_contain_text("Reject")
    expect(told.get_by_role("row").last).to_contain_text("r2")
    expect(told).to_contain_text("cannot be done any more")
    page = slow.goes("/accounts/shop-1022")
    assert page.locator(".timeline tbody").get_by_text("Reject", exact=True).count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_what_still_can_be_done_is_decided_again_with_what_was_written(house, seat, script):
    """A colleague's hold changes the account: what was written is still there, and after a look it is decided once more."""
    slow, quick = seat(house, script=script), seat(house, script=script)
    slow.foresees(412)
    page = slow.enters("r1", "/accounts/shop-1036")
    opened(page, "Reject").get_by_label(re.compile("^Reasons")).fill(REASONS)
    other = quick.enters("r2", "/accounts/shop-1036")
    asking = opened(other, "Place hold")
    asking.get_by_label("Hold").fill("court-1")
    asking.get_by_role("button", name="Place hold").click()
    expect(other.locator("#done")).to_be_visible()
    form(page).get_by_role("button", name="Reject").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Nothing was written")
    expect(told).to_contain_text("Place hold")
    assert form(page).get_by_label(re.compile("^Reasons")).input_value() == REASONS
    form(page).get_by_role("button", name="Reject").click()
    expect(page.locator("#done")).to_contain_text("suspended")


def test_the_form_sent_twice_is_decided_once(house, seat):
    """A button pressed twice sends the same form twice: both times the answer is the one decision that was made."""
    reader = seat(house, script=False)
    reader.enters("r2")
    page = reader.goes("/accounts/shop-1040/decide?trigger=reject&by=reviewer")
    form(page).get_by_label(re.compile("^Reasons")).fill(REASONS)
    fields = form(page).evaluate("it => Object.fromEntries(new FormData(it))") | {"what": "decide"}
    ends = [page.request.post(page.url.partition("?")[0], form=fields).url for _ in range(2)]
    assert ends[0] == ends[1]
    page.goto(ends[0])
    expect(page.locator("#done")).to_be_visible()
    assert page.locator(".timeline tbody").get_by_text("Reject", exact=True).count() == 1


def test_whoever_decided_before_is_refused_by_four_eyes(house, seat):
    """The queue, the account and the form say that a second person is needed; sent all the same, it is refused."""
    reader = seat(house)
    reader.foresees(403, 409)
    page = reader.enters("r1")
    expect(row(page, "shop-1031")).to_contain_text("Needs a second person")
    expect(row(page, "shop-1031").get_by_role("button")).to_have_count(0)
    page.get_by_role("link", name="Needs a second person").click()
    expect(row(page, "shop-1031")).to_be_visible()
    page.get_by_role("link", name="shop-1031", exact=True).click()
    asked = page.locator(".step").filter(has=page.get_by_text("Reject an appeal"))
    expect(asked).to_contain_text("Needs a second person")
    expect(asked).to_contain_text("not now")
    expect(asked.get_by_role("link", name="Reject")).to_have_count(0)
    page = reader.goes("/accounts/shop-1031/decide?trigger=reject&by=reviewer")
    expect(page.get_by_text("Four eyes: a second person is needed.")).to_be_visible()
    expect(form(page).get_by_role("button", name="Reject")).to_be_disabled()
    form(page).get_by_label(re.compile("^Reasons")).fill(REASONS)
    form(page).get_by_role("button", name="Reject").evaluate("it => { it.disabled = false; it.click(); }")
    expect(page.get_by_role("alert")).to_contain_text("Whoever decides now did not decide before")
    page = reader.goes("/accounts/shop-1031")
    expect(page.get_by_role("heading", level=1)).to_contain_text("under appeal")
    colleague = seat(house)
    page = colleague.enters("r2", "/accounts/shop-1031")
    opened(page, "Reject").get_by_label(re.compile("^Reasons")).fill(REASONS)
    form(page).get_by_role("button", name="Reject").click()
    expect(page.locator("#done")).to_contain_text("suspended")


def test_an_appeal_is_taken_once_and_given_back(house, seat):
    """Who takes an appeal has it; whoever looked before is told so, and can take it over; given back, nobody has it."""
    one, other = seat(house), seat(house)
    other.foresees(412)
    page, late = one.enters("r1"), other.enters("r2")
    row(page, "shop-1036").get_by_role("button", name="Take").click()
    expect(row(page, "shop-1036")).to_contain_text("you")
    row(late, "shop-1036").get_by_role("button", name="Take").click()
    expect(late.get_by_role("heading", level=1)).to_contain_text("Somebody else was faster")
    expect(late.locator("main")).to_contain_text("r1 has it now")
    late = other.goes("/appeals")
    expect(row(late, "shop-1036")).to_contain_text("r1")
    page.get_by_role("link", name=re.compile("^Mine")).click()
    expect(page.get_by_role("row")).to_have_count(2)
    row(late, "shop-1036").get_by_role("button", name="Take over").click()
    expect(row(late, "shop-1036")).to_contain_text("you")
    row(late, "shop-1036").get_by_role("button", name="Give back").click()
    expect(row(late, "shop-1036")).to_contain_text("nobody")


def test_an_agent_reads_the_queue_and_decides_no_appeal(museum, seat):
    """A support agent sees whose turn it is and why nothing can be done; private texts are not theirs to read."""
    reader = seat(museum)
    page = reader.enters("a1")
    expect(row(page, "shop-1017")).to_contain_text("overdue")
    expect(page.get_by_role("button", name=re.compile("^Take"))).to_have_count(0)
    page = reader.goes("/accounts/shop-1017")
    expect(page.get_by_role("link", name="Reject…")).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("read it"))).to_have_count(0)
    expect(page.get_by_text("private").first).to_be_visible()
    page.get_by_role("navigation", name="Whose steps are shown").get_by_role("link", name="Reviewer").click()
    expect(page.locator(".step").filter(has=page.get_by_text("Reject an appeal"))).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_each_reversal_leads_to_a_form_of_its_own(museum, seat, script):
    """A supervisor sees which decision each card reverses; the form says the same, and asks it as a question."""
    reader = seat(museum, script=script)
    page = reader.enters("s1", "/accounts/shop-1041")
    cards = page.locator(".step").filter(has=page.get_by_role("link", name="Reverse decision…"))
    for n, (title, lifts) in enumerate((("under appeal", "suspension"), ("under appeal and its lock", "both"))):
        expect(cards.nth(n)).to_contain_text(f"Reverse a suspension {title}")
        cards.nth(n).get_by_role("link", name="Reverse decision…").click()
        expect(page.get_by_text(f"Reverse a suspension {title}.")).to_be_visible()
        assert form(page).get_by_label("What does the reversal lift?").input_value() == lifts
        page = reader.goes("/accounts/shop-1041")
    expect(page.locator(".step").filter(has_text="Reverse the lock under")).to_contain_text("not now")


def test_whoever_reads_a_private_text_finds_it_in_the_audit(house, seat):
    """The page says that it is noted; there it stands with the reference, and picked out by account."""
    reader = seat(house)
    page = reader.enters("r1", "/accounts/shop-1017")
    page.get_by_role("link", name=re.compile("read it")).first.click()
    page.get_by_role("link", name="audit", exact=True).click()
    line = page.get_by_role("row").nth(1)
    expect(line).to_contain_text("Read a private text")
    expect(line).to_contain_text("r1")
    expect(line).to_contain_text("text-")
    assert reader.violations() == []
    page.get_by_role("link", name="What was done").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("shop-1017")


def test_a_reviewer_is_told_who_decides_what_was_taken_further(museum, seat):
    """Neither the queue nor the account offers it; both say that a supervisor decides it."""
    reader = seat(museum)
    page = reader.enters("r2")
    expect(row(page, "shop-1041")).to_contain_text("a supervisor decides it")
    expect(row(page, "shop-1041").get_by_role("button")).to_have_count(0)
    page = reader.goes("/accounts/shop-1041")
    expect(page.locator(".answer")).to_contain_text("a supervisor decides it")
    expect(page.locator(".answer").get_by_role("button")).to_have_count(0)


def test_a_supervisor_decides_what_was_taken_to_one(house, seat):
    """An appeal that was taken further has its own time to be answered, and a supervisor grants it."""
    reader = seat(house)
    page = reader.enters("s1")
    expect(row(page, "shop-1041")).to_contain_text("escalated")
    page = reader.goes("/accounts/shop-1041")
    asking = opened(page, "Grant")
    asking.get_by_label(re.compile("^Reasons")).fill(REASONS)
    asking.get_by_role("button", name="Preview").click()
    letter = page.get_by_role("region", name="What the holder will read")
    expect(letter).to_contain_text(REASONS)
    expect(letter).to_contain_text("a supervisor")
    form(page).get_by_role("button", name="Grant").click()
    expect(page.locator("#done")).to_contain_text("active")
