"""A Django project in one file, whose tickets and accounts change in one transaction. Run by `test_hosts`."""

from __future__ import annotations

import sys
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.db import connection, transaction

from lifecycle import Actor, Lifecycle


def databases(url):
    """Return Django's settings for the database at *url*."""
    if url.startswith("sqlite"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///")}
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "HOST": host,
        "PORT": parts.port,
    }


def lock(accounts):
    """Write a ticket and lock the account, on Django's own connection."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ticket (said) VALUES ('locked')")
    facts = {"ground": "new_device"}
    assert accounts.submit(
        "lock", account="ann", by=Actor.agent("a1"), facts=facts, connection=connection.connection
    ).allowed


def told(accounts):
    """How the account stands, and how many tickets there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ticket")
        (count,) = cursor.fetchone()
    return f"{accounts.account('ann').state.value}, {count} ticket{'' if count == 1 else 's'}"


class TurnedBackError(Exception):
    """Why a transaction is rolled back."""


def main(url):
    """Roll back once, commit once, and tell."""
    settings.configure(DATABASES={"default": databases(url)}, USE_TZ=True)
    django.setup()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ticket (said TEXT)")
    with Lifecycle.open(url, secret="thirty-two bytes of test secret.") as accounts:
        try:
            with transaction.atomic():
                lock(accounts)
                raise TurnedBackError
        except TurnedBackError:
            print("rolled back:", told(accounts))
        with transaction.atomic():
            lock(accounts)
        print("committed:", told(accounts))
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
