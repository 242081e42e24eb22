"""The two data elements that no event changes."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import ComponentError
from extensions.core.constant import CONSTANT
from extensions.core.secret import SECRET, reference, referred, secret_for
from extensions.validation import problems_in
from tests.extensions.core.making import ElementCompiler, scope

SECRET_ID = "SE" + "0a" * 16
CHOSEN = {"id": SECRET_ID, "name": "Meta token"}


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


@pytest.mark.parametrize("settings", [{"secrets": {}}])
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
    ],
)
def test_secret_settings_of_another_shape_are_refused(settings: dict[str, Any]) -> None:
    assert [problem.severity for problem in problems_in(SECRET, settings)] == ["error"]


def test_secret_reads_its_names_aloud() -> None:
    settings = {"secrets": {"development": CHOSEN, "staging": CHOSEN | {"name": "Other"}}}
    assert SECRET.summarise(settings) == "Meta token, Other"
