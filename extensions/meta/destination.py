"""How a request to Meta's events endpoint is made. The transport does the rest."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from string import ascii_letters, digits, punctuation
from urllib.parse import quote

import orjson

from extensions.contract import JSON, Answer, Compiler, Notice, Request, Scope, Send, Verdict
from extensions.meta import answers, probe, survey
from extensions.meta.address import APP_SECRET, CREDENTIAL, connect, is_dataset, is_version
from extensions.meta.sample import sample

_SHOWN_OF_CODE = 40
# Of the customer information parameters: names, dates and places are not one person's alone.
_IDENTIFIERS = ("em", "ph", "external_id", "subscription_id", "anon_id")
_SHARED = ("test_event_code", "partner_agent")
_VISIBLE = ascii_letters + digits + punctuation.replace("%", "")


class MetaDestination:
    """Meta's Conversions API, in the words of the contract."""

    # Meta takes 1000. One bad event sinks a whole request, so half of that halves what has to be
    # sent again, at no cost that could be measured beside Meta's own answer time.
    max_events = 500
    max_bytes = 1024 * 1024
    credentials: tuple[str, ...] = (CREDENTIAL, APP_SECRET)
    sample_code = "Test Event Code"

    def label(self, address: Mapping[str, str]) -> str:
        """Name the pixel, and say when the events are test events."""
        code = address.get("test_event_code", "")[:_SHOWN_OF_CODE]
        pixel = f"Pixel {address.get('dataset', '')}"
        return f"{pixel} (test {code})" if code else pixel

    def mark(self, address: Mapping[str, str]) -> str:
        """Name the test code: Meta counts test events like any other."""
        code = address.get("test_event_code", "")[:_SHOWN_OF_CODE]
        return f"Test event {code}" if code else ""

    def origin(self, address: Mapping[str, str]) -> str:
        """Return nothing: where Meta answers is a setting of the deployment."""
        return ""

    def takes(self, credential: str) -> bool:
        """Whether it can stand in a header as one word, as every token can."""
        return credential.isascii() and credential.isprintable() and " " not in credential

    def told(self, address: Mapping[str, str], payload: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Return the payload as it is: it holds no secret."""
        return payload

    def identifiers(self, payload: Mapping[str, JSON]) -> Iterable[str]:
        """Return the e-mail addresses, the telephone numbers and the ids."""
        user = payload.get("user_data") or {}
        for key in _IDENTIFIERS:
            value = user.get(key, ())
            yield from (value,) if isinstance(value, str) else value

    def connect(self, compiler: Compiler) -> Callable[[Scope], Mapping[str, str]]:
        """Return what gives the address from the extension's settings alone.

        What is returned raises `ComponentError`, in words for a marketer, where there is none.
        """
        return connect(compiler)

    def request(
        self,
        address: Mapping[str, str],
        credentials: Mapping[str, str],
        payloads: Sequence[bytes],
    ) -> Request:
        """Make the request. The payloads are joined as they are, so every attempt is the same.

        Raises:
            ValueError: dataset or version could change the path. Payloads made by this package
                never have such an address.
        """
        shared = {key: address[key] for key in _SHARED if address.get(key)}
        return _post(address, credentials, shared, payloads)

    def read(self, answer: Answer, count: int) -> Verdict:
        """Read the answer to a request of `count` events. Never raises, whatever came."""
        return answers.read(answer, count)

    def probe(self, address: Mapping[str, str], credentials: Mapping[str, str]) -> Request:
        """Make a request with one event of nothing: Meta looks at the token first, then refuses.

        There is no documented way to try a token without sending. Reading the pixel is none: a
        token made in Events Manager may send to its pixel and still not read it.

        Raises:
            ValueError: as `request`.
        """
        return _post(address, credentials, {}, [b"{}"])

    def read_probe(self, answer: Answer) -> Verdict:
        """Read the answer to a probe: `delivered` means that the address works. Never raises."""
        return probe.read(answer)

    def sample(self, address: Mapping[str, str], code: str, event_id: str, now: int) -> Send:
        """Return a page view of nobody, as a test event; `now` is in Unix seconds.

        Raises:
            ComponentError: the code cannot be right.
        """
        return sample(address, code, event_id, now)

    def survey(self, payloads: Sequence[Mapping[str, JSON]]) -> Sequence[Notice]:
        """Find what only many payloads together show, such as one person in all of them."""
        return survey.survey(payloads)


def _post(
    address: Mapping[str, str],
    credentials: Mapping[str, str],
    shared: Mapping[str, str],
    payloads: Sequence[bytes],
) -> Request:
    version, dataset = address["api_version"], address["dataset"]
    if not (is_version(version) and is_dataset(dataset)):
        raise ValueError("The address names no dataset of Meta's API.")
    token = _header_safe(credentials[CREDENTIAL])
    return Request(
        method="POST",
        path=f"/{version}/{dataset}/events",
        headers={
            # In the header, so that no URL, proxy log or error message holds the token.
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        },
        body=_body({**shared, **_proof(token, credentials.get(APP_SECRET, ""))}, payloads),
    )


def _header_safe(credential: str) -> str:
    """Escape what no header may hold. Meta then says that the token is invalid, in plain words."""
    return quote(credential.strip().encode("utf-8", "ignore"), safe=_VISIBLE)


def _proof(token: str, app_secret: str) -> dict[str, str]:
    """Prove that the token is used by the holder of the app, where the app's owner asks for it.

    https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
    """
    key = app_secret.strip().encode("utf-8", "ignore")
    if not key:
        return {}
    return {"appsecret_proof": hmac.new(key, token.encode(), hashlib.sha256).hexdigest()}


def _body(shared: Mapping[str, str], payloads: Sequence[bytes]) -> bytes:
    rest = b"," + orjson.dumps(shared)[1:] if shared else b"}"
    return b'{"data":[' + b",".join(payloads) + b"]" + rest
