"""A decision in the host's own transaction, however the host speaks to its database: it stands or falls with the host's rows.

With the drivers themselves see `stores/test_sqlite_host.py` and `stores/test_postgres_host.py`; here are the two libraries
that most hosts have in between.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from shop import SECRET
from sqlalchemy.orm import Session

from lifecycle import Actor, Lifecycle, State

AGENT = Actor.agent("a1")
LOCK = {"ground": "new_device"}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def accounts(url):
    """Accounts in the host's database."""
    with Lifecycle.open(url, secret=SECRET) as service:
        for name in ("ann", "bob"):
            service.import_account(name, state="active")
        yield service


@pytest.fixture
def engine(url, accounts):
    """SQLAlchemy's engine over the same database, and a table of the host's."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE ticket (id INTEGER PRIMARY KEY, said TEXT)"))
    yield engine
    engine.dispose()


def tickets(engine):
    """How many rows the host has."""
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT count(*) FROM ticket")).scalar()


def of(session):
    """The driver's connection under a session of SQLAlchemy's."""
    return session.connection().connection.driver_connection


def opened(session, accounts, number, account="ann"):
    """Write a ticket and lock the account, in one transaction."""
    session.execute(sa.text("INSERT INTO ticket (id, said) VALUES (:id, 'locked')"), {"id": number})
    return accounts.submit("lock", account=account, by=AGENT, facts=LOCK, connection=of(session))


def test_committed_with_a_session_of_sqlalchemy(accounts, engine):
    """What the session commits is there whole: its own row, the event, the notice."""
    with Session(engine) as session:
        assert opened(session, accounts, 1).allowed
        assert accounts.account("ann").state is State.ACTIVE
        session.commit()
    assert (tickets(engine), accounts.account("ann").state) == (1, State.SECURITY_LOCKED)
    assert [row.notice for row in accounts.outbox("ann")] == list(list(accounts.events("ann"))[1].notices)
    assert accounts.verify().damage == ()


def test_rolled_back_with_a_session_of_sqlalchemy(accounts, engine):
    """What the session rolls back leaves nothing, neither of the host's nor of ours, and may be asked for again."""
    with Session(engine) as session:
        assert opened(session, accounts, 1).allowed
        session.rollback()
        assert (tickets(engine), accounts.account("ann").state) == (0, State.ACTIVE)
        assert opened(session, accounts, 1).allowed
        session.commit()
    assert (tickets(engine), accounts.account("ann").version) == (1, 2)
    assert accounts.verify().damage == ()


def test_a_denial_spoils_no_session(accounts, engine):
    """A refused step is an answer: the session goes on, and what else it wrote is kept."""
    with Session(engine) as session:
        session.execute(sa.text("INSERT INTO ticket (id, said) VALUES (1, 'asked')"))
        assert not accounts.submit("unlock", account="ann", by=AGENT, connection=of(session)).allowed
        assert opened(session, accounts, 2, "bob").allowed
        session.commit()
    assert (tickets(engine), accounts.account("bob").state) == (2, State.SECURITY_LOCKED)
    assert [denial.trigger for denial in accounts.denials("ann")] == ["unlock"]


def test_inside_a_savepoint_of_sqlalchemy(accounts, engine):
    """A nested transaction that is rolled back takes the decision with it; the outer one is kept."""
    with Session(engine) as session:
        session.execute(sa.text("INSERT INTO ticket (id, said) VALUES (1, 'outer')"))
        nested = session.begin_nested()
        assert opened(session, accounts, 2).allowed
        nested.rollback()
        session.commit()
    assert (tickets(engine), accounts.account("ann").version) == (1, 1)
    assert accounts.verify().damage == ()


DJANGO = Path(__file__).with_name("django_host.py")


def test_in_a_transaction_of_django(url):
    """The same in a Django project: atomic() commits or rolls back both, in a process of its own."""
    with Lifecycle.open(url, secret=SECRET) as accounts:
        accounts.import_account("ann", state="active")
    found = subprocess.run([sys.executable, str(DJANGO), url], capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines() == ["rolled back: active, 0 tickets", "committed: security_locked, 1 ticket"]
    with Lifecycle.open(url, secret=SECRET) as accounts:
        assert [event.trigger for event in accounts.events("ann")] == ["import", "lock"]
        assert accounts.verify().damage == ()
