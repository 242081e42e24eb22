"""What the log shows of an event in clear."""

from __future__ import annotations

import pytest

from delivery.intake import name_of


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"xdm": {"eventType": "web.lead"}, "data": {"event": "Lead"}}, "web.lead"),
        ({"xdm": {}, "data": {"eventName": "Lead", "event_name": "Purchase"}}, "Lead"),
        ({"data": {"event_name": "Purchase"}}, "Purchase"),
    ],
)
def test_event_is_called_what_its_sender_named_it(event: dict[str, object], name: str) -> None:
    assert name_of(event) == name


def test_name_of_a_person_is_never_taken_for_the_events() -> None:
    assert name_of({"xdm": {}, "data": {"name": "Jane Doe"}}) == ""
