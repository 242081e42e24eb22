"""The server event parameters of one value: name, source, opt-out and the like."""

from __future__ import annotations

from extensions.contract import JSON, Compiler, Notice, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text, as_truth

_SOURCES = {
    spelling: source
    for source, label in meta.ACTION_SOURCES
    for spelling in (source, label, label.lower())
}
_SQUASHED = str.maketrans("", "", " _-")
_SEGMENTS = frozenset(meta.CUSTOMER_SEGMENTS)
_KNOWN_NAMES = frozenset({*meta.STANDARD_EVENTS, *(name for name, _ in meta.SPECIAL_EVENTS)})
_BY_SQUASHED = {name.lower(): name for name in _KNOWN_NAMES}
OPT_OUT_UNCLEAR = Notice(
    "opt_out_unclear",
    "opt_out",
    "Opt Out is neither true nor false. To be safe, the event was sent as opted out.",
)


SEGMENT_UNKNOWN = Notice(
    "invalid_customer_segmentation",
    "customer_segmentation",
    "The customer segmentation is none of those that Meta knows, so it was left out.",
)
NOT_TEXT = Notice(
    "not_text",
    "advanced_measurement_table",
    "The value is neither text nor a number, so it was left out.",
)


def compile_name(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that names the event."""
    resolve = compiler.value(settings.get("eventName"))

    def step(draft: Draft) -> None:
        draft.event["event_name"] = event_name(resolve(draft.scope), draft.notices)

    return step


def compile_source(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that says where the event happened."""
    template = settings.get("actionSource")
    resolve = compiler.value(template)
    known = _SOURCES.get(template) if isinstance(template, str) else None

    def step(draft: Draft) -> None:
        draft.source = known or action_source(resolve(draft.scope))
        draft.event["action_source"] = draft.source

    return step


def compile_opt_out(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that keeps an event out of ad delivery."""
    resolve = compile_input(settings, "optOut", compiler)
    if resolve is None:
        return None

    def step(draft: Draft) -> None:
        choice = opt_out(resolve(draft.scope), draft.notices)
        if choice is not None:
            draft.event["opt_out"] = choice

    return step


def compile_segmentation(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that says whether the customer is new."""
    resolve = compile_input(settings, "customerSegmentation", compiler)
    if resolve is None:
        return None

    def step(draft: Draft) -> None:
        value = resolve(draft.scope)
        if value is None:
            return
        segment = as_text(value)
        if segment in _SEGMENTS:
            draft.event["customer_segmentation"] = segment
        else:
            draft.notices.append(SEGMENT_UNKNOWN)

    return step


def compile_measurement_table(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step for a parameter that Meta's own library knows and no page describes."""
    resolve = compile_input(settings, "advancedMeasurementTable", compiler)
    if resolve is None:
        return None

    def step(draft: Draft) -> None:
        value = resolve(draft.scope)
        text = as_text(value)
        if text:
            draft.event["advanced_measurement_table"] = text
        elif value is not None:
            draft.notices.append(NOT_TEXT)

    return step


def event_name(value: JSON, notices: list[Notice]) -> str:
    """Return the name; remark on one that nearly is a standard event, as Meta goes by the letter.

    Raises:
        Refusal: there is none.
    """
    name = as_text(value)
    if not name:
        raise Refusal("missing_event_name")
    if name in _KNOWN_NAMES:
        return name
    if standard := near_miss(name):
        notices.append(
            Notice(
                "event_name_near_miss",
                "event_name",
                f"This name makes a custom event. The standard event is written {standard}.",
            )
        )
    return name


def near_miss(name: str) -> str:
    """Return the event of Meta that the name is but for its spelling; empty for none."""
    known = _BY_SQUASHED.get(name.translate(_SQUASHED).lower(), "")
    return "" if known == name else known


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


def opt_out(value: JSON, notices: list[Notice]) -> bool | None:
    """Return the choice, None when nothing was said. What cannot be read counts as opted out."""
    if value is None:
        return None
    choice = as_truth(value)
    if choice is None:
        notices.append(OPT_OUT_UNCLEAR)
        return True
    return choice
