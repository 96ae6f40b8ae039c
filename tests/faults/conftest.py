"""What the tests of faults share: a voice for the figures, which are the point of the exercise."""

from __future__ import annotations

import pytest


@pytest.fixture
def tell(capsys):
    """Print a line past what pytest captures."""

    def say(line):
        with capsys.disabled():
            print(f"\n{line}", end="")

    return say
