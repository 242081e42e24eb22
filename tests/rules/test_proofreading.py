"""Code that cannot be read is told beside its field, when it is saved and when it is built."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from custom_code.sandbox import Unavailable
from extensions.core.custom_code import CONDITION
from extensions.core.path import PATH
from rules import coding, proofreading
from rules.models import DataElement, Library, Property
from tests.rules.making import built, element, library, rule

ELEMENT = "core::dataElements::custom-code"
BROKEN = "const a = 1;\nreturn a +* 2;"
WORDS = "This code cannot be read in line 2: unexpected token in expression: '*'."


def part(source: str, number: int = 0) -> dict[str, Any]:
    return {
        "id": f"RC{number}",
        "kind": "condition",
        "name": "Custom Code",
        "delegate": CONDITION.id,
        "settings": {"source": source},
        "negate": False,
    }


def document(*parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    content = {"id": "RL", "name": "Rule", "enabled": True, "components": list(parts)} | changes
    coded = {"id": "DE", "name": "Coded", "enabled": True, "delegate": ELEMENT}
    return {"rules": [content], "data_elements": [coded | {"settings": {"source": BROKEN}}]}


# --- What is found ------------------------------------------------------------------------------


def test_code_that_cannot_be_read_is_a_problem_of_its_field() -> None:
    [problem] = proofreading.problems_in(CONDITION, {"source": BROKEN})
    assert (problem.field, problem.message, problem.severity) == ("source", WORDS, "error")


@pytest.mark.parametrize("settings_", [{"source": "return 1"}, {"source": ""}, {}, {"source": 5}])
def test_other_settings_have_none(settings_: dict[str, Any]) -> None:
    assert proofreading.problems_in(CONDITION, settings_) == []


def test_text_of_another_type_is_no_code() -> None:
    assert proofreading.problems_in(PATH, {"source": BROKEN}) == []


def test_findings_point_to_the_component_and_the_element() -> None:
    found = proofreading.findings_in(document(part("return 1", 1), part(BROKEN, 2)))
    assert [(f.severity, f.resource, f.name, f.component, f.label, f.message) for f in found] == [
        ("error", "DE", "Coded", "", "Code", WORDS),
        ("error", "RL", "Rule › Custom Code", "RC2", "Code", WORDS),
    ]


def test_disabled_rule_has_none() -> None:
    found = proofreading.findings_in(document(part(BROKEN), enabled=False))
    assert [finding.resource for finding in found] == ["DE"]


@pytest.mark.parametrize("is_on", [True, False])
def test_where_no_code_runs_nothing_is_wrong_with_it(settings: Settings, is_on: bool) -> None:
    settings.CUSTOM_CODE = is_on
    found = [finding.severity for finding in proofreading.findings_in(document())]
    assert ("error" in found) is is_on
    assert bool(proofreading.problems_in(CONDITION, {"source": BROKEN})) is is_on


def test_where_no_code_runs_every_code_is_warned_of(settings: Settings) -> None:
    settings.CUSTOM_CODE = False
    found = proofreading.findings_in(document(part("return 1", 1), part(BROKEN, 2)))
    words = "Custom code is switched off on this server, so this fails with every event."
    assert [(f.severity, f.resource, f.component, f.label, f.message) for f in found] == [
        ("warning", "DE", "", "Code", words),
        ("warning", "RL", "RC1", "Code", words),
        ("warning", "RL", "RC2", "Code", words),
    ]
    disabled = proofreading.findings_in(document(part(BROKEN), enabled=False))
    assert [finding.resource for finding in disabled] == ["DE"]


def test_nothing_is_found_where_nothing_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_codes: Any) -> Any:
        raise Unavailable

    monkeypatch.setattr(coding, "look", look)
    assert proofreading.findings_in(document()) == []


def test_hundreds_of_codes_travel_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    look = coding.look
    monkeypatch.setattr(coding, "look", lambda codes: asked.append(len(codes)) or look(codes))
    parts = [part(f"return {number % 100}", number) for number in range(500)]
    assert len(proofreading.findings_in(document(*parts))) == 1
    assert asked == [101]


# --- Where it is told ---------------------------------------------------------------------------


@pytest.fixture
def broken(property_: Property) -> Library:
    element(property_)
    held = rule(property_)
    held.components.update(delegate=CONDITION.id, settings={"source": BROKEN})
    return library(property_)


@pytest.mark.django_db
def test_build_with_code_that_cannot_be_read_fails_at_its_field(broken: Library) -> None:
    build = built(broken)
    assert build.status == "failed"
    errors = [problem for problem in build.problems if problem["severity"] == "error"]
    assert [(error["field"], error["message"]) for error in errors] == [("source", WORDS)]


@pytest.mark.django_db
def test_build_takes_it_where_no_code_runs(broken: Library, settings: Settings) -> None:
    settings.CUSTOM_CODE = False
    build = built(broken)
    assert build.status == "succeeded"
    told = [(one["severity"], one["field"], one["message"][:27]) for one in build.problems]
    assert ("warning", "source", "Custom code is switched off") in told


@pytest.mark.django_db
def test_library_tells_of_it_before_it_is_built(broken: Library, admin_client: Client) -> None:
    url = reverse("rules:library", args=[broken.property.public_id, broken.public_id])
    assert html.escape(WORDS) in admin_client.get(url).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("is_on", [True, False])
def test_form_comes_back_with_the_line_beside_the_code(
    property_: Property, admin_client: Client, settings: Settings, is_on: bool
) -> None:
    settings.CUSTOM_CODE = is_on
    url = reverse("rules:new_data_element", args=[property_.public_id])
    answer = admin_client.post(url, {"name": "Cents", "delegate": ELEMENT, "source": BROKEN})
    assert DataElement.objects.exists() is not is_on
    assert (answer.status_code == 422) is is_on
    assert (html.escape(WORDS) in answer.content.decode()) is is_on
