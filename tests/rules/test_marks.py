"""Loud marks on the screens: while something is on that nobody should forget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from extensions import registry
from rules import drafting, publishing, sentences
from rules.models import Build, Extension, Property, Rule
from rules.provisioning import create_property, install
from tests.rules.engine.making import guest_in_the_catalog
from tests.rules.making import again, approved, built, environment, library, submitted

pytestmark = pytest.mark.django_db

PAGES = (
    "overview",
    "delivery:events",
    *(f"rules:{name}" for name in (
        "rules", "new_rule", "data_elements", "new_data_element", "extensions", "catalog",
        "secrets", "environments", "publishing", "new_library", "property",
    )),
)  # fmt: skip


@pytest.fixture(autouse=True)
def guest_package() -> Iterator[None]:
    """The package whose action and settings have marks."""
    with guest_in_the_catalog():
        yield


def guest(property_: Property, **settings: Any) -> Extension:
    made = install(property_, registry.packages()["guest"], None)
    made.settings = settings
    made.save()
    return made


def sending(property_: Property, name: str = "Rule", **settings: Any) -> Rule:
    """A rule that sends, by default as a test event."""
    made = Rule.objects.create(property=property_, name=name)
    made.components.create(
        kind="action",
        order=0,
        name="Send",
        delegate="guest::actions::loud",
        settings={"test": True, "code": "T1"} | settings,
    )
    return made


def shown(client: Client, property_: Property, view: str = "rules:rules") -> str:
    return str(client.get(reverse(view, args=[property_.public_id])).content.decode())


def banner(page: str) -> str:
    """The words of the banner; empty for none."""
    found = re.search(r'<section class="mark-banner".*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


# --- A build keeps them -----------------------------------------------------------------------


def test_build_keeps_the_marks_of_what_is_in_it(property_: Property) -> None:
    guest(property_)
    made = sending(property_)
    build = built(library(property_))
    assert build.marks == [
        {
            "words": "Test T1",
            "resource": made.public_id,
            "name": "Rule",
            "component": made.components.get().public_id,
            "component_name": "Send",
            "field": "test",
            "label": "Send as Test",
        }
    ]
    assert [problem["severity"] for problem in build.problems] == ["warning"]


def test_build_to_production_warns_strongly(property_: Property) -> None:
    guest(property_, codes={"production": "T2"})
    found = approved(library(property_))
    assert Build.objects.filter(library=found).latest("id").marks == []
    build = built(found)
    assert [problem["message"].split(".")[0] for problem in build.problems] == [
        "Test code in production: Test T2"
    ]
    assert build.loud_words == ["Test T2"]


def test_advice_of_the_day_is_a_warning_of_the_build(property_: Property) -> None:
    guest(property_, version="old")
    build = built(library(property_))
    assert [problem["message"] for problem in build.problems] == ["Its time is over."]
    assert build.status == "succeeded"


# --- The banner -------------------------------------------------------------------------------


@pytest.mark.parametrize("view", PAGES)
def test_every_page_has_the_banner_while_a_marked_build_is_live(
    property_: Property, admin_client: Client, view: str
) -> None:
    guest(property_)
    sending(property_)
    build = built(library(property_))
    page = shown(admin_client, property_, view)
    assert banner(page).startswith("Development : Test T1 in Rule .")
    assert build.get_absolute_url() in page


def test_page_without_a_marked_build_has_no_banner(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    sending(property_)
    assert banner(shown(admin_client, property_)) == ""
    found = publishing.create_library(property_, "Quiet", None)
    publishing.add(found, [property_.extensions.get(package="guest")], None)
    built(found)
    assert banner(shown(admin_client, property_)) == ""


def test_banner_is_gone_after_a_build_without_the_mark(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    made = sending(property_)
    found = library(property_)
    built(found)
    assert "Test T1" in banner(shown(admin_client, property_))
    made.components.update(settings={"test": False})
    assert "Test T1" in banner(shown(admin_client, property_))
    publishing.add_all_changed(found, None)
    built(found)
    assert banner(shown(admin_client, property_)) == ""


def test_failed_build_leaves_the_banner_of_the_live_one(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    made = sending(property_)
    found = library(property_)
    built(found)
    made.components.update(settings={"code": "{{gone}}"})
    publishing.add_all_changed(found, None)
    assert built(found).status == "failed"
    assert "Test T1" in banner(shown(admin_client, property_))


def test_production_is_named_first_and_as_such(property_: Property, admin_client: Client) -> None:
    guest(property_, codes={"production": "T2"})
    sending(property_)
    built(approved(library(property_)))
    told = banner(shown(admin_client, property_))
    assert told.startswith(
        "Test code in production. Production : Test T2 in Guest ; Test T1 in Rule . "
        "Development : Test T1 in Rule ."
    )


def test_environments_that_run_the_same_share_a_line(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    sending(property_)
    found = submitted(library(property_))
    built(found)
    assert banner(shown(admin_client, property_)).startswith(
        "Development , Staging : Test T1 in Rule ."
    )


def test_banner_names_three_rules_and_counts_the_others(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    for name in "ABCDE":
        sending(property_, name)
    built(library(property_))
    assert "in A , B , C and 2 more." in banner(shown(admin_client, property_))


def test_banner_leads_to_the_action_and_to_the_field(
    property_: Property, admin_client: Client
) -> None:
    installed = guest(property_, codes={"development": "T2"})
    made = sending(property_)
    built(library(property_))
    page = shown(admin_client, property_)
    component = made.components.get().public_id
    assert f'href="{made.get_absolute_url()}?at={component}.test#{component}"' in page
    assert f'href="{installed.get_absolute_url()}#id_codes.development"' in page
    assert f'id="{component}"' in shown_rule(admin_client, made)


def shown_rule(client: Client, made: Rule) -> str:
    return str(client.get(made.get_absolute_url()).content.decode())


def test_banner_of_another_property_is_not_shown(
    property_: Property, admin_client: Client, admin: User
) -> None:

    guest(property_)
    sending(property_)
    built(library(property_))
    assert banner(shown(admin_client, create_property("Other", admin))) == ""
    assert banner(str(admin_client.get("/").content.decode())) == ""


@pytest.mark.parametrize("is_marked", [True, False])
def test_banner_costs_one_query(property_: Property, admin_client: Client, is_marked: bool) -> None:
    guest(property_)
    sending(property_, test=is_marked)
    built(library(property_))
    with CaptureQueriesContext(connection) as queries:
        page = shown(admin_client, property_)
    asked = [query["sql"] for query in queries if '"rules_build"."marks"' in query["sql"]]
    assert (len(asked), bool(banner(page))) == (1, is_marked)
    assert '"rules_build"."document"' not in asked[0]


def test_partial_of_a_page_does_not_ask_for_the_banner(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    sending(property_)
    built(library(property_))
    target = {"HX-Request": "true", "HX-Target": "extension-cards"}
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(reverse("rules:extensions", args=[property_.public_id]), headers=target)
    assert not [query for query in queries if '"rules_build"."marks"' in query["sql"]]


# --- Where it is authored and built -----------------------------------------------------------


def test_rule_is_marked_in_the_list_before_any_build(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    sending(property_)
    sending(property_, "Quiet", test=False)
    assert shown(admin_client, property_).count("status-mark") == 1


def test_component_is_marked_on_its_card(property_: Property, admin: User) -> None:
    guest(property_)
    draft = drafting.draft_of(sending(property_), admin)
    assert [card["mark"] for card in sentences.cards(draft.content["components"])] == ["Test T1"]


def test_card_with_a_mark_shows_it(property_: Property, admin_client: Client) -> None:
    guest(property_)
    assert "Test T1" in shown_rule(admin_client, sending(property_))


@pytest.mark.parametrize("view", ["rules:publishing", "rules:environments", "overview"])
def test_live_build_is_marked_where_it_is_listed(
    property_: Property, admin_client: Client, view: str
) -> None:
    guest(property_)
    made = sending(property_)
    found = library(property_)
    built(found)
    assert shown(admin_client, property_, view).count("status-mark") == 1
    made.components.update(settings={"test": False})
    publishing.add_all_changed(found, None)
    built(found)
    assert "status-mark" not in shown(admin_client, property_, view)


def test_build_shows_its_marks_as_long_as_it_is_there(
    property_: Property, admin_client: Client
) -> None:
    guest(property_)
    sending(property_)
    build = built(library(property_))
    page = str(admin_client.get(build.get_absolute_url()).content.decode())
    assert page.count("status-mark") == 1
    assert environment(property_, "development").active_build == again(build)
