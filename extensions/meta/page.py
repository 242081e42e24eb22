"""The addresses of the page and of the one before it."""

from __future__ import annotations

from extensions.contract import JSON, Compiler, Notice, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input
from extensions.meta.refusals import Refusal
from extensions.meta.values import encodable

_SCHEMES = ("https://", "http://")

URL = "event_source_url"
REFERRER = "referrer_url"

URL_UNUSABLE = Notice(
    "invalid_event_source_url",
    URL,
    "The event source URL does not begin with http:// or https://, so it was left out.",
)
REFERRER_UNUSABLE = Notice(
    "invalid_referrer_url",
    REFERRER,
    "The referrer URL does not begin with http:// or https://, so it was left out.",
)


def compile_url(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that names the page of the event; a website event needs it."""
    resolve = compile_input(settings, "eventSourceUrl", compiler)

    def step(draft: Draft) -> None:
        value = None if resolve is None else resolve(draft.scope)
        if value is not None and draft.source == meta.BUSINESS_MESSAGING:
            draft.notices.append(not_for_messaging(URL))
            return
        url = _address(value, URL_UNUSABLE, draft.notices)
        if url:
            draft.event[URL] = url
        elif draft.source == meta.WEBSITE:
            raise Refusal("missing_event_source_url")

    return step


def compile_referrer(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that names the page before."""
    resolve = compile_input(settings, "referrerUrl", compiler)
    if resolve is None:
        return None

    def step(draft: Draft) -> None:
        value = resolve(draft.scope)
        if value is not None and draft.source == meta.BUSINESS_MESSAGING:
            draft.notices.append(not_for_messaging(REFERRER))
            return
        url = _address(value, REFERRER_UNUSABLE, draft.notices)
        if url:
            draft.event[REFERRER] = url

    return step


def is_web_address(text: str) -> bool:
    """Whether the text begins as the address of a page does."""
    return text[:8].lower().startswith(_SCHEMES)


def not_for_messaging(field: str) -> Notice:
    """Return what is said of a website's parameter that a messaging event may not have."""
    return Notice(
        "web_parameter_left_out",
        field,
        "This parameter belongs to websites, so it was left out of the messaging event.",
    )


def _address(value: JSON, unusable: Notice, notices: list[Notice]) -> str:
    if value is None:
        return ""
    if type(value) is str and value.isascii() and value.startswith(_SCHEMES):
        return value.rstrip()
    text = encodable(value).strip() if isinstance(value, str) else ""
    if is_web_address(text):
        return text
    notices.append(unusable)
    return ""
