"""Whatever a build of Core and Meta holds and whatever an event holds: nothing raises."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from extensions import registry
from extensions.contract import CodeError, Ran
from rules.engine import Program, check_document, explain
from tests.extensions.core.making import json_values, patient
from tests.extensions.core.test_any_event import SETTINGS
from tests.rules.engine import builds
from tests.rules.engine.making import (
    META,
    MOMENT,
    SEND_META,
    component,
    document,
    element,
    extension,
    rule,
)
from tests.rules.engine.test_explanation import agrees

CONFIGURATION = {"pixelId": "1234567890", "accessToken": "[[SE" + "0" * 32 + "]]"}
TOKENS = ("{{a}}", "{{b}}", "x {{a}} {{Any}}", "{{Any}}")
_CONDITIONS = [key for key in SETTINGS if "::conditions::" in key]
_ACTIONS = [key for key in SETTINGS if "::actions::" in key]
_ELEMENTS = [key for key in SETTINGS if "::dataElements::" in key]
_FIELDS = registry.delegate(SEND_META).schema["properties"]
_TEXTS = [name for name, field in _FIELDS.items() if "string" in str(field.get("type"))]


class Anything:
    """Gives any JSON for code, or fails."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def run(self, build: str, code: str, given: Any, seed: str, ask: Any) -> Ran:
        if not self._values:
            raise CodeError("It throws.")
        return Ran(self._values[len(seed) % len(self._values)])


def _parts(kind: str, delegates: list[str]) -> st.SearchStrategy[Any]:
    return st.sampled_from(delegates).flatmap(
        lambda key: st.builds(
            lambda settings, negate, group: component(
                kind, key, settings, negate=negate, group=group
            ),
            st.sampled_from(SETTINGS[key]),
            st.booleans(),
            builds.groups,
        )
    )


_meta = st.dictionaries(st.sampled_from(_TEXTS), st.sampled_from(TOKENS), max_size=12).map(
    lambda settings: component(
        "action",
        SEND_META,
        {"actionSource": "website", "eventName": "Purchase", **settings},
    )
)


@st.composite
def _documents(draw: st.DrawFn) -> Any:
    anything = draw(st.sampled_from([key for key in _ELEMENTS if "secret" not in key]))
    settings = draw(st.sampled_from(SETTINGS[anything]))
    own = {"Any": "{{a}}"}
    contents = [
        extension(META, settings=CONFIGURATION),
        element("a", clean=True),
        element("b", default="x", lower=True),
        element("Any", anything, settings=_renamed(settings, own)),
        *(
            rule(
                *draw(st.lists(_parts("condition", _CONDITIONS), max_size=3)),
                *draw(st.lists(_parts("action", _ACTIONS) | _meta, min_size=1, max_size=3)),
                name=f"{number}",
                logic=draw(builds.logics),
            )
            for number in range(draw(st.integers(1, 3)))
        ),
    ]
    return document(*contents)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """Let settings ask for a, as Any asks for itself else."""
    if isinstance(value, dict):
        return {key: _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    return value.replace("{{Any}}", names["Any"]) if isinstance(value, str) else value


_data = json_values | st.fixed_dictionaries({}, optional={"a": json_values, "b": json_values})


@patient
@given(
    made=_documents(),
    xdm=json_values,
    data=_data,
    request=json_values,
    given_=st.lists(json_values, max_size=3),
)
def test_no_build_and_no_event_raise_and_the_trace_agrees(
    made: Any, xdm: Any, data: Any, request: Any, given_: list[Any]
) -> None:
    check_document(made)
    program = Program(made)
    event = {"xdm": xdm, "data": data}
    code = Anything(given_)
    evaluation = program.evaluate(event, request, **MOMENT, code=code)
    agrees(explain(program, event, request, **MOMENT, code=code), evaluation)


@patient
@given(made=_documents(), event=json_values, request=json_values)
def test_an_event_that_is_no_object_raises_nothing_either(
    made: Any, event: Any, request: Any
) -> None:
    Program(made).evaluate(event, request, **MOMENT)
