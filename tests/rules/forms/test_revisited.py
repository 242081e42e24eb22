"""A form that is shown again without being judged."""

from __future__ import annotations

import pytest

from rules.models import Property
from tests.rules.forms.making import TOKEN, form_for, html, opened, seal

pytestmark = pytest.mark.django_db


def test_revisited_form_shows_what_was_entered_and_judges_nothing(property_: Property) -> None:
    values = {"name": "Eve", "kind": "no such", "is_on": "on"}
    form = form_for(property_, values, {"name": "Ada"}, revisit=True)
    assert (form.is_bound, form.errors) == (False, {})
    assert [form.initial[path] for path in ("name", "kind", "is_on")] == ["Eve", "no such", True]


def test_revisited_form_keeps_a_typed_secret_sealed(property_: Property) -> None:
    form = form_for(property_, {"token": TOKEN}, revisit=True)
    assert "canary" not in html(form)
    [(_, carried)] = form.kept_fields()
    assert opened(property_, carried) == TOKEN


def test_revisited_form_shows_a_picked_data_element(property_: Property) -> None:
    form = form_for(property_, {"token": "{{A}}"}, {"token": seal(property_)}, revisit=True)
    assert form.initial["token"] == "{{A}}"
    assert form.kept_fields() == []
