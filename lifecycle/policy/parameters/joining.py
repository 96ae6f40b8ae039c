"""Parameters: who may open an account, and what it shares with others."""

from __future__ import annotations

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.policy.parameters.naming import ESTIMATE, days, named


@frozen(kw_only=True, slots=False)
class Joining:
    """Who may open an account, and what it shares with others."""

    registration_required_fields: int = named(4, "fields a sign-up by e-mail must fill in", "G1-06", unit="fields")
    social_providers: tuple[str, ...] = named(
        ("facebook", "apple", "google"), "providers whose sign-up needs no e-mail verification", "G1-10"
    )
    login_social_providers: tuple[str, ...] = named(
        ("facebook", "apple", "google"),
        "providers an account opened with them is also entered with, before it is deleted",
        *("G1-14", "G1-51", "A-02"),
        ours=True,
    )
    unique_identifiers: tuple[str, ...] = named(
        ("email",),
        "identifiers that only one living account may have; the others may be shared",
        *("G1-06", "G3-103", "X-24", "one-account"),
        ours=True,
        choices=("email", "phone", "payment", "device"),
    )
    # several accounts of one person
    duplicate_success_rate: int = named(
        60, "share of duplicate accounts that are cured by giving one up", "G3-77", unit="per cent", kind=ESTIMATE
    )
    # a new account after another one
    linkage_scope: str = named(
        "banned_only",
        "whose identifiers stay taken: those of accounts suspended for good, or of every closed one",
        *("X-43", "G2-58", "G3-99"),
        choices=("banned_only", "all_closed"),
    )
    banned_identity_policy: str = named(
        "email_refused",
        "which banned identifiers are refused at the form; the others open an account that is suspended at once",
        *("A-57", "G3-100", "G3-110"),
        ours=True,
        choices=("email_refused", "all_refused", "all_suspended"),
    )
    linkage_weight_email: int = named(100, "weight of a shared e-mail", "G3-100", "G3-110", ours=True, unit="points")
    linkage_weight_phone: int = named(100, "weight of a shared phone", "G3-102", "G3-110", ours=True, unit="points")
    linkage_weight_payment: int = named(
        100, "weight of a shared payment means", "G3-104", "G3-110", ours=True, unit="points"
    )
    linkage_weight_device: int = named(40, "weight of a shared device", "G3-107", ours=True, unit="points")
    linkage_relief_cookies: int = named(
        20, "weight a device loses when cache and cookies were cleared", "G3-108", ours=True, unit="points"
    )
    linkage_suspends_at: int = named(
        100, "weight from which a new account is suspended at once", "G3-110", ours=True, unit="points", least=1
    )
    linkage_same_person_at: int = named(
        40, "weight from which two accounts count as one person's", "G3-05", "G3-116", ours=True, unit="points", least=1
    )
    borrowed_phone_for: Period = named(days(30), "how long a family member's phone number serves", "G3-103", ours=True)
