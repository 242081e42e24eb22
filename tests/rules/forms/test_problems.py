"""What is wrong stands beside its field."""

from __future__ import annotations

import pytest

from extensions import registry
from extensions.contract import Problem
from extensions.core.path import PATH
from rules.models import Property
from tests.rules.forms.making import SCHEMA, delegate, form_for, saved
from tests.rules.making import META

pytestmark = pytest.mark.django_db


def test_problem_stands_beside_its_field(property_: Property) -> None:
    form = form_for(property_, {"path": "xdm..id"}, described=PATH)
    assert form.errors == {"path": ["The path cannot be read from character 4 on."]}


def test_problem_of_a_nested_setting_stands_beside_its_field(property_: Property) -> None:
    described = delegate(SCHEMA, Problem("inner.more.deeper", "Too deep."))
    form = form_for(property_, {}, described=described)
    assert form.errors == {"inner.more.deeper": ["Too deep."]}


def test_problem_of_an_object_stands_beside_its_first_field(property_: Property) -> None:
    form = form_for(property_, {}, described=delegate(SCHEMA, Problem("inner", "Say more.")))
    assert form.errors == {"inner.deep": ["Say more."]}


def test_problem_of_no_field_stands_above_the_form(property_: Property) -> None:
    form = form_for(property_, {}, described=delegate(SCHEMA, Problem("elsewhere", "No.")))
    assert form.non_field_errors() == ["No."]


def test_warning_does_not_stop_the_form(property_: Property) -> None:
    described = delegate(SCHEMA, Problem("name", "Are you sure?", "warning"))
    assert saved(property_, {}, described=described) == {}


def test_value_that_a_select_does_not_offer_is_refused(property_: Property) -> None:
    assert "kind" in form_for(property_, {"kind": "c"}).errors


def test_nul_is_refused(property_: Property) -> None:
    assert "name" in form_for(property_, {"name": "a\x00b"}).errors


def test_meta_asks_for_pixel_and_token_in_its_own_words(property_: Property) -> None:
    form = form_for(property_, {}, described=registry.packages()[META])
    assert form.errors == {
        "pixelId": ["Please specify your Meta Pixel ID."],
        "accessToken": ["Please specify your access token."],
    }
