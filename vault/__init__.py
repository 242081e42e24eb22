"""Encryption of what must not lie open: the key ring, sealed text, packed bodies, keyed hashes.

Keys and values are arguments; where the keys come from is the deployment's business.
"""

from vault.bodies import pack, unpack, unpack_text
from vault.keyring import CannotOpen, KeyRing, UnknownKey
from vault.text import is_sealed, mask, open_text, seal_text

__all__ = [
    "CannotOpen",
    "KeyRing",
    "UnknownKey",
    "is_sealed",
    "mask",
    "open_text",
    "pack",
    "seal_text",
    "unpack",
    "unpack_text",
]
