"""Times as PostgreSQL keeps them and as we read them.

Knows the one text that stands for a moment everywhere, as `lifecycle.store.codec.instant` writes it. It is asked for in
SQL, because what the driver makes of a time depends on the settings of a host's connection.
"""

from __future__ import annotations


def as_text(column: str) -> str:
    """Return the SQL that gives a column's moment as text, microseconds and offset included."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
