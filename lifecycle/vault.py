"""Secrets at work: codes nobody stores, private texts sealed per account, keyed hashes of what identifies a person.

Knows the service's secrets and what is derived from them. Does not know where anything is kept, how long a code
lives or how many tries it has. The first secret makes everything new; the older ones are still understood, so a
secret is rotated by putting the new one in front. Nothing given to it appears in an error or a repr.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as randomness
from collections.abc import Sequence

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from lifecycle.errors import BadRequest, StoreError

SHORTEST_SECRET = 16
"""How many bytes a secret has at least. 32 random ones are better."""

_FORMAT = b"\x01"
_NONCE = 12
_LONGEST_TYPED = 200
_SEPARATORS = dict.fromkeys(map(ord, " \t\r\n\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013\u2014\u2212"))


@frozen
class _Keys:
    """One secret and the keys derived from it, one for each use, so that no use weakens another."""

    secret: bytes = field(repr=False)
    wrapping: bytes = field(repr=False)
    identifiers: bytes = field(repr=False)
    fingerprints: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> _Keys:
        def derived(use: bytes) -> bytes:
            return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lifecycle " + use).derive(secret)

        return cls(secret, derived(b"account keys"), derived(b"identifiers"), derived(b"fingerprints"))


class Vault:
    """Holds the service's secrets, and does what needs them. Safe to share between threads."""

    def __init__(self, secrets: Sequence[bytes | str] | bytes | str) -> None:
        """Take the secrets, newest first; text counts as UTF-8.

        Raises:
            BadRequest: there is none, or one is shorter than 16 bytes.
        """
        given = [secrets] if isinstance(secrets, bytes | str) else list(secrets)
        if not given:
            raise BadRequest("at least one secret is needed: 32 random bytes kept outside the database")
        raw = [s.encode() if isinstance(s, str) else s for s in given]
        if not all(isinstance(s, bytes) and len(s) >= SHORTEST_SECRET for s in raw):
            raise BadRequest(f"a secret is bytes or text of at least {SHORTEST_SECRET} bytes; 32 random ones are best")
        self._all = tuple(_Keys.of(secret) for secret in raw)

    def __repr__(self) -> str:
        return f"Vault({len(self._all)} secret{'s' if len(self._all) > 1 else ''})"

    def code(self, account_id: str, purpose: str, generation: int, form: str, digits: int = 6) -> str:
        """Return the code of this account, purpose and generation; the same each time it is asked for.

        *form* is ``digits`` (exactly *digits* decimal digits, 4 to 18) or ``link`` (32 letters, digits, - or _).

        Raises:
            BadRequest: another form, or a number of digits out of range.
        """
        return _code(self._all[0], account_id, purpose, generation, form, digits)

    def matches(
        self, typed: object, account_id: str, purpose: str, generation: int, form: str, digits: int = 6
    ) -> bool:
        """Whether *typed* is that code, under any of the secrets. Spaces and dashes between digits do not count.

        Takes the same time whatever is typed, and answers False to anything that is no text.
        """
        said = typed if isinstance(typed, str) and len(typed) <= _LONGEST_TYPED else ""
        said = said.translate(_SEPARATORS) if form == "digits" else said.strip()
        heard = said.encode("utf-8", "surrogatepass")
        right = False
        for keys in self._all:
            code = _code(keys, account_id, purpose, generation, form, digits)
            right |= hmac.compare_digest(heard, code.encode("ascii"))
        return right

    def new_key(self) -> bytes:
        """Return a fresh random key for one account's private texts, wrapped; without a secret it opens nothing."""
        return aes_key_wrap(self._all[0].wrapping, randomness.token_bytes(32))

    def seal(self, wrapped: bytes, account_id: str, ref: str, purpose: str, text: str) -> bytes:
        """Return *text* encrypted under the account's key, bound to account, reference and purpose.

        Raises:
            StoreError: none of the secrets opens the account's key.
        """
        nonce = randomness.token_bytes(_NONCE)
        about = _joined(account_id, ref, purpose)
        return (
            _FORMAT + nonce + AESGCM(self._unwrap(wrapped)).encrypt(nonce, text.encode("utf-8", "surrogatepass"), about)
        )

    def open(self, wrapped: bytes, account_id: str, ref: str, purpose: str, sealed: bytes) -> str:
        """Return the text that was sealed.

        Raises:
            StoreError: none of the secrets opens the account's key, or the text was changed, or it belongs to
                another account, reference or purpose.
        """
        key = AESGCM(self._unwrap(wrapped))
        nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if sealed[:1] != _FORMAT:
                raise InvalidTag
            return key.decrypt(nonce, ciphertext, _joined(account_id, ref, purpose)).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            # a nonce cut short is a ValueError
            raise StoreError(
                f'a private text of account "{account_id}" cannot be opened: it was changed, or it was sealed for '
                "another account, reference or purpose."
            ) from None

    def _unwrap(self, wrapped: bytes) -> bytes:
        for keys in self._all:
            try:
                return aes_key_unwrap(keys.wrapping, wrapped)
            except InvalidUnwrap:
                continue
        raise StoreError(
            "the key of an account's private texts cannot be opened with any secret given. If the secret was changed, "
            "give the old one too, after the new one."
        )

    def hashed(self, kind: str, value: str) -> str:
        """Return the keyed hash of an identifier under the newest secret: 64 hexadecimal digits.

        The value is taken as it is: who wants ``A@x`` and ``a@x`` to be one person makes them one before.
        """
        return self.hashes(kind, value)[0]

    def hashes(self, kind: str, value: str) -> tuple[str, ...]:
        """Return the keyed hashes of an identifier under every secret, newest first."""
        said = _joined(kind) + b"|" + value.encode("utf-8", "surrogatepass")
        return tuple(_mac(keys.identifiers, said).hex() for keys in self._all)

    def fingerprint(self, data: bytes) -> str:
        """Return the keyed hash of a request under the newest secret: 64 hexadecimal digits."""
        return self.fingerprints(data)[0]

    def fingerprints(self, data: bytes) -> tuple[str, ...]:
        """Return the keyed hashes of a request under every secret, newest first."""
        return tuple(_mac(keys.fingerprints, data).hex() for keys in self._all)


def _code(keys: _Keys, account_id: str, purpose: str, generation: int, form: str, digits: int) -> str:
    drawn = _mac(keys.secret, _joined(account_id, purpose, str(generation), form))
    if form == "link":
        return base64.urlsafe_b64encode(drawn[:24]).decode("ascii")
    if form != "digits" or not 4 <= digits <= 18:
        raise BadRequest('a code has the form "link", or "digits" and 4 to 18 of them')
    # 256 bits over at most 10**18: no code is likelier than another by more than one part in 10**59
    return f"{int.from_bytes(drawn, 'big') % 10**digits:0{digits}d}"


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _joined(*parts: str) -> bytes:
    """Join what a hash or a seal is bound to; no two different lists may give the same bytes."""
    if any("|" in part for part in parts):
        raise BadRequest('an id, a reference, a purpose or a kind may not contain "|"')
    return "|".join(parts).encode()
