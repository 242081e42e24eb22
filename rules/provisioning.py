"""Create a property with everything it needs to take its first event."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import Grant, Right, User
from extensions import registry
from extensions.contract import Package
from rules.models import Datastream, Environment, Extension, Property


@transaction.atomic
def create_property(name: str, user: User | None) -> Property:
    """Create a property, its three environments, a datastream for each, and install Core.

    Who creates it has every right on it.
    """
    property_ = Property.objects.create(name=name, created_by=user)
    for stage in Environment.Stage:
        create_environment(property_, stage.label, stage)
    for package in registry.packages().values():
        if package.preinstalled:
            install(property_, package, user)
    if user is not None:
        Grant.objects.create(user=user, property=property_, rights=list(Right.values))
    audit.record(
        user, "property.created", property_id=property_.public_id,
        object_id=property_.public_id, name=name,
    )  # fmt: skip
    return property_


def create_environment(property_: Property, name: str, stage: str) -> Environment:
    """Create an environment and the datastream that leads to it."""
    environment = Environment.objects.create(property=property_, name=name, stage=stage)
    Datastream.objects.create(environment=environment, name=f"{property_.name} – {name}"[:120])
    return environment


def install(property_: Property, package: Package, user: User | None) -> Extension:
    """Install a package with no settings yet."""
    extension = Extension.objects.create(
        property=property_,
        package=package.id,
        package_version=package.version,
        name=package.name,
        updated_by=user,
    )
    audit.record(
        user, "extension.created", property_id=property_.public_id,
        object_id=extension.public_id, name=package.name,
    )  # fmt: skip
    return extension
