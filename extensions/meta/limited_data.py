"""Limited Data Use: what Meta may do with the data of people in some states of the US.

Source: https://developers.facebook.com/docs/marketing-apis/data-processing-options. When it is
off all three parameters stay out: an empty list would say that the data is not limited.
"""

from __future__ import annotations

from extensions.contract import JSON, Compiler, Notice, Resolver, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input, is_empty
from extensions.meta.values import as_text, as_truth

OPTIONS = "data_processing_options"
COUNTRY = "data_processing_options_country"
STATE = "data_processing_options_state"

_LOCATE = 0  # asks Meta to find country or state by the visitor's IP address
_UNITED_STATES = 1
_LONGEST_CODE = 9

_COUNTRIES = dict.fromkeys(
    ("us", "usa", "united states", "united states of america"), _UNITED_STATES
)
_STATES = {
    spelling.lower(): code
    for code, letters, name in meta.LDU_STATES
    for spelling in (letters, name, f"us-{letters}")
    if letters
}

UNCLEAR = Notice(
    "limited_data_use_unclear",
    OPTIONS,
    "The switch of Limited Data Use is neither true nor false. To be safe, it was taken as on.",
)
UNKNOWN_COUNTRY = Notice(
    "invalid_ldu_country",
    COUNTRY,
    "The country of Limited Data Use is neither 0, 1 nor the United States. Meta was asked to "
    "find it.",
)
UNKNOWN_STATE = Notice(
    "invalid_ldu_state",
    STATE,
    "The state of Limited Data Use cannot be read. Meta was asked to find it.",
)
NO_STATE = Notice(
    "limited_data_use_without_state",
    STATE,
    "Limited Data Use has a country but no state. Meta was asked to find the state.",
)
NO_IP_TO_LOCATE = Notice(
    "limited_data_use_without_ip",
    "user_data.client_ip_address",
    "Limited Data Use is on, but Meta needs the visitor's IP address to find the state.",
)


def compile_limited_data(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that limits what Meta may do; None where that is never asked for."""
    switch = settings.get("lduEnabled")
    if is_empty(switch) or switch is False:
        return None
    is_on = None if switch is True else compile_input(settings, "lduEnabled", compiler)
    country = compile_input(settings, "lduCountry", compiler)
    state = compile_input(settings, "lduState", compiler)

    def step(draft: Draft) -> None:
        if is_on is not None and not _is_on(is_on(draft.scope), draft.notices):
            return
        codes = _codes(draft, country, state)
        draft.event[OPTIONS] = [meta.LIMITED_DATA_USE]
        draft.event[COUNTRY], draft.event[STATE] = codes
        if codes[1] == _LOCATE and "client_ip_address" not in draft.event["user_data"]:
            draft.notices.append(NO_IP_TO_LOCATE)

    return step


def country_code(value: JSON) -> int | None:
    """Return Meta's number of a country, given as that number or by its name."""
    number = _number(value)
    if number is None:
        return _COUNTRIES.get(_spelled(value))
    return number if number in (_LOCATE, _UNITED_STATES) else None


def state_code(value: JSON) -> int | None:
    """Return Meta's number of a state, given as that number, by its name or by its letters.

    Meta's pages disagree about the list, so any number is taken.
    """
    number = _number(value)
    return number if number is not None else _STATES.get(_spelled(value))


def _is_on(value: JSON, notices: list[Notice]) -> bool:
    choice = as_truth(value)
    if choice is None:
        notices.append(UNCLEAR)
    return choice is not False


def _codes(draft: Draft, country: Resolver | None, state: Resolver | None) -> tuple[int, int]:
    """Return country and state; 0 asks Meta to find it."""
    land = _LOCATE if country is None else country_code(country(draft.scope))
    region = _LOCATE if state is None else state_code(state(draft.scope))
    if land is None:
        draft.notices.append(UNKNOWN_COUNTRY)
    if region is None:
        draft.notices.append(UNKNOWN_STATE)
    if region:
        return _UNITED_STATES, region  # every state that Meta lists is one of them
    if land and region is not None:
        draft.notices.append(NO_STATE)
    return land or _LOCATE, _LOCATE


def _spelled(value: JSON) -> str:
    return " ".join((as_text(value) or "").lower().split())


def _number(value: JSON) -> int | None:
    text = as_text(value) or ""
    is_code = text.isascii() and text.isdigit() and len(text) <= _LONGEST_CODE
    return int(text) if is_code else None
