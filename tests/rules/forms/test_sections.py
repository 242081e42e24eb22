"""Sections and fields stand where the settings say."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string

from extensions.contract import Delegate, Problem, Settings
from rules.forms.sections import Section
from rules.models import Property
from tests.rules.forms.making import delegate, form_for, saved

pytestmark = pytest.mark.django_db

WEBSITE = {"field": "source", "in": ["website"]}


def _text(section: str, **ui: Any) -> Settings:
    return {"type": "string", "title": "Title", "ui": {"section": section, **ui}}


SCHEMA: Settings = {
    "type": "object",
    "ui": {
        "sections": {
            "App": {"matters_if": {"field": "source", "in": ["app"]}},
            "Web": {"show_if": WEBSITE, "help": "About the page.", "help_url": "https://a.example/"},
            "Rare": {"collapsed": True},
        }
    },
    "properties": {
        "source": _text("Event") | {"default": "website"},
        "url": _text("Event", matters_if=WEBSITE, required_if=WEBSITE),
        "code": _text("Event", show_if={"field": "url", "in": ["x"]}),
        "late": _text("Event", further=True),
        "app": _text("App"),
        "web": _text("Web"),
        "rare": _text("Rare"),
        "name": _text("Last"),
    },
}  # fmt: skip


def described(*problems: Problem) -> Delegate:
    return delegate(SCHEMA, *problems)


def sections(property_: Property, settings: Settings) -> list[Section]:
    return form_for(property_, stored=settings, described=described()).sections()


def section(property_: Property, heading: str, settings: Settings) -> Section:
    return next(s for s in sections(property_, settings) if s.heading == heading)


def names(fields: list[Any]) -> list[str]:
    return [bound.name for bound in fields]


@pytest.mark.parametrize(
    ("settings", "order"),
    [
        ({}, ["Event", "Web", "Rare", "Last", "App"]),
        ({"source": "app"}, ["Event", "App", "Rare", "Last", "Web"]),
        ({"source": "{{S}}"}, ["Event", "App", "Web", "Rare", "Last"]),
        ({"app": "x"}, ["Event", "App", "Web", "Rare", "Last"]),
    ],
)
def test_sections_that_matter_or_hold_something_come_first(
    property_: Property, settings: Settings, order: list[str]
) -> None:
    assert [section.heading for section in sections(property_, settings)] == order


@pytest.mark.parametrize(
    ("heading", "settings", "is_open"),
    [
        ("App", {}, False),
        ("App", {"source": "app"}, True),
        ("App", {"app": "x"}, True),
        ("Rare", {}, False),
        ("Rare", {"rare": "x"}, True),
    ],
)
def test_section_is_unfolded_where_it_matters_or_holds_something(
    property_: Property, heading: str, settings: Settings, is_open: bool
) -> None:
    assert section(property_, heading, settings).is_open is is_open


@pytest.mark.parametrize(
    ("settings", "main", "further"),
    [
        ({}, ["source", "url", "code"], ["late"]),
        ({"source": "app"}, ["source", "code"], ["url", "late"]),
        ({"source": "{{S}}"}, ["source", "url", "code"], ["late"]),
    ],
)
def test_fields_that_do_not_matter_stand_among_the_further_ones(
    property_: Property, settings: Settings, main: list[str], further: list[str]
) -> None:
    found = section(property_, "Event", settings)
    assert (names(found.main), names(found.further)) == (main, further)
    assert found.further_count == len(further)


@pytest.mark.parametrize(
    ("settings", "is_open"), [({}, False), ({"late": "x"}, True), ({"url": "x"}, False)]
)
def test_further_fields_are_unfolded_when_one_holds_something(
    property_: Property, settings: Settings, is_open: bool
) -> None:
    assert section(property_, "Event", settings).further_is_open is is_open


def test_further_fields_are_unfolded_when_one_was_refused(property_: Property) -> None:
    form = form_for(property_, {}, described=described(Problem("late", "Say more.")))
    assert not form.is_valid()
    assert form.sections()[0].further_is_open


@pytest.mark.parametrize(
    ("settings", "is_needed"),
    [({}, True), ({"source": "app"}, False), ({"source": "{{S}}"}, False)],
)
def test_field_is_needed_only_for_certain(
    property_: Property, settings: Settings, is_needed: bool
) -> None:
    form = form_for(property_, stored=settings, described=described())
    form.sections()
    field: Any = form.fields["url"]
    assert field.is_needed is is_needed


@pytest.mark.parametrize(("url", "is_shown"), [("", False), ("x", True), ("{{U}}", True)])
def test_field_is_shown_when_its_condition_may_hold(
    property_: Property, url: str, is_shown: bool
) -> None:
    form = form_for(property_, stored={"url": url}, described=described())
    form.sections()
    field: Any = form.fields["code"]
    assert field.is_shown is is_shown


@pytest.mark.parametrize(
    ("posted", "is_shown"),
    [
        ({"limited": "false"}, False),
        ({"limited": "true"}, True),
        ({"limited": "", "limited[token]": ""}, True),
        ({"limited": "", "limited[token]": "Consent"}, True),
        ({"limited": "", "limited[token]": "{{Consent}}"}, True),
    ],
)
def test_field_that_depends_on_a_switch_is_shown_once_it_is_not_off(
    property_: Property, posted: dict[str, str], is_shown: bool
) -> None:
    switch = {"type": ["boolean", "string"], "title": "L", "ui": {"widget": "switch"}}
    country = _text("", show_if={"field": "limited", "in": [True]})
    schema = {"type": "object", "properties": {"limited": switch, "country": country}}
    form = form_for(property_, posted, described=delegate(schema), revisit=True)
    form.sections()
    field: Any = form.fields["country"]
    assert field.is_shown is is_shown


def test_further_fields_stay_folded_where_nothing_stands_above_them(property_: Property) -> None:
    schema = {"type": "object", "properties": {"late": _text("Event", further=True)}}
    [found] = form_for(property_, described=delegate(schema)).sections()
    assert (found.main, found.further_is_open) == ([], False)


def test_what_stands_in_a_field_that_is_not_shown_stays_stored(property_: Property) -> None:
    assert saved(property_, {"code": "typed", "url": "y"}, described=described())["code"] == "typed"


def test_refused_form_is_laid_out_for_what_was_posted(property_: Property) -> None:
    form = form_for(
        property_, {"source": "app"}, {"source": "website"}, described(Problem("name", "No."))
    )
    assert not form.is_valid()
    assert form.sections()[1].heading == "App"


def test_section_says_what_it_is_about_and_where_to_read_on(property_: Property) -> None:
    form = form_for(property_, described=described())
    html = render_to_string("rules/_settings.html", {"settings_form": form, "heading": "Test"})
    assert "About the page." in html
    assert 'href="https://a.example/"' in html
