"""The vault: codes that nobody stores, private texts per account, keyed hashes; and what happens on rotation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import BadRequest, StoreError
from lifecycle.vault import Vault

OLD = b"old secret of 32 bytes, kept out"
NEW = "new secret of 32 bytes, kept out"
CODE: tuple[str, str, int] = ("acc_1", "unlock", 3)
TEXT: tuple[str, str, str] = ("acc_1", "ref_1", "explanation")

vault = Vault([OLD])
rotated = Vault([NEW, OLD])


@pytest.mark.parametrize("secrets", [[], "", b"", ["fifteen bytes.."], [OLD, b"short"], [OLD, 7]])
def test_secrets_that_are_none(secrets: Any) -> None:
    """No secret, or one under sixteen bytes, is refused, and the secret is not repeated."""
    with pytest.raises(BadRequest) as caught:
        Vault(secrets)
    assert not any(word in str(caught.value) for word in ("fifteen", "short", "old secret"))


@pytest.mark.parametrize("secrets", [["sixteen bytes..."], [b"sixteen bytes..."], "sixteen bytes..."])
def test_secrets_that_will_do(secrets: Any) -> None:
    """Sixteen bytes are enough, as bytes, as text, in a list or alone; all mean the same secret."""
    assert Vault(secrets).code(*CODE, "digits") == Vault([b"sixteen bytes..."]).code(*CODE, "digits")


def test_nothing_is_shown() -> None:
    """Neither the vault's repr nor that of anything it holds shows a secret or a derived key."""
    held = repr(rotated) + repr(vars(rotated))
    assert repr(rotated) == "Vault(2 secrets)"
    assert repr(vault) == "Vault(1 secret)"
    assert "secret of 32" not in held
    assert not any(repr(key)[2:-1] in held for keys in rotated._all for key in (keys.wrapping, keys.identifiers))


class TestCodes:
    """Codes and links, derived when they are sent and again when they are checked."""

    @pytest.mark.parametrize("digits", [4, 6, 8, 18])
    def test_digits(self, digits: int) -> None:
        """A code has exactly the digits asked for, and is the same each time."""
        code = vault.code(*CODE, "digits", digits)
        assert len(code) == digits
        assert code.isdecimal()
        assert code == vault.code(*CODE, "digits", digits)

    def test_leading_zeros(self) -> None:
        """Leading zeros are kept: about one code in ten begins with one, and it matches as it is."""
        codes = {n: vault.code("acc_1", "unlock", n, "digits") for n in range(500)}
        zeros = {n: code for n, code in codes.items() if code.startswith("0")}
        assert 20 < len(zeros) < 90
        assert all(vault.matches(code, "acc_1", "unlock", n, "digits") for n, code in zeros.items())
        assert not any(vault.matches(code.lstrip("0"), "acc_1", "unlock", n, "digits") for n, code in zeros.items())

    def test_codes_are_spread(self) -> None:
        """Every digit stands at every place about equally often."""
        codes = [vault.code("acc_1", "unlock", n, "digits") for n in range(4000)]
        for place in range(6):
            counted = Counter(code[place] for code in codes)
            assert len(counted) == 10
            assert all(300 < n < 500 for n in counted.values())

    @pytest.mark.parametrize(
        "other",
        [("acc_2", "unlock", 3, "link"), ("acc_1", "deletion", 3, "link"), ("acc_1", "unlock", 4, "link")],
    )
    def test_bound(self, other: tuple[str, str, int, str]) -> None:
        """A code of another account, purpose or generation is another code."""
        assert vault.code(*other) != vault.code(*CODE, "link")
        assert not vault.matches(vault.code(*other), *CODE, "link")

    def test_link(self) -> None:
        """A link has 32 signs that need no escaping in an address, and is taken with space around it."""
        link = vault.code(*CODE, "link")
        assert len(link) == 32
        assert set(link) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        assert vault.matches(f" {link}\n", *CODE, "link")
        assert not vault.matches(link[:-1], *CODE, "link")
        assert not vault.matches(link.swapcase(), *CODE, "link")

    @pytest.mark.parametrize(
        "shape", ["{0}{1}", "{0} {1}", "{0}-{1}", " {0}\u00a0{1}\n", "{0}\u2013{1}", "{0}\u2011{1}"]
    )
    def test_typed_with_spaces_and_dashes(self, shape: str) -> None:
        """Spaces and dashes of any kind between the digits do not count."""
        code = vault.code(*CODE, "digits")
        assert vault.matches(shape.format(code[:3], code[3:]), *CODE, "digits")

    @pytest.mark.parametrize(
        "odd", [None, 123456, b"123456", "", " ", "x" * 10**6, "\ud800", "١٢٣٤٥٦", ["1"], 1.5, "-"]
    )
    def test_odd_input(self, odd: object) -> None:
        """Whatever is typed, the answer is no, never an error."""
        for form in ("digits", "link"):
            assert vault.matches(odd, *CODE, form) is False

    @given(st.text() | st.integers() | st.none())
    def test_any_input(self, typed: object) -> None:
        """Nothing that is drawn at random is right."""
        assert vault.matches(typed, *CODE, "digits", 18) is False

    def test_a_number_is_no_code(self) -> None:
        """The right code given as a number is not taken: its leading zeros would be lost."""
        assert not vault.matches(int(vault.code(*CODE, "digits")), *CODE, "digits")

    def test_rotation(self) -> None:
        """A code sent under the old secret still works after rotation, and not once the old secret is gone."""
        sent = vault.code(*CODE, "digits", 12)
        assert rotated.code(*CODE, "digits", 12) != sent
        assert rotated.matches(sent, *CODE, "digits", 12)
        assert rotated.matches(rotated.code(*CODE, "digits", 12), *CODE, "digits", 12)
        assert not Vault([NEW]).matches(sent, *CODE, "digits", 12)

    @pytest.mark.parametrize(("form", "digits"), [("word", 6), ("digits", 3), ("digits", 19)])
    def test_other_forms(self, form: str, digits: int) -> None:
        """Another form, or a number of digits that is no code any more, is a mistake of the caller."""
        with pytest.raises(BadRequest, match="4 to 18"):
            vault.code(*CODE, form, digits)

    def test_parts_cannot_run_together(self) -> None:
        """A part with the sign that stands between parts is refused: two accounts could share a code."""
        with pytest.raises(BadRequest, match="may not contain"):
            vault.code("acc_1|unlock", "x", 1, "digits")


