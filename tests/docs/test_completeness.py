"""Whatever a person can set or come across has its place in the docs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from capi_admin.env import VARIABLES
from capi_admin.up.options import PORTS
from collector import problems
from collector.problems import Problem
from collector.router import ENDPOINTS
from delivery.claims import MOST_IN_FLIGHT
from delivery.outcomes import LIVE_DELIVERY, LIVE_EVENT, DeliveryOutcome, EventOutcome
from delivery.reasons import REASONS
from extensions import pages
from extensions.core.operators import OPERATORS
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.meta import lint, survey
from extensions.meta.destination import MetaDestination
from extensions.meta.errors import ERRORS, KnownError
from extensions.meta.fields import USER_FIELDS
from extensions.meta.package import SEND_EVENT
from extensions.meta.refusals import MESSAGES
from meta_sandbox.faults import Fault, Mode
from tests.docs.pages import ROOT, named_in, rows, text_of

SEND_EVENT_PAGE = f"{pages.of_delegate(SEND_EVENT.id)}.md"


def test_every_variable_has_a_row() -> None:
    names = {*VARIABLES, *(variable.name for variable in PORTS)}
    assert names <= named_in("settings.md")


def test_every_variable_of_the_compose_file_has_a_row() -> None:
    used = re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text())
    assert set(used) <= named_in("settings.md")


def test_every_variable_of_the_sandbox_has_a_row() -> None:
    used = re.findall(r'"(SANDBOX_[A-Z_]+)"', (ROOT / "meta_sandbox" / "app.py").read_text())
    assert used
    assert set(used) <= named_in("settings.md")


def test_every_key_of_a_fault_and_every_mode_has_a_row() -> None:
    keys = named_in("sandbox.md")
    assert set(Fault.__struct_fields__) <= keys
    modes = next(row[1] for row in rows("sandbox.md") if row[0] == "`mode`")
    assert [mode for mode in get_args(Mode) if f"`{mode}`" not in modes] == []


def test_the_required_variables_of_the_compose_file_stand_in_the_example() -> None:
    used = re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text())
    example = text_of("production.md")
    assert used
    assert [name for name in used if f"{name}=" not in example] == []


def test_every_service_of_the_compose_file_is_explained() -> None:
    services = (ROOT / "docker-compose.yml").read_text().split("\nservices:\n")[1]
    names = set(re.findall(r"^  ([a-z]+):$", services.split("\nvolumes:\n")[0], re.MULTILINE))
    assert names - {"sandbox"} == named_in("production.md") & names


def test_every_command_of_ours_has_a_row() -> None:
    files = ROOT.glob("*/management/commands/*.py")
    names = {file.stem for file in files if file.stem != "__init__"}
    assert names
    assert names <= named_in("settings.md")


@pytest.mark.parametrize("page", ["production.md", "monitoring.md"])
def test_what_a_destination_takes_at_a_time_is_said_as_it_is(page: str) -> None:
    said = re.findall(r"at most (\S+) requests", " ".join(text_of(page).split()))
    assert said == [str(MOST_IN_FLIGHT)]


def test_what_a_request_carries_is_said_as_it_is() -> None:
    said = re.findall(r"up to (\S+) events", " ".join(text_of("production.md").split()))
    assert said == [str(MetaDestination.max_events)]


def test_every_operator_has_a_row() -> None:
    shown = {tuple(row[:2]) for row in rows(f"{pages.of_delegate(VALUE_COMPARISON.id)}.md")}
    assert {(f"`{each.key}`", each.label) for each in OPERATORS.values()} <= shown


def test_every_key_of_user_data_has_a_row() -> None:
    shown = {tuple(row[:2]) for row in rows(SEND_EVENT_PAGE)}
    assert {(f"`{each.setting}`", f"`{each.key}`") for each in USER_FIELDS} <= shown


@pytest.mark.parametrize(
    ("heading", "outcomes", "live"),
    [
        ("Outcomes of an event", EventOutcome, LIVE_EVENT),
        ("Outcomes of a delivery", DeliveryOutcome, LIVE_DELIVERY),
    ],
)
def test_every_outcome_has_a_row_that_says_whether_it_is_final(
    heading: str,
    outcomes: type[EventOutcome | DeliveryOutcome],
    live: frozenset[EventOutcome] | frozenset[DeliveryOutcome],
) -> None:
    section = text_of("outcomes.md").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if "`" in line and line.startswith("| ")]
    assert [line.split(" | ")[:3] for line in lines] == [
        [f"| {each.label}", f"`{each.value}`", "live" if each in live else "final"]
        for each in outcomes
    ]


def test_every_reason_of_ours_has_a_row() -> None:
    assert REASONS.keys() <= named_in("outcomes.md")


def test_every_refusal_of_a_meta_action_has_a_row() -> None:
    assert MESSAGES.keys() <= named_in("outcomes.md")


def test_every_advice_on_an_event_has_a_row_with_its_words() -> None:
    shown = {row[0]: row[2] for row in rows("meta.md") if len(row) == 3}
    assert [rule.code for rule in lint.RULES if rule.message not in shown[f"`{rule.code}`"]] == []


def test_every_advice_on_many_events_is_named() -> None:
    codes = {rule.code for rule in (*survey.SHARED, *survey.MISSING)}
    event = {"event_name": "Lead", "event_id": "1", "action_source": "website", "user_data": {}}
    codes |= {notice.code for notice in survey.survey([event, event])}
    assert [code for code in codes if f"`{code}`" not in text_of("meta.md")] == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.code}:{error.subcode}")
def test_an_error_of_meta_has_a_row_with_its_words(error: KnownError) -> None:
    found = [row for row in rows("outcomes.md") if _covers(row[0], error)]
    assert len(found) == 1
    assert error.title in found[0][2]
    assert error.explanation in found[0][3]


def test_every_problem_of_the_collector_has_a_row_with_its_status() -> None:
    shown = {tuple(row[:2]) for row in rows("ingest.md")}
    kinds = [each for each in vars(problems).values() if isinstance(each, Problem)]
    assert kinds
    assert {(f"`/problems/{each.code}`", str(each.status)) for each in kinds} <= shown


def test_every_address_of_the_collector_has_a_row() -> None:
    shown = [row[0].strip("`").removeprefix("POST ") for row in rows("ingest.md")]
    paths = [address.partition("?")[0].replace("<datastream>", "DS0") for address in shown]
    for endpoint in ENDPOINTS:
        assert any(map(endpoint.path.fullmatch, paths)), endpoint.path.pattern


def _covers(cell: str, error: KnownError) -> bool:
    reason = f"meta:{error.code}" + ("" if error.subcode is None else f":{error.subcode}")
    if f"`{reason}`" in cell:
        return True
    ends = list(_ends(cell))
    return len(ends) == 2 and error.subcode is None and ends[0] <= error.code <= ends[1]


def _ends(cell: str) -> Iterator[int]:
    match = re.fullmatch(r"`meta:(\d+)` – `meta:(\d+)`", cell)
    yield from map(int, match.groups()) if match else ()
