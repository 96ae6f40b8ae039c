"""Which error of the library is which problem."""

from __future__ import annotations

import pytest
from litestar.exceptions import HTTPException

from lifecycle import errors
from lifecycle.http.problems import FAMILY, KINDS, Problem, problem_of

INSIDE = "secret of the inside"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.UnknownAccount("ann"), "unknown-account"),
        (errors.AlreadyRegistered("ann"), "already-registered"),
        (errors.KeyReused("ann"), "key-reused"),
        (errors.OutOfDate("ann", 3, 4), "stale-version"),
        (errors.MissingFacts("lock", ["a", "b"]), "facts-missing"),
        (errors.UnknownTrigger("lokc", ["lock"]), "not-understood"),
        (errors.NaiveTime("at="), "not-understood"),
        (errors.BadParameters("x", ["a: wrong", "b: wrong"]), "not-understood"),
        (errors.CaseError("the file has 2 mistakes:\n  one\n  two"), "not-understood"),
        (errors.Conflict("ann", 10), "conflict"),
        (errors.SecretMissing(INSIDE), "not-available"),
        (errors.StoreUnavailable(INSIDE), "unavailable"),
        (errors.StoreBusy(INSIDE), "unavailable"),
        (errors.GatherFailed(INSIDE), "unavailable"),
        (errors.GuardFault(INSIDE), "internal"),
        (errors.LogDamaged("ann", 3, INSIDE), "internal"),
        (errors.ForeignDatabase(INSIDE), "internal"),
        (errors.AccountTooLarge(INSIDE), "internal"),
        (errors.PolicyError([INSIDE]), "internal"),
        (KeyError(INSIDE), "internal"),
        (HTTPException(INSIDE, status_code=400), "bad-request"),
        (HTTPException(INSIDE, status_code=405), "method-not-allowed"),
        (HTTPException(INSIDE, status_code=418), "bad-request"),
        (HTTPException(INSIDE, status_code=500), "internal"),
        (HTTPException(INSIDE, status_code=502), "internal"),
        (Problem("cross-site"), "cross-site"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else each,
)
def test_an_error_is_a_problem(error, kind):
    """Each error has its type; a fault of ours says nothing of the inside."""
    problem = problem_of(error)
    document = problem.document
    assert (document["type"], document["status"]) == (FAMILY + kind, KINDS[kind].status)
    assert INSIDE not in str(document)


def test_every_mistake_is_listed():
    """An error that lists several mistakes is told with all of them."""
    document = problem_of(errors.CaseError("the file has 2 mistakes:\n  one\n  two")).document
    assert document["mistakes"] == ["one", "two"]
    assert document["detail"] == "the file has 2 mistakes: one"
    assert problem_of(errors.MissingFacts("lock", ["b", "a"])).document["needs"] == ["a", "b"]
    assert problem_of(errors.OutOfDate("ann", 3, 4)).document["version"] == 4


def test_when_to_come_again():
    """What passes by itself says when to ask again."""
    for error in (errors.Conflict("ann", 10), errors.StoreBusy("x")):
        assert int(problem_of(error).headers["Retry-After"]) > 0


def test_no_error_of_the_library_is_forgotten():
    """Every kind of bad request is a problem of the asker's; everything else is a fault of ours, or passes by itself."""
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, errors.BadRequest) and each is not errors.SecretMissing:
            made = each.__new__(each)
            made.version, made.trigger, made.names = 1, "lock", ()
            assert problem_of(made).status < 500, each
