"""Bodies of events and payloads at rest: JSON, compressed, then sealed."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import zstandard

from vault.dictionaries import NUMBERS, dictionaries, id_of
from vault.keyring import CannotOpen, KeyRing, UnknownKey

_LEVEL = 1  # bodies are small and many: speed matters more than the last few percent
_MAX_BYTES = 16 * 1024 * 1024  # far above what is ever stored; stops a forged frame
_DICTIONARIES = dictionaries()
_NEWEST = _DICTIONARIES[id_of(NUMBERS[-1])]
_NEWEST.precompute_compress(level=_LEVEL)
_NONE = 0  # as a frame says that it has no dictionary


class _Codec(threading.local):
    """Compressors are cheap to keep and not safe to share between threads."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_NEWEST).compress
        self._plain = zstandard.ZstdDecompressor()
        self._by_id = {
            dict_id: zstandard.ZstdDecompressor(dict_data=dictionary)
            for dict_id, dictionary in _DICTIONARIES.items()
        }

    def decompress(self, frame: bytes) -> bytes:
        """Return what was compressed, with the dictionary of then."""
        try:
            dict_id = zstandard.get_frame_parameters(frame).dict_id
            reader = self._plain if dict_id == _NONE else self._by_id.get(dict_id)
            if reader is None:
                raise UnknownKey("A newer version has written this value.")
            return reader.decompress(frame, max_output_size=_MAX_BYTES)
        except zstandard.ZstdError:
            raise CannotOpen("The value is damaged.") from None


_codec = _Codec()


def pack(ring: KeyRing, value: Any, context: str) -> bytes:
    """Serialise, compress and seal a JSON value, or JSON already serialised to bytes."""
    plain = value if isinstance(value, bytes) else orjson.dumps(value)
    return ring.seal(_codec.compress(plain), context)


def unpack(ring: KeyRing, packed: bytes, context: str) -> Any:
    """Return the JSON value that `pack` stored.

    Raises:
        CannotOpen: it is damaged, or of another context.
        UnknownKey: its key is not in the ring now, or a newer version has written it.
    """
    return orjson.loads(unpack_text(ring, packed, context))


def unpack_text(ring: KeyRing, packed: bytes, context: str) -> bytes:
    """Return what `pack` stored as it was serialised, to the byte.

    Raises:
        CannotOpen: as `unpack`.
    """
    return _codec.decompress(ring.open(packed, context))
