"""How a call goes out. The transport does the rest, and talks to public addresses alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import orjson

from extensions.cloud_connector import answers
from extensions.cloud_connector.pieces import KEYS, filled
from extensions.contract import (
    JSON,
    Answer,
    Compiler,
    ComponentError,
    Notice,
    Request,
    Scope,
    Send,
    Verdict,
)

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_HIDDEN = "••••"
_NEEDS_EVENT = "A call is made of an event. Try its action on a recent one."


class AnyServer:
    """Any server that calls may go to, in the words of the contract."""

    max_events = 1
    max_bytes = 1024 * 1024
    credentials: tuple[str, ...] = KEYS
    sample_code = ""

    def label(self, address: Mapping[str, str]) -> str:
        """Name the host."""
        return address.get("origin", "").partition("://")[2]

    def mark(self, address: Mapping[str, str]) -> str:
        """Return nothing: a call is what it is."""
        return ""

    def origin(self, address: Mapping[str, str]) -> str:
        """Where the call goes."""
        return address["origin"]

    def takes(self, credential: str) -> bool:
        """Whether it can stand in a header: in one line, spaces and all."""
        return credential.isprintable()

    def told(self, address: Mapping[str, str], payload: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Return the call as people know one, with its secrets blotted out."""
        blots = dict.fromkeys(KEYS, _HIDDEN)
        told: dict[str, JSON] = {
            "method": payload["method"],
            "url": f"{address.get('origin', '')}{payload['path']}",
            "headers": {name: filled(value, blots) for name, value in payload["headers"]},
        }
        body = filled(payload["body"], blots)
        return {**told, "body": _readable(body)} if body else told

    def identifiers(self, payload: Mapping[str, JSON]) -> Iterable[str]:
        """Return every hash in the call: nobody knows what each of them stands for."""
        templates = [payload["body"], *(value for _, value in payload["headers"])]
        blots = dict.fromkeys(KEYS, _HIDDEN)
        texts = [payload["path"], *(filled(template, blots) for template in templates)]
        return [found for text in texts for found in _HASH.findall(text)]

    def connect(self, compiler: Compiler) -> Callable[[Scope], Mapping[str, str]]:
        """Return what says that there is no address without an event."""

        def nowhere(_scope: Scope) -> Mapping[str, str]:
            raise ComponentError(_NEEDS_EVENT)

        return nowhere

    def request(
        self,
        address: Mapping[str, str],
        credentials: Mapping[str, str],
        payloads: Sequence[bytes],
    ) -> Request:
        """Make the request of one call.

        Raises:
            KeyError: the payload names a secret that the address does not.
        """
        [payload] = map(orjson.loads, payloads)
        return Request(
            method=payload["method"],
            path=payload["path"],
            headers={
                name: _in_header(filled(value, credentials)) for name, value in payload["headers"]
            },
            body=filled(payload["body"], credentials).encode(),
        )

    def read(self, answer: Answer, count: int) -> Verdict:
        """Read the answer to a call. Never raises, whatever came."""
        return answers.read(answer)

    def probe(self, address: Mapping[str, str], credentials: Mapping[str, str]) -> Request:
        """Refuse: there is no call that surely does nothing.

        Raises:
            ComponentError: always.
        """
        raise ComponentError(_NEEDS_EVENT)

    def read_probe(self, answer: Answer) -> Verdict:
        """Read an answer as that to a call. Never raises."""
        return answers.read(answer)

    def sample(self, address: Mapping[str, str], code: str, event_id: str, now: int) -> Send:
        """Refuse, as `probe` does.

        Raises:
            ComponentError: always.
        """
        raise ComponentError(_NEEDS_EVENT)

    def survey(self, payloads: Sequence[Mapping[str, JSON]]) -> Sequence[Notice]:
        """Find nothing: nothing is known of what calls are about."""
        return ()


def _in_header(text: str) -> str:
    """Return a text whose bytes, one to a character, are the text's UTF-8 (RFC 9110, 5.5)."""
    return text.encode().decode("latin-1")


def _readable(body: str) -> JSON:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
