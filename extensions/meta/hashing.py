"""SHA-256 as Meta asks for it, applied exactly once."""

from __future__ import annotations

import hashlib

from extensions.meta.values import NOTHING_LEFT, Context, Fault, Normaliser, Outcome

_SHA256_LENGTH = 64
_MD5_LENGTH = 32
_HASH_LENGTHS = (_SHA256_LENGTH, _MD5_LENGTH)
_HEX = frozenset("0123456789abcdefABCDEF")
_OF_NOTHING = hashlib.sha256(b"").hexdigest()

MD5_FOUND = Fault(
    "md5_hash", "The value looks like an MD5 hash. Meta takes SHA-256 only, so it was left out."
)
HASH_OF_NOTHING = Fault(
    "hash_of_nothing", "The value is the hash of an empty text, so it was left out."
)


# A copy of an empty hash spares OpenSSL the search for its SHA-256: nearly half of the time.
_begin = hashlib.sha256().copy


def sha256(text: str) -> str:
    """Return the lowercase hex SHA-256 of the text in UTF-8."""
    begun = _begin()
    begun.update(text.encode())
    return begun.hexdigest()


def is_sha256(text: str) -> bool:
    """Whether it is exactly 64 hex digits. Any looser test lets raw ids through unhashed."""
    return len(text) == _SHA256_LENGTH and _HEX.issuperset(text)


def is_md5(text: str) -> bool:
    """Whether it is exactly 32 hex digits."""
    return len(text) == _MD5_LENGTH and _HEX.issuperset(text)


def hashed(normalise: Normaliser, *, md5_is_an_id: bool = False) -> Normaliser:
    """Return a normaliser that hashes what `normalise` gives, and passes a hash through.

    `md5_is_an_id` is for ids that people choose themselves: 32 hex digits are then most often a
    UUID without its dashes, and hashed like any other id.
    """

    def prepare(text: str, context: Context) -> Outcome:
        if len(text) in _HASH_LENGTHS:  # so that all other text costs one look
            if is_sha256(text):
                return _already(text.lower())
            if is_md5(text) and not md5_is_an_id:
                return None, MD5_FOUND
        value, fault = normalise(text, context)
        if not isinstance(value, str) or not value:
            return None, fault or NOTHING_LEFT
        return sha256(value), fault

    return prepare


def _already(digest: str) -> Outcome:
    return (None, HASH_OF_NOTHING) if digest == _OF_NOTHING else (digest, None)
