"""AES-256-GCM under a ring of keys: the first one seals, every one opens.

A key is rotated by putting a new one in front; what was sealed before stays readable until it
is sealed again. Each sealed value is bound to a context (the row or the kind of row it belongs
to), so a ciphertext copied into another place does not open there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4
_BLOCK_BYTES = 64  # of SHA-256
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_HEADER_BYTES = len(_FORMAT) + _ID_BYTES + _NONCE_BYTES


class CannotOpen(ValueError):
    """The value is damaged, belongs to another context, or its key has left the ring."""


class UnknownKey(CannotOpen):
    """The value looks whole, but what opens it is not here now: its key, or a newer version."""


class KeyRing:
    """Seals and opens bytes; makes keyed hashes for search."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take the keys, newest first, 32 bytes each.

        Raises:
            ValueError: there is no key, or one has another length.
        """
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError("An encryption key has 32 bytes, and at least one is needed.")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._newest = _key_id(keys[0])
        # The oldest key makes the search hashes, so that adding a key does not blind the search.
        self._search_key = hmac.digest(keys[-1], b"search", "sha256")

    @classmethod
    def from_text(cls, text: str) -> KeyRing:
        """Read keys written as base64, one to a line, newest first.

        Raises:
            ValueError: a line is not base64 of 32 bytes.
        """
        try:
            keys = [base64.b64decode(line, validate=True) for line in text.split()]
        except ValueError:
            raise ValueError("An encryption key is 32 bytes written as base64.") from None
        return cls(keys)

    @property
    def newest_id(self) -> bytes:
        """What tells the key that seals from others; it gives nothing of the key away."""
        return self._newest

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt `plain` so that it opens only for the same `context`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, plain, context.encode())
        return _FORMAT + self._newest + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made.

        Raises:
            UnknownKey: its key is not in the ring.
            CannotOpen: see the class.
        """
        if sealed[:1] != _FORMAT or len(sealed) < _HEADER_BYTES:
            raise CannotOpen("This is not a sealed value.")
        cipher = self._ciphers.get(bytes(sealed[1 : 1 + _ID_BYTES]))
        if cipher is None:
            raise UnknownKey("No key of the ring fits this value.")
        nonce = bytes(sealed[1 + _ID_BYTES : _HEADER_BYTES])
        try:
            return cipher.decrypt(nonce, bytes(sealed[_HEADER_BYTES:]), context.encode())
        except InvalidTag:
            raise CannotOpen("The value was sealed for another place, or is damaged.") from None

    def fingerprint(self, value: str, context: str) -> bytes:
        """Return a 16-byte keyed hash: equal values of one context have equal fingerprints."""
        return hmac.digest(self._search_key, f"{context}\0{value}".encode(), "sha256")[:16]

    def fingerprints(self, context: str) -> Callable[[str], bytes]:
        """Return what makes the fingerprints of one context, at a quarter of the price of each."""
        # HMAC (RFC 2104) as far as it is the same for all values.
        key = self._search_key.ljust(_BLOCK_BYTES, b"\0")
        inner = hashlib.sha256(key.translate(_INNER) + f"{context}\0".encode()).copy
        outer = hashlib.sha256(key.translate(_OUTER)).copy

        def fingerprint(value: str) -> bytes:
            within, around = inner(), outer()
            within.update(value.encode())
            around.update(within.digest())
            return around.digest()[:16]

        return fingerprint


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_ID_BYTES]
