"""A new property has all it needs to take its first event."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, Grant, Right, User
from rules import provisioning
from rules.models import Datastream, Environment, Property
from tests.rules.making import META

pytestmark = pytest.mark.django_db


def test_property_has_one_environment_of_each_stage(property_: Property) -> None:
    rows = property_.environments.values_list("stage", "name")
    assert list(rows) == [
        ("development", "Development"),
        ("staging", "Staging"),
        ("production", "Production"),
    ]


def test_every_environment_has_a_datastream_of_its_own(property_: Property) -> None:
    streams = Datastream.objects.filter(environment__property=property_)
    assert [(stream.environment.name, stream.name, stream.enabled) for stream in streams] == [
        ("Development", "Shop – Development", True),
        ("Staging", "Shop – Staging", True),
        ("Production", "Shop – Production", True),
    ]


def test_core_is_installed(property_: Property) -> None:
    installed = property_.extensions.values_list("package", "name", "enabled", "settings")
    assert list(installed) == [("core", "Core", True, {})]


def test_who_creates_a_property_has_every_right_on_it(property_: Property, admin: User) -> None:
    grant = Grant.objects.get(property=property_)
    assert (grant.user, set(grant.rights)) == (admin, set(Right.values))


def test_property_that_nobody_created_has_no_grant() -> None:
    assert not Grant.objects.filter(property=provisioning.create_property("Seed", None)).exists()


def test_creation_is_in_the_audit_log(property_: Property, admin: User) -> None:
    told = AuditEntry.objects.values_list("action", "actor", "property_id", "object_name")
    assert list(told.filter(action="property.created")) == [
        ("property.created", admin.email, property_.public_id, "Shop")
    ]


def test_creation_by_the_product_itself_is_told_as_such() -> None:
    provisioning.create_property("Seed", None)
    assert AuditEntry.objects.get(action="property.created").actor == "system"


def test_ids_carry_the_originals_prefix_and_32_hex_digits(property_: Property) -> None:
    environment = property_.environments.earliest("id")
    found = [
        property_.public_id,
        environment.public_id,
        environment.datastreams.get().public_id,
        property_.extensions.get().public_id,
    ]
    patterns = [f"{prefix}[0-9a-f]{{32}}" for prefix in ("PR", "EN", "DS", "EX")]
    assert all(map(re.fullmatch, patterns, found))


def test_two_properties_share_no_name(property_: Property, admin: User) -> None:
    with pytest.raises(IntegrityError, match="name"), transaction.atomic():
        provisioning.create_property(property_.name, admin)


def test_property_that_cannot_be_created_leaves_nothing(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(provisioning, "install", fail)
    with pytest.raises(RuntimeError):
        provisioning.create_property("Half", admin)
    assert not Property.objects.exists()


@pytest.mark.parametrize("stage", ["staging", "production"])
def test_staging_and_production_exist_once(property_: Property, stage: str) -> None:
    with pytest.raises(IntegrityError, match="one_staging_one_production"), transaction.atomic():
        provisioning.create_environment(property_, "Another", stage)


def test_development_may_exist_many_times(property_: Property) -> None:
    provisioning.create_environment(property_, "Dev 2", Environment.Stage.DEVELOPMENT)
    assert property_.environments.filter(stage="development").count() == 2


def test_unknown_stage_is_refused_by_the_database(property_: Property) -> None:
    with pytest.raises(IntegrityError, match="environment_stage_known"), transaction.atomic():
        provisioning.create_environment(property_, "QA", "qa")


def test_package_is_installed_once(property_: Property) -> None:
    package = provisioning.registry.packages()[META]
    provisioning.install(property_, package, None)
    with pytest.raises(IntegrityError, match="package_installed_once"), transaction.atomic():
        provisioning.install(property_, package, None)


def test_long_name_still_fits_the_datastreams() -> None:
    property_ = provisioning.create_property("x" * 120, None)
    names = Datastream.objects.filter(environment__property=property_).values_list(
        "name", flat=True
    )
    assert {len(name) for name in names} == {120}
