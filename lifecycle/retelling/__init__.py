"""From the log of a real account to a case file that tells the same without the person.

Knows which step of a case brings about which events. Does not read a database and does not write a file: it is handed
a log, and returns the tables of a case.
"""

from lifecycle.retelling.case import NotRetold, retold

__all__ = ["NotRetold", "retold"]
