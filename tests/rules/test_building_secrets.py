"""A build takes the one secret of its environment, and says which it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from rules.models import Build, Property
from rules.provisioning import create_property
from tests.rules.making import (
    built,
    choices_of,
    document,
    library,
    messages,
    second_development,
    secret,
    secret_element,
    submitted,
)

pytestmark = pytest.mark.django_db


def secret_in(build: Build) -> Any:
    """What the build's one data element holds for development."""
    [content] = document(build)["data_elements"]
    return content["settings"]["secrets"]["development"]


@pytest.mark.parametrize("stage", ["development", "staging"])
def test_secret_is_needed_for_the_stage_that_is_built(property_: Property, stage: str) -> None:
    held = secret(property_)
    secret_element(property_, held)
    found = library(property_)
    if stage == "staging":
        found = submitted(found)
    expected = [] if stage == "development" else ["No secret is chosen for staging."]
    assert messages(built(found)) == expected


def test_secret_that_was_deleted_fails_the_build(property_: Property) -> None:
    held = secret(property_)
    secret_element(property_, held)
    found = library(property_)
    held.delete()
    build = built(found)
    assert messages(build) == ["The secret Token development has been deleted."]
    [problem] = build.problems
    assert (problem["field"], problem["label"]) == ("secrets.development", "Development Secret")


def test_secret_of_another_property_counts_as_deleted(property_: Property) -> None:
    held = secret(create_property("Other", None))
    secret_element(property_, held)
    assert built(library(property_)).status == "failed"


def test_secret_of_another_environment_of_the_stage_is_named(property_: Property) -> None:
    secret_element(property_, secret(property_, home=second_development(property_)))
    found = library(property_)
    build = built(found)
    assert build.status == Build.Status.FAILED
    assert messages(build) == [
        "The secret Token Second belongs to Second; this build goes to Development."
    ]


def test_each_development_environment_gets_its_own_secret(property_: Property) -> None:
    first, second = secret(property_), secret(property_, home=second_development(property_))
    secret_element(property_, first, second)
    builds = [built(library(property_, name)) for name in ("One", "Two")]
    assert [(str(build.environment), build.status) for build in builds] == [
        ("Development", "succeeded"),
        ("Second", "succeeded"),
    ]
    assert list(map(secret_in, builds)) == choices_of(first, second)


def test_secret_of_the_only_environment_is_built_as_it_was_stored(property_: Property) -> None:
    held = secret(property_)
    stored = secret_element(property_, held)
    build = built(library(property_))
    assert secret_in(build) == choices_of(held)[0]
    assert document(build)["data_elements"] == [stored.content()]


def test_secrets_of_other_environments_are_named_with_their_homes(property_: Property) -> None:
    second, third = (second_development(property_, name) for name in ("Second", "Third"))
    gone = secret(property_, home=third)
    secret_element(property_, secret(property_, home=second), gone)
    found = library(property_)
    gone.delete()
    build = built(found)
    assert messages(build) == [
        "No secret is chosen for Development, where this build goes: "
        "Token Second belongs to Second, Token Third has been deleted."
    ]
    [problem] = build.problems
    assert (problem["field"], problem["label"]) == ("secrets.development", "Development Secret")
