"""The server event parameters other than the time: name, source, page, id, opt-out."""

from __future__ import annotations

from extensions.contract import JSON, Notice, Scope
from extensions.meta import vocabulary as meta
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text, encodable, number_as_text

_SOURCES = {
    spelling: source
    for source, label in meta.ACTION_SOURCES
    for spelling in (source, label, label.lower())
}
_SOURCES_OF_THE_PIXEL = frozenset({meta.WEBSITE, "app"})
_SQUASHED = str.maketrans("", "", " _-")
_STANDARD = frozenset(meta.STANDARD_EVENTS)
_BY_SQUASHED = {name.lower(): name for name in meta.STANDARD_EVENTS}
_TRUTH: dict[str, bool] = {
    "true": True,
    "1": True,
    "yes": True,
    "false": False,
    "0": False,
    "no": False,
}

NO_EVENT_ID = Notice(
    "no_event_id",
    "event_id",
    "The event has no id of its own and got ours. Meta cannot tell that a pixel event of the "
    "same action is the same, so it may count twice.",
)
EVENT_ID_UNUSABLE = Notice(
    "invalid_event_id", "event_id", "The event id is neither text nor a number; ours was used."
)
URL_UNUSABLE = Notice(
    "invalid_event_source_url",
    "event_source_url",
    "The event source URL does not begin with http:// or https://, so it was left out.",
)
OPT_OUT_UNCLEAR = Notice(
    "opt_out_unclear",
    "opt_out",
    "Opt Out is neither true nor false. To be safe, the event was sent as opted out.",
)


def event_name(value: JSON, notices: list[Notice]) -> str:
    """Return the name; remark on one that nearly is a standard event, as Meta goes by the letter.

    Raises:
        Refusal: there is none.
    """
    name = as_text(value)
    if not name:
        raise Refusal("missing_event_name")
    if name in _STANDARD:
        return name
    standard = _BY_SQUASHED.get(name.translate(_SQUASHED).lower())
    if standard:
        notices.append(
            Notice(
                "event_name_near_miss",
                "event_name",
                f"This name makes a custom event. The standard event is written {standard}.",
            )
        )
    return name


def action_source(value: JSON) -> str:
    """Return the source by its id or its label.

    Raises:
        Refusal: there is none, or Meta does not know it.
    """
    text = as_text(value)
    if not text:
        raise Refusal("missing_action_source")
    source = _SOURCES.get(text) or _SOURCES.get(text.lower())
    if source is None:
        raise Refusal("invalid_action_source")
    return source


def event_source_url(value: JSON, source: str, notices: list[Notice]) -> str:
    """Return the address of the page, or an empty text.

    Raises:
        Refusal: a website event has none.
    """
    text = encodable(value).strip() if isinstance(value, str) else ""
    if text and not is_web_address(text):
        notices.append(URL_UNUSABLE)
        text = ""
    if not text and source == meta.WEBSITE:
        raise Refusal("missing_event_source_url")
    return text


def is_web_address(text: str) -> bool:
    """Whether the text begins as the address of a page does."""
    return text[:8].lower().startswith(("http://", "https://"))


def event_id(value: JSON, source: str, scope: Scope, notices: list[Notice]) -> str:
    """Return the id as the pixel sends it, character by character, or our own.

    Ours stays the same for every attempt and replay, so a repetition is at least recognised.
    """
    text = encodable(value) if isinstance(value, str) else number_as_text(value)
    if text:
        return text
    if value is not None:
        notices.append(EVENT_ID_UNUSABLE)
    elif source in _SOURCES_OF_THE_PIXEL:
        notices.append(NO_EVENT_ID)
    return scope.event_id


def opt_out(value: JSON, notices: list[Notice]) -> bool | None:
    """Return the choice, None when nothing was said. What cannot be read counts as opted out."""
    if value is None:
        return None
    if isinstance(value, bool):
        return value
    text = as_text(value)
    choice = _TRUTH.get(text.lower()) if text is not None else None
    if choice is None:
        notices.append(OPT_OUT_UNCLEAR)
        return True
    return choice
