"""The id of the event, by which Meta recognises the same event sent by the pixel."""

from __future__ import annotations

from dataclasses import replace

from extensions.contract import JSON, Compiler, Notice, Scope, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input, is_automatic
from extensions.meta.values import encodable, number_as_text

FIELD = "event_id"

_SOURCES_OF_THE_PIXEL = frozenset({meta.WEBSITE, meta.APP})

FROM_EVENT = "from the event's own id"
OURS = "our own id of the event"

NO_EVENT_ID = Notice(
    "no_event_id",
    FIELD,
    "The event has no id of its own and got ours. Meta cannot tell that a pixel event of the "
    "same action is the same, so it may count twice.",
)
NONE_SENT = replace(
    NO_EVENT_ID,
    message=(
        "The event was sent without an id. Meta cannot tell that a pixel event of the same "
        "action is the same, so it may count twice."
    ),
)
UNUSABLE = Notice(
    "invalid_event_id", FIELD, "The event id is neither text nor a number, so it was not used."
)


def compile_event_id(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that gives the event its id.

    Ours stays the same for every attempt and replay, so a repetition is at least recognised.
    """
    resolve = compile_input(settings, "eventId", compiler)
    may_fill = is_automatic(settings, "eventId")
    if resolve is not None:
        return lambda draft: _given(draft, resolve(draft.scope), may_fill=may_fill)
    return _filled if may_fill else _without


def _given(draft: Draft, value: JSON, *, may_fill: bool) -> None:
    text = value if type(value) is str and value.isascii() else _as_id(value)
    if text:
        draft.event[FIELD] = text
        return
    if value is not None:
        draft.notices.append(UNUSABLE)
    if may_fill:
        _ours(draft, is_said=value is None)
    elif value is None:
        _remark(draft, NONE_SENT)


def _filled(draft: Draft) -> None:
    text = _own(draft.scope)
    if not text:
        _ours(draft, is_said=True)
        return
    draft.event[FIELD] = text
    draft.origins.append((FIELD, FROM_EVENT))


def _without(draft: Draft) -> None:
    _remark(draft, NONE_SENT)


def _ours(draft: Draft, *, is_said: bool) -> None:
    draft.event[FIELD] = draft.scope.event_id
    draft.origins.append((FIELD, OURS))
    if is_said:
        _remark(draft, NO_EVENT_ID)


def _as_id(value: JSON) -> str:
    """Return the id as the pixel sends it, character by character; empty for what is no id."""
    return (encodable(value) if isinstance(value, str) else number_as_text(value)) or ""


def _own(scope: Scope) -> str:
    """The id that the event itself carries in XDM, where its sender gave it one."""
    xdm = scope.event.get("xdm")
    own = xdm.get("_id") if isinstance(xdm, dict) else None
    return encodable(own) if isinstance(own, str) and own.strip() else ""


def _remark(draft: Draft, notice: Notice) -> None:
    if draft.source in _SOURCES_OF_THE_PIXEL:
        draft.notices.append(notice)
