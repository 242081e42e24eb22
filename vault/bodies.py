"""Bodies of events and payloads at rest: JSON, compressed, then sealed."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import zstandard

from vault.keyring import KeyRing

_LEVEL = 1  # bodies are small and many: speed matters more than the last few percent
_MAX_BYTES = 16 * 1024 * 1024  # far above what is ever stored; stops a forged frame


class _Codec(threading.local):
    """Compressors are cheap to keep and not safe to share between threads."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_codec = _Codec()


def pack(ring: KeyRing, value: Any, context: str) -> bytes:
    """Serialise, compress and seal a JSON value, or JSON already serialised to bytes."""
    plain = value if isinstance(value, bytes) else orjson.dumps(value)
    return ring.seal(_codec.compress(plain), context)


def unpack(ring: KeyRing, packed: bytes, context: str) -> Any:
    """Return the JSON value that `pack` stored.

    Raises:
        CannotOpen: it is damaged, of another context, or its key has left the ring.
    """
    return orjson.loads(unpack_text(ring, packed, context))


def unpack_text(ring: KeyRing, packed: bytes, context: str) -> bytes:
    """Return what `pack` stored as it was serialised, to the byte.

    Raises:
        CannotOpen: as `unpack`.
    """
    return _codec.decompress(ring.open(packed, context), max_output_size=_MAX_BYTES)
