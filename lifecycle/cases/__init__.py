"""Case files: stories of accounts, written down so that they can be replayed, drawn and told.

Knows what a case may say and how a `*.case.toml` file is read, with every mistake found before anything runs.
Does not run a case: that is `lifecycle.replay`. Imports nothing above the policy's own rows.
"""

from lifecycle.cases.reading import SUFFIX, read_cases
from lifecycle.cases.story import Case, Other, Step, other_ids, slug, spoken_time

__all__ = ["SUFFIX", "Case", "Other", "Step", "other_ids", "read_cases", "slug", "spoken_time"]
