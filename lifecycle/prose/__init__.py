"""A policy in English: one sentence for each row, and the whole policy as a page.

Knows how a rule is put into words. Does not know any rule: every word about one comes from the policy itself.
"""

from lifecycle.prose.page import policy_page
from lifecycle.prose.sentences import sentence

__all__ = ["policy_page", "sentence"]
