"""The tables of what the staff do beside the log, in PostgreSQL.

Knows the statements that make them. Does not know when a database comes to have them, nor what is asked of them.
"""

from __future__ import annotations

TAKEN = (
    (
        'CREATE TABLE lifecycle_taken (account_id text COLLATE "C" NOT NULL, number bigint NOT NULL, who text NOT NULL, '
        "at timestamptz NOT NULL, PRIMARY KEY (account_id, number))"
    ),
)
"""Who has taken which appeal."""

READ = (
    """CREATE TABLE lifecycle_read (
        account_id text COLLATE "C" NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        ref text NOT NULL,
        role text NOT NULL,
        actor text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (account_id, position))""",
    "CREATE INDEX lifecycle_read_position ON lifecycle_read (position)",
    "CREATE INDEX lifecycle_read_at ON lifecycle_read (at)",
)
"""Who has read which private text."""
