"""A rule reads as one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from rules import sentences
from tests.rules.making import COMPARISON, SEND_META


def part(kind: str, delegate: str, negate: bool = False, **settings: Any) -> dict[str, Any]:
    name = delegate.rsplit("::", 1)[-1]
    return {
        "id": "RC0",
        "kind": kind,
        "name": name,
        "delegate": delegate,
        "settings": settings,
        "negate": negate,
    }


IS_NEW = part("condition", COMPARISON, leftOperand="{{New}}", comparison={"operator": "isTrue"})
IS_TEST = part(
    "condition",
    COMPARISON,
    negate=True,
    leftOperand="{{Email}}",
    comparison={"operator": "endsWith"},
    rightOperand="@test",
)
SEND = part("action", SEND_META, eventName="Purchase")
GONE = part("action", "elsewhere::actions::post")


@pytest.mark.parametrize(
    ("components", "sentence"),
    [
        ([], "On every event, do nothing yet."),
        ([SEND], "On every event, then send Purchase to Meta."),
        ([IS_NEW], "If New is true, do nothing yet."),
        ([IS_NEW, IS_TEST, SEND],
         "If New is true and not (Email ends with “@test”), then send Purchase to Meta."),
        ([SEND, GONE], "On every event, then send Purchase to Meta, then post (not available)."),
    ],
)  # fmt: skip
def test_rule_reads_as_a_sentence(components: list[dict[str, Any]], sentence: str) -> None:
    assert sentences.of_rule({"components": components}) == sentence


def test_card_names_extension_logic_and_words() -> None:
    [card] = sentences.cards([IS_TEST])
    assert card == {
        "id": "RC0",
        "name": "value-comparison",
        "summary": "Email ends with “@test”",
        "is_exception": True,
        "mark": "",
        "group": "",
        "extension": "Core",
        "icon_url": "/static/extensions/core.svg",
    }


def test_card_of_a_type_that_is_gone_says_so() -> None:
    [card] = sentences.cards([GONE])
    assert (card["error"], card["summary"]) == (
        "The extension of this component is missing.",
        "post (not available)",
    )


def test_card_shows_the_icon_of_its_extension() -> None:
    assert sentences.cards([SEND])[0]["icon_url"].endswith("meta.svg")
