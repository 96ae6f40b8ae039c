"""How heavy and how quick pages are in a browser: an account with few and with many events, and a long queue.

The figures are printed. Times are of this machine; what is asserted is only that a long log costs a page no more than a
bound that has room for slow machines. LIFECYCLE_APPEALS and LIFECYCLE_EVENTS set how much there is.
"""

from __future__ import annotations

import os
import statistics

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

EVENTS = int(os.environ.get("LIFECYCLE_EVENTS", "500"))
APPEALS = int(os.environ.get("LIFECYCLE_APPEALS", "1000"))
TIMES = 5

_PAINTED = """() => new Promise((told) => {
  const seen = () => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    if (!paint) return requestAnimationFrame(seen);
    const page = performance.getEntriesByType("navigation")[0];
    const all = performance.getEntriesByType("resource");
    told({
      paint: paint.startTime,
      answered: page.responseEnd,
      page: page.transferSize,
      bare: page.decodedBodySize,
      whole: all.reduce((sum, one) => sum + one.transferSize, page.transferSize),
    });
  };
  seen();
})"""


def measured(reader, path):
    """The page loaded once by a browser that has nothing yet, then several times; the median of those."""
    reader.context.new_cdp_session(reader.page).send("Network.clearBrowserCache")
    reader.goes(path)
    first = reader.page.evaluate(_PAINTED)
    later = []
    for _ in range(TIMES):
        reader.goes(path)
        later.append(reader.page.evaluate(_PAINTED))
    return first, {name: statistics.median(each[name] for each in later) for name in first}


def line(what, first, later):
    """A line of figures."""
    return (
        f"{what}: page {later['bare'] / 1024:.0f} KiB, with all it loads {first['whole'] / 1024:.0f} KiB the first time; "
        f"answered after {later['answered']:.0f} ms, first paint after {later['paint']:.0f} ms (first time {first['paint']:.0f} ms)"
    )


@pytest.fixture
def raised(houses):
    """Services that are closed at the end."""
    made = []

    def raising(what):
        made.append(houses(what))
        return made[-1]

    yield raising
    for each in made:
        each.close()


def test_the_page_of_an_account_with_few_and_with_many_events(raised, seat, tell):
    """A log a hundred times as long makes the page of an account not even five times as heavy: it is told in parts."""
    weights = {}
    for events in (5, EVENTS):
        house = raised(f"events:{events}")
        reader = seat(house)
        reader.enters("r1", "/accounts")
        first, later = measured(reader, "/accounts/long")
        expect(reader.page.locator("dl.facts").first).to_contain_text(str(events))
        assert reader.page.locator(".timeline tbody tr").count() == min(events, 50)
        weights[events] = later["bare"]
        tell(line(f"account with {events:,} events", first, later))
    assert weights[EVENTS] < 5 * weights[5]


def test_the_queue_with_many_appeals(raised, seat, tell):
    """A long queue is told by the page: what is due first stands first, however many wait."""
    house = raised(f"appeals:{APPEALS}")
    reader = seat(house)
    page = reader.enters("r1", "/accounts")
    page.set_default_timeout(120_000)
    first, later = measured(reader, "/appeals")
    expect(page.locator(".head")).to_contain_text(f"{APPEALS} open appeals")
    assert page.locator("table.queue tbody tr").count() == 25
    tell(line(f"queue with {APPEALS:,} open appeals", first, later))
