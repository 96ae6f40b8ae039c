"""The README's two pictures: the page of an account and the queue, always of the same data at the same moment.

They are written only where LIFECYCLE_PICTURES names the folder: ``LIFECYCLE_PICTURES=diagrams``. Otherwise it is only
seen that they can be made.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FOLDER = os.environ.get("LIFECYCLE_PICTURES")


def taken(page, name, *, whole=False):
    """Take a picture of the page; return its width and height."""
    page.evaluate("document.fonts.ready")
    made = page.screenshot(animations="disabled", caret="hide", full_page=whole, scale="css")
    assert made.startswith(b"\x89PNG")
    if FOLDER:
        (Path(FOLDER) / name).write_bytes(made)
    return struct.unpack(">II", made[16:24])


def test_the_picture_of_the_account_page(house, seat):
    """An appeal that was taken to a supervisor: the path, what can happen next with every condition, and the timeline."""
    reader = seat(house, width=1400, height=1340)
    page = reader.enters("s1", "/accounts/shop-1041")
    expect(page.locator(".diagram svg")).to_be_visible()
    expect(page.locator("[data-says-here]")).to_contain_text("12 of 12")
    assert taken(page, "console_account.png") == (1400, 1340)


def test_the_picture_of_the_queue(house, seat):
    """Appeals that wait, the overdue first, one of them taken."""
    reader = seat(house, width=1400, height=1000)
    page = reader.enters("r1")
    page.get_by_role("row").filter(has_text="shop-1022").get_by_role("button", name="Take").click()
    expect(page.get_by_role("row").filter(has_text="shop-1022")).to_contain_text("you")
    page.mouse.move(0, 0)
    width, height = taken(page, "console_queue.png", whole=True)
    assert width == 1400
    assert 900 < height < 1400


def test_a_picture_is_the_same_every_time(houses, seat):
    """Two services with the same data show the same page, sign for sign: nothing of the day or of chance is in it."""
    texts = []
    for _ in range(2):
        made = houses()
        reader = seat(made)
        page = reader.enters("s1", "/accounts/shop-1041")
        texts.append(page.locator("main").inner_text())
        made.close()
    assert texts[0] == texts[1]
