"""The page on sending events says what the collector does, where that is more than a table."""

from __future__ import annotations

import pytest

from capi_admin.env import VARIABLES
from collector.endpoint import MAX_EVENTS
from collector.events import _LINES
from collector.metrics import CONFLICTS
from rules.forms.datastreams import DatastreamForm
from tests.docs.pages import text_of

PAGE = " ".join(text_of("ingest.md").split())


@pytest.mark.parametrize("media", sorted(_LINES))
def test_every_name_of_lines_is_told(media: str) -> None:
    assert f"{media}`" in PAGE


def test_number_of_events_of_a_list_is_told() -> None:
    assert f"A list has at most {MAX_EVENTS:,} events." in PAGE


def test_window_of_duplicates_is_told() -> None:
    hours = VARIABLES["DUPLICATE_HOURS"].default
    assert f"within {hours} hours (`DUPLICATE_HOURS`)" in PAGE


def test_conflicts_are_counted_as_told() -> None:
    (shown,) = CONFLICTS.describe()
    assert f"`{shown.name}_total`" in PAGE


@pytest.mark.parametrize("name", ["rate_limit", "burst", "daily_cap"])
def test_limits_of_a_datastream_are_told_by_their_names(name: str) -> None:
    assert f"*{DatastreamForm.base_fields[name].label}*" in PAGE


def test_page_and_form_say_that_a_key_is_void_with_an_allowed_origin() -> None:
    assert "With an allowed origin, asking for a key keeps nobody out" in PAGE
    assert "keeps nobody out" in str(DatastreamForm.base_fields["requires_key"].help_text)
