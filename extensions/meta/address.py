"""Where a payload goes: what all events of one request to Meta share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from extensions.contract import JSON, Compiler, Scope, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text

Addressing = Callable[[Scope], Mapping[str, str]]

_VERSION = re.compile(meta.API_VERSION_PATTERN)
_LONGEST_DATASET = 20


def is_dataset(text: str) -> bool:
    """Whether the text is a pixel (dataset) id: digits and nothing else."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_DATASET


def is_version(text: str) -> bool:
    """Whether the text is a version of the Graph API, such as v26.0."""
    return text.isascii() and _VERSION.fullmatch(text) is not None


def compile_address(settings: Settings, compiler: Compiler) -> Addressing:
    """Return what gives the address of an event, or refuses the event that has none."""
    configuration = compiler.configuration()
    pixel = compiler.value(configuration.get("pixelId"))
    token = compiler.value(configuration.get("accessToken"))
    code = compiler.value(settings.get("testEventCode")) if settings.get("isTestEvent") else None
    version = as_text(configuration.get("apiVersion")) or meta.DEFAULT_API_VERSION
    if not is_version(version):
        return _without_version

    def address(scope: Scope) -> Mapping[str, str]:
        found = {
            "dataset": _dataset(pixel(scope)),
            "api_version": version,
            "credential": _required(token(scope), "missing_access_token"),
            "partner_agent": meta.PARTNER_AGENT,
        }
        if code is not None:
            found["test_event_code"] = _required(code(scope), "missing_test_event_code")
        return found

    return address


def _dataset(value: JSON) -> str:
    text = _required(value, "missing_pixel_id")
    if not is_dataset(text):
        raise Refusal("invalid_pixel_id")
    return text


def _without_version(scope: Scope) -> Mapping[str, str]:
    raise Refusal("invalid_api_version")


def _required(value: JSON, code: str) -> str:
    text = as_text(value)
    if not text:
        raise Refusal(code)
    return text
