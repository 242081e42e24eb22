"""How a request to Meta's events endpoint is made. The transport does the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters, digits, punctuation
from urllib.parse import quote

import orjson

from extensions.contract import Answer, Request, Verdict
from extensions.meta import answers
from extensions.meta.address import is_dataset, is_version

_SHOWN_OF_CODE = 40
_SHARED = ("test_event_code", "partner_agent")
_VISIBLE = ascii_letters + digits + punctuation.replace("%", "")


class MetaDestination:
    """Meta's Conversions API, in the words of the contract."""

    # Meta takes 1000. One bad event sinks a whole request, so half of that halves what has to be
    # sent again, at no cost that could be measured beside Meta's own answer time.
    max_events = 500
    max_bytes = 1024 * 1024

    def label(self, address: Mapping[str, str]) -> str:
        """Name the pixel, and say when the events are test events."""
        code = address.get("test_event_code", "")[:_SHOWN_OF_CODE]
        pixel = f"Pixel {address.get('dataset', '')}"
        return f"{pixel} (test {code})" if code else pixel

    def request(
        self, address: Mapping[str, str], credential: str, payloads: Sequence[bytes]
    ) -> Request:
        """Make the request. The payloads are joined as they are, so every attempt is the same.

        Raises:
            ValueError: dataset or version could change the path. Payloads made by this package
                never have such an address.
        """
        version, dataset = address["api_version"], address["dataset"]
        if not (is_version(version) and is_dataset(dataset)):
            raise ValueError("The address names no dataset of Meta's API.")
        return Request(
            method="POST",
            path=f"/{version}/{dataset}/events",
            headers={
                # In the header, so that no URL, proxy log or error message holds the token.
                "Authorization": f"Bearer {_header_safe(credential)}",
                "Content-Type": "application/json",
            },
            body=_body(address, payloads),
        )

    def read(self, answer: Answer, count: int) -> Verdict:
        """Read the answer to a request of `count` events. Never raises, whatever came."""
        return answers.read(answer, count)


def _header_safe(credential: str) -> str:
    """Escape what no header may hold. Meta then says that the token is invalid, in plain words."""
    return quote(credential.strip().encode("utf-8", "ignore"), safe=_VISIBLE)


def _body(address: Mapping[str, str], payloads: Sequence[bytes]) -> bytes:
    shared = {key: address[key] for key in _SHARED if address.get(key)}
    rest = b"," + orjson.dumps(shared)[1:] if shared else b"}"
    return b'{"data":[' + b",".join(payloads) + b"]" + rest
