"""A database of the version before takes the next one's columns, with its builds in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = ("rules", "0002_revisions_and_builds_are_immutable")
MARKS = ("rules", "0003_marks_of_builds")
BEFORE_NEEDS = ("rules", "0004_groups_of_conditions")
NEEDS = ("rules", "0005_needs_of_builds")

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(target: tuple[str, str]) -> Any:
    """Bring the room's tables to a migration; return the models as they were there."""
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return executor.loader.project_state([target]).apps


@pytest.fixture(autouse=True)
def newest_afterwards() -> Iterator[None]:
    """Give the other tests their tables back."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("rules"))


def make_build(models: Any, name: str) -> Any:
    """A finished build, as a release with these models writes it."""
    property_ = models.get_model("rules", "Property").objects.create(name=name, public_id=name)
    environment = models.get_model("rules", "Environment").objects.create(
        property=property_, name=name, stage="development", public_id=f"EN{name}"
    )
    return models.get_model("rules", "Build").objects.create(
        property=property_,
        environment=environment,
        library_name=name,
        public_id=f"BL{name}",
        status="succeeded",
        document=b"{}",
    )


def marks(models: Any) -> list[Any]:
    return list(models.get_model("rules", "Build").objects.values_list("marks", flat=True))


def test_build_of_before_has_no_marks() -> None:
    make_build(migrate(BEFORE), "Old")
    assert marks(migrate(MARKS)) == [[]]


def test_worker_of_the_version_before_still_inserts_builds() -> None:
    before = migrate(BEFORE)
    after = migrate(MARKS)
    make_build(before, "Late")
    assert marks(after) == [[]]


def test_builds_that_know_of_no_needs_have_none() -> None:
    before = migrate(BEFORE_NEEDS)
    make_build(before, "Old")
    after = migrate(NEEDS)
    make_build(before, "Late")
    builds = after.get_model("rules", "Build").objects
    assert list(builds.values_list("needs", flat=True)) == [[], []]
