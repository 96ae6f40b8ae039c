"""From the log of a real account to a case file that tells the same without the person.

Knows which step of a case brings about which events. Does not read a database and does not write a file: it is handed
a log, and returns the tables of a case.

What a log does not keep, a case made of it does not say: a change of policy in its course (an event keeps the version
alone), whether a worker ran, what the account ``may`` do, and claims that only a person would make: ``not_sent``,
``overdue``, ``unchanged``. Everything else that a case can say it says where it happened: the policy and its parameters,
further accounts that share an identifier, refusals with their times, what was sent and fired, and what stands at the end.
"""

from lifecycle.retelling.case import NotRetold, retold

__all__ = ["NotRetold", "retold"]
