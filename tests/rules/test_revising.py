"""Revisions, and what a library inherits from the columns after its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError

from accounts.models import User
from rules import publishing
from rules.models import DataElement, Library, LibraryRevision, Property, Revision
from rules.provisioning import create_environment, create_property
from rules.revising import changed_heads, composition, freeze, heads, latest_numbers, upstream
from tests.rules.making import (
    IN_STATE,
    again,
    approved,
    constant,
    element,
    library,
    published,
    rule,
    submitted,
)

pytestmark = pytest.mark.django_db


def change(head: DataElement, value: str) -> None:
    head.settings = {"value": value}
    head.save()


def told(revisions: Any) -> dict[str, str]:
    """Return the constant's value of each data element's revision, by name."""
    return {
        revision.name: revision.content["settings"]["value"]
        for revision in revisions
        if revision.kind == "data_element"
    }


# --- Freezing ---------------------------------------------------------------------------------


def test_first_revision_is_number_one_and_a_copy_of_the_head(
    property_: Property, admin: User
) -> None:
    head = constant(property_, "A", "1")
    revision = freeze(head, admin)
    assert (revision.number, revision.content, revision.created_by) == (1, head.content(), admin)
    assert (revision.kind, revision.name, revision.head) == ("data_element", "A", head)


def test_same_content_is_the_same_revision(property_: Property) -> None:
    head = constant(property_, "A", "1")
    assert freeze(head, None) == freeze(again(head), None)


def test_changed_content_is_the_next_revision(property_: Property) -> None:
    head = constant(property_, "A", "1")
    freeze(head, None)
    change(head, "2")
    assert freeze(head, None).number == 2


def test_content_that_was_there_before_is_a_new_revision_again(property_: Property) -> None:
    head = constant(property_, "A", "1")
    for value in ("1", "2", "1"):
        change(head, value)
        freeze(head, None)
    assert list(Revision.objects.values_list("number", flat=True)) == [3, 2, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "B"},
        {"enabled": False},
        {"default_value": ""},
        {"default_value": "x"},
        {"force_lower_case": True},
        {"clean_text": True},
        {"settings": {"value": "1 "}},
        {"delegate": "core::dataElements::path"},
    ],
)
def test_every_field_of_an_element_counts_as_a_change(
    property_: Property, changes: dict[str, Any]
) -> None:
    head = constant(property_, "A", "1")
    freeze(head, None)
    DataElement.objects.filter(pk=head.pk).update(**changes)
    assert freeze(head, None).number == 2


def test_saving_without_a_change_is_no_change(property_: Property, admin: User) -> None:
    head = constant(property_, "A", "1")
    freeze(head, None)
    head.lock_version, head.updated_by = 7, admin
    head.save()
    assert freeze(head, None).number == 1


def test_order_of_the_keys_is_no_change(property_: Property) -> None:
    head = element(property_, settings={"b": 1, "a": {"y": 1, "x": 2}})
    freeze(head, None)
    head.settings = {"a": {"x": 2, "y": 1}, "b": 1}
    head.save()
    assert freeze(head, None).number == 1


@pytest.mark.parametrize("number", [0, 1.5, 1e16, 1e22, -1e300, 1e-7, 2**63, 10**30])
def test_any_number_is_frozen_and_is_no_change_afterwards(
    property_: Property, number: float
) -> None:
    head = element(property_, settings={"value": number})
    frozen = freeze(head, None)
    assert freeze(again(head), None) == again(frozen)


def test_freezing_takes_what_is_saved_and_not_what_is_in_memory(property_: Property) -> None:
    head = constant(property_, "A", "saved")
    head.settings = {"value": "in memory"}
    assert freeze(head, None).content["settings"] == {"value": "saved"}


def test_components_of_a_rule_are_frozen_in_order(property_: Property) -> None:
    head = rule(property_)
    head.components.create(kind="action", order=1, name="B", delegate="x")
    head.components.create(kind="action", order=0, name="A", delegate="x")
    content = freeze(head, None).content
    assert [(part["kind"], part["name"]) for part in content["components"]] == [
        ("action", "A"),
        ("action", "B"),
        ("condition", "Compare"),
    ]


def test_latest_number_is_told_for_each_resource(property_: Property) -> None:
    one, two = constant(property_, "A", "1"), constant(property_, "B", "1")
    freeze(one, None)
    freeze(two, None)
    change(two, "2")
    freeze(two, None)
    assert latest_numbers(property_) == {one.public_id: 1, two.public_id: 2}


@pytest.mark.parametrize(
    "changes",
    [{"content": {"id": "x"}}, {"content_hash": "0" * 64}, {"number": 9}, {"resource_id": "DE0"}],
)
def test_database_refuses_to_change_a_revision(
    property_: Property, changes: dict[str, Any]
) -> None:
    revision = freeze(constant(property_, "A", "1"), None)
    with pytest.raises(IntegrityError, match="A revision never changes"), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(**changes)


def test_database_refuses_it_to_plain_sql_too(property_: Property) -> None:
    freeze(constant(property_, "A", "1"), None)
    with (
        pytest.raises(IntegrityError, match="A revision never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("""UPDATE rules_revision SET content = '{"id": "x"}'""")


def test_revision_that_a_library_holds_cannot_be_deleted(property_: Property) -> None:
    library(property_)
    with pytest.raises(RestrictedError):
        Revision.objects.all().delete()


def test_revision_is_of_exactly_one_resource(property_: Property) -> None:
    head = constant(property_, "A", "1")
    with pytest.raises(IntegrityError, match="revision_of_one_resource"), transaction.atomic():
        Revision.objects.create(
            property=property_, kind="rule", data_element=head, resource_id="x", number=1,
            content={},
        )  # fmt: skip


# --- Upstream ---------------------------------------------------------------------------------


def test_heads_are_every_resource_of_the_property_and_of_no_other(
    property_: Property, admin: User
) -> None:
    element(create_property("Other", admin))
    constant(property_, "A", "1")
    rule(property_)
    assert [str(head) for head in heads(property_)] == ["Core", "A", "Rule"]


def a_library_in(state: str, property_: Property, value: str, name: str) -> Library:
    """Bring a library into a state; it alone holds element A with this value."""
    head = DataElement.objects.filter(property=property_, name="A").first()
    if head is None:
        constant(property_, "A", value)
    else:
        change(head, value)
    return IN_STATE[state](library(property_, name))


INHERITS = {
    "development": ["submitted", "approved", "published"],
    "submitted": ["approved", "published"],
    "approved": ["published"],
}


@pytest.mark.parametrize("other", ["development", "submitted", "approved", "published"])
@pytest.mark.parametrize("own", INHERITS)
def test_library_inherits_from_the_columns_after_its_own(
    property_: Property, own: str, other: str
) -> None:
    create_environment(property_, "Dev 2", "development")
    a_library_in(other, property_, "1", "Other")
    mine = a_library_in(own, property_, "2", "Mine")
    assert told(upstream(mine).values()) == ({"A": "1"} if other in INHERITS[own] else {})


def test_nearer_column_covers_the_farther(property_: Property) -> None:
    constant(property_, "B", "1")
    a_library_in("published", property_, "published", "1")
    a_library_in("approved", property_, "approved", "2")
    a_library_in("submitted", property_, "submitted", "3")
    mine = publishing.create_library(property_, "Mine", None)
    assert told(upstream(mine).values()) == {"A": "submitted", "B": "1"}


def test_newest_of_the_published_covers_the_older(property_: Property) -> None:
    a_library_in("published", property_, "1", "Old")
    a_library_in("published", property_, "2", "New")
    mine = publishing.create_library(property_, "Mine", None)
    assert told(upstream(mine).values()) == {"A": "2"}


def test_published_library_inherits_only_what_was_published_before_it(
    property_: Property,
) -> None:
    old = a_library_in("published", property_, "1", "Old")
    new = a_library_in("published", property_, "2", "New")
    assert (told(upstream(old).values()), told(upstream(new).values())) == ({}, {"A": "1"})


def test_composition_is_the_librarys_own_over_its_upstream(property_: Property) -> None:
    constant(property_, "B", "upstream")
    a_library_in("published", property_, "old", "Old")
    mine = a_library_in("development", property_, "own", "Mine")
    assert told(composition(mine)) == {"A": "own", "B": "upstream"}


def test_library_of_another_property_is_no_upstream(property_: Property, admin: User) -> None:
    a_library_in("published", create_property("Other", admin), "1", "Other")
    mine = publishing.create_library(property_, "Mine", None)
    assert upstream(mine) == {}


# --- What has changed -------------------------------------------------------------------------


def test_new_resource_has_changed(property_: Property) -> None:
    mine = library(property_)
    constant(property_, "New", "1")
    assert [str(head) for head in changed_heads(mine)] == ["New"]


def test_resource_the_library_holds_as_it_is_has_not_changed(property_: Property) -> None:
    rule(property_)
    element(property_)
    assert changed_heads(library(property_)) == []


def test_resource_that_was_saved_since_has_changed(property_: Property) -> None:
    head = constant(property_, "A", "1")
    mine = library(property_)
    change(head, "2")
    assert [str(changed) for changed in changed_heads(mine)] == ["A"]


def test_component_that_was_saved_since_changes_its_rule(property_: Property) -> None:
    head = rule(property_)
    mine = library(property_)
    head.components.update(negate=True)
    assert [str(changed) for changed in changed_heads(mine)] == ["Rule"]


@pytest.mark.parametrize("state", ["submitted", "approved", "published"])
def test_what_is_upstream_as_it_is_has_not_changed(property_: Property, state: str) -> None:
    constant(property_, "A", "1")
    IN_STATE[state](library(property_, "Upstream"))
    assert changed_heads(publishing.create_library(property_, "Mine", None)) == []


def test_head_turned_back_differs_from_the_librarys_own_and_not_from_upstream(
    property_: Property,
) -> None:
    head = constant(property_, "A", "1")
    published(library(property_, "First"))
    change(head, "2")
    second = library(property_, "Second")
    change(head, "1")
    assert [str(changed) for changed in changed_heads(second)] == ["A"]


def test_library_holds_one_revision_of_a_resource(property_: Property) -> None:
    head = constant(property_, "A", "1")
    mine = library(property_)
    change(head, "2")
    publishing.add(mine, [head], None)
    assert told(mine.revisions.all()) == {"A": "2"}


def test_database_refuses_a_second_revision_of_a_resource(property_: Property) -> None:
    head = constant(property_, "A", "1")
    mine = library(property_)
    change(head, "2")
    with pytest.raises(IntegrityError, match="one_revision_per_resource"), transaction.atomic():
        LibraryRevision.objects.create(
            library=mine, revision=freeze(head, None), resource_id=head.public_id
        )


def test_submitted_and_approved_stand_side_by_side(property_: Property) -> None:
    first = approved(library(property_, "First"))
    constant(property_, "B", "1")
    second = submitted(library(property_, "Second"))
    assert [first.state, second.state] == ["approved", "submitted"]
