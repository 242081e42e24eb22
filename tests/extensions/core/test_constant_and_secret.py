"""The two data elements that no event changes."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import ComponentError
from extensions.core.constant import CONSTANT
from extensions.core.secret import SECRET, narrowed, reference, referred, secret_for
from extensions.validation import problems_in
from tests.extensions.core.making import ElementCompiler, scope

SECRET_ID = "SE" + "0a" * 16
CHOSEN = {"id": SECRET_ID, "name": "Meta token"}
ANOTHER = {"id": "SE" + "0b" * 16, "name": "Second token"}


@pytest.mark.parametrize("value", ["EUR", "0", "false", " two words ", "日本"])
def test_constant_is_the_same_text_for_every_event(value: str) -> None:
    resolve = CONSTANT.compile({"value": value}, ElementCompiler())
    assert [resolve(scope({"data": 1})), resolve(scope({"data": 2}))] == [value, value]


@pytest.mark.parametrize("settings", [{}, {"value": ""}])
def test_form_asks_for_the_constant(settings: dict[str, str]) -> None:
    problems = problems_in(CONSTANT, settings)
    assert [(p.field, p.message) for p in problems] == [("value", "Please specify a value.")]


@pytest.mark.parametrize("value", [5, True, None, [], {}])
def test_constant_is_text(value: Any) -> None:
    assert problems_in(CONSTANT, {"value": value})


def test_constant_reads_itself_aloud() -> None:
    assert CONSTANT.summarise({"value": "EUR"}) == "“EUR”"


@pytest.mark.parametrize("stage", ["development", "staging", "production"])
def test_secret_gives_the_reference_of_the_builds_stage(stage: str) -> None:
    settings = {"secrets": {stage: CHOSEN}}
    resolve = SECRET.compile(settings, ElementCompiler(stage=stage))
    assert resolve(scope()) == f"[[{SECRET_ID}]]"


def test_secret_without_one_for_the_stage_fails_and_names_the_stage() -> None:
    resolve = SECRET.compile(
        {"secrets": {"development": CHOSEN}}, ElementCompiler(stage="production")
    )
    with pytest.raises(ComponentError, match="No secret is chosen for production"):
        resolve(scope())


def test_reference_leads_back_to_its_secret() -> None:
    assert referred(reference(SECRET_ID)) == SECRET_ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET_ID,
        f"[{SECRET_ID}]",
        f"[[{SECRET_ID}]]\n",
        f" [[{SECRET_ID}]]",
        f"Bearer [[{SECRET_ID}]]",
        f"[[{SECRET_ID.upper()}]]",
        "[[SE123]]",
        f"[[{'EX' + SECRET_ID[2:]}]]",
        f"[[{SECRET_ID}]][[{SECRET_ID}]]",
    ],
)
def test_other_text_is_no_reference(text: str) -> None:
    assert referred(text) is None


def test_stage_without_a_secret_has_none() -> None:
    assert secret_for({"secrets": {"staging": CHOSEN}}, "production") is None


@pytest.mark.parametrize("chosen", [CHOSEN, [CHOSEN], [CHOSEN, ANOTHER]])
def test_development_may_have_several_secrets(chosen: Any) -> None:
    settings = {"secrets": {"development": chosen}}
    assert problems_in(SECRET, settings) == []
    assert secret_for(settings, "development") == SECRET_ID


@pytest.mark.parametrize(
    ("development", "own", "expected"),
    [
        (CHOSEN, [CHOSEN], CHOSEN),
        ([CHOSEN, ANOTHER], [CHOSEN], CHOSEN),
        ([CHOSEN, ANOTHER], [ANOTHER], ANOTHER),
        ([ANOTHER], [ANOTHER], ANOTHER),
        (CHOSEN, [ANOTHER], CHOSEN),
        ([CHOSEN, ANOTHER], [], [CHOSEN, ANOTHER]),
    ],
)
def test_of_several_secrets_that_of_the_environment_is_left(
    development: Any, own: list[dict[str, str]], expected: Any
) -> None:
    settings = {"secrets": {"development": development, "staging": CHOSEN}}
    left = narrowed(settings, "development", {each["id"] for each in own})
    assert left == {"secrets": {"development": expected, "staging": CHOSEN}}
    assert settings["secrets"]["development"] == development


@pytest.mark.parametrize("settings", [{}, {"secrets": {}}, {"secrets": {"staging": CHOSEN}}])
def test_settings_without_a_secret_of_the_stage_stay_as_they_are(settings: dict[str, Any]) -> None:
    assert narrowed(settings, "development", {SECRET_ID}) == settings


@pytest.mark.parametrize("settings", [{"secrets": {}}, {"secrets": {"development": []}}])
def test_form_asks_for_a_secret_of_at_least_one_stage(settings: dict[str, Any]) -> None:
    problems = problems_in(SECRET, settings)
    assert [(p.field, p.message) for p in problems] == [
        ("secrets.development", "Choose a secret for at least one environment.")
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"secrets": {"development": {"id": SECRET_ID}}},
        {"secrets": {"development": {"id": "", "name": "x"}}},
        {"secrets": {"live": CHOSEN}},
        {"secrets": {"development": CHOSEN | {"value": "EAAB"}}},
        {"secrets": {"development": [CHOSEN, {"id": SECRET_ID}]}},
        {"secrets": {"development": [[CHOSEN]]}},
        {"secrets": {"production": [CHOSEN]}},
    ],
)
def test_secret_settings_of_another_shape_are_refused(settings: dict[str, Any]) -> None:
    assert [problem.severity for problem in problems_in(SECRET, settings)] == ["error"]


def test_secret_reads_its_names_aloud() -> None:
    settings = {"secrets": {"development": CHOSEN, "staging": CHOSEN | {"name": "Other"}}}
    assert SECRET.summarise(settings) == "Meta token, Other"


def test_secret_reads_all_names_of_a_stage_aloud() -> None:
    settings = {"secrets": {"production": CHOSEN, "development": [CHOSEN, ANOTHER]}}
    assert SECRET.summarise(settings) == "Meta token, Second token, Meta token"
