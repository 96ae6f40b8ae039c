"""What the tests in a browser share: Chromium, services in processes of their own, and seats at a browser."""

from __future__ import annotations

import sys

import pytest

pytest.register_assert_rewrite("browsing")

from browsing import FLAGS, House, Seat, program  # noqa: E402 - as above
from playwright.sync_api import expect, sync_playwright  # noqa: E402 - as above

# A shared machine may be slow for a moment; that is no reason for a test to fail.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def houses(tmp_path_factory):
    """Raises services, each below one folder, so that what is staged is staged once. All are closed at the end."""
    folder, raised = tmp_path_factory.mktemp("houses"), []

    def raising(what="staged"):
        made = House(folder / str(len(raised)), what)
        raised.append(made)
        return made

    yield raising
    for each in raised:
        each.close()


@pytest.fixture(scope="session")
def museum(houses):
    """A service with everything a demo shows, of which nothing is changed."""
    return houses()


@pytest.fixture
def house(houses):
    """A service with everything a demo shows, of this test alone."""
    made = houses()
    yield made
    made.close()


@pytest.fixture
def empty(houses):
    """A service without any account."""
    made = houses("empty")
    yield made
    made.close()


@pytest.fixture
def seat(browser):
    """Seats at a browser, each of somebody else; when they leave, nothing may have gone wrong in it."""
    taken = []

    def taking(house, **options):
        made = Seat(browser, house, **options)
        taken.append(made)
        return made

    yield taking
    for each in taken:
        each.close()


@pytest.fixture
def tell(capsys):
    """Print a line past what pytest captures."""

    def say(line):
        with capsys.disabled():
            sys.stdout.write(f"\n{line}")

    return say
