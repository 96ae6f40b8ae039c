"""Parameters: who may open an account."""

from __future__ import annotations

from attrs import frozen

from lifecycle.policy.parameters.naming import named


@frozen(kw_only=True, slots=False)
class Joining:
    """Who may open an account."""

    registration_required_fields: int = named(4, "fields a sign-up by e-mail must fill in", "G1-06")
    social_providers: tuple[str, ...] = named(
        ("facebook", "apple", "google"), "providers whose sign-up needs no e-mail verification", "G1-10"
    )