class TestPrivateTexts:
    """Texts sealed under a key of the account's own."""

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        """What was sealed is opened again, whatever it says."""
        key = vault.new_key()
        assert vault.open(key, *TEXT, vault.seal(key, *TEXT, text)) == text

    def test_half_a_character(self) -> None:
        """Text with half a surrogate pair, as some clients send it, is kept as it came."""
        key = vault.new_key()
        assert vault.open(key, *TEXT, vault.seal(key, *TEXT, "a\ud83d")) == "a\ud83d"

    def test_sealing_twice(self) -> None:
        """The same text sealed twice looks different each time, and shows nothing of itself."""
        key = vault.new_key()
        one, two = vault.seal(key, *TEXT, "hunter2"), vault.seal(key, *TEXT, "hunter2")
        assert one != two
        assert b"hunter2" not in one

    def test_keys_are_fresh(self) -> None:
        """Every account gets a key of its own, wrapped so that it is of no use without the secret."""
        one, two = vault.new_key(), vault.new_key()
        assert one != two
        assert len(one) == len(two) == 40
        with pytest.raises(StoreError, match="cannot be opened"):
            vault.open(two, *TEXT, vault.seal(one, *TEXT, "hunter2"))

    @pytest.mark.parametrize(
        "about",
        [("acc_2", "ref_1", "explanation"), ("acc_1", "ref_2", "explanation"), ("acc_1", "ref_1", "reasons")],
    )
    def test_bound(self, about: tuple[str, str, str]) -> None:
        """A text moved to another account, reference or purpose cannot be opened there."""
        key = vault.new_key()
        with pytest.raises(StoreError, match="sealed for another account, reference or purpose") as caught:
            vault.open(key, *about, vault.seal(key, *TEXT, "hunter2"))
        assert "hunter2" not in str(caught.value)
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("cut", [0, 1, 5, 13, 20, -1])
    def test_cut_short(self, cut: int) -> None:
        """A text that lost bytes cannot be opened, wherever it was cut."""
        key = vault.new_key()
        with pytest.raises(StoreError, match="it was changed"):
            vault.open(key, *TEXT, vault.seal(key, *TEXT, "hunter2")[:cut])

    @pytest.mark.parametrize("at", [0, 1, 12, 13, -1])
    def test_changed(self, at: int) -> None:
        """A text with one changed bit cannot be opened, wherever the bit is."""
        key = vault.new_key()
        sealed = bytearray(vault.seal(key, *TEXT, "hunter2"))
        sealed[at] ^= 1
        with pytest.raises(StoreError, match="it was changed"):
            vault.open(key, *TEXT, bytes(sealed))

    def test_rotation(self) -> None:
        """Texts from before a rotation are opened with the old secret, new keys are wrapped with the new one."""
        before = vault.new_key()
        sealed = vault.seal(before, *TEXT, "hunter2")
        assert rotated.open(before, *TEXT, sealed) == "hunter2"
        after = rotated.new_key()
        assert Vault([NEW]).open(after, *TEXT, rotated.seal(after, *TEXT, "x")) == "x"

    @pytest.mark.parametrize("key", [b"", b"short", bytes(40)])
    def test_a_key_of_nobody(self, key: bytes) -> None:
        """A key that no secret opens says which remedy there is."""
        with pytest.raises(StoreError, match="give the old one too"):
            vault.seal(key, *TEXT, "hunter2")

    def test_the_old_secret_gone(self) -> None:
        """Without the old secret a text from before the rotation cannot be opened."""
        key = vault.new_key()
        with pytest.raises(StoreError, match="give the old one too") as caught:
            Vault([NEW]).open(key, *TEXT, vault.seal(key, *TEXT, "hunter2"))
        assert caught.value.__context__ is None


class TestHashes:
    """Keyed hashes of identifiers and requests."""

    def test_identifiers(self) -> None:
        """The hash of an identifier is always the same, of its kind alone, and says nothing without the secret."""
        assert vault.hashed("email", "a@example.org") == vault.hashed("email", "a@example.org")
        assert vault.hashed("email", "1") != vault.hashed("phone", "1")
        assert vault.hashed("email", "1") != Vault([NEW]).hashed("email", "1")
        assert len(vault.hashed("email", "\ud800|é")) == 64

    def test_identifiers_after_rotation(self) -> None:
        """All hashes of a value are given, newest first, so that an old one is still found."""
        assert rotated.hashes("email", "a") == (Vault([NEW]).hashed("email", "a"), vault.hashed("email", "a"))
        assert rotated.hashed("email", "a") == rotated.hashes("email", "a")[0]

    def test_fingerprints(self) -> None:
        """A request's fingerprint is keyed, is no identifier's hash, and is found again after rotation."""
        assert vault.fingerprint(b"request") != vault.fingerprint(b"another")
        assert vault.fingerprint(b"email|a") != vault.hashed("email", "a")
        assert rotated.fingerprint(b"r") == Vault([NEW]).fingerprint(b"r")
        assert rotated.fingerprints(b"r")[1] == vault.fingerprint(b"r")
