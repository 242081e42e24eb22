"""Make the demo: a property that is set up, published and has seen its first visitors."""

from __future__ import annotations

import secrets

from django.db import transaction

from accounts import audit
from accounts.models import User
from demo import content, first_events
from demo.administrator import ensure_administrator
from extensions import registry
from rules import building, publishing
from rules.models import (
    Build,
    DataElement,
    Library,
    Property,
    Resource,
    Rule,
    RuleComponent,
    Secret,
)
from rules.provisioning import create_property, install

Kind = RuleComponent.Kind

# Random text of a shape that the sandbox takes and Meta refuses.
_TOKEN_PREFIX = "EAADemo"  # noqa: S105  the same for all, and worth nothing
_TOKEN_BYTES = 24


class SeedingFailed(Exception):
    """The demo's own content cannot be built: a fault of ours, told in the build's words."""


@transaction.atomic
def seed() -> Property:
    """Make what is missing of the demo: the administrator, and the property with all it holds.

    What is there is left as it is, however much people have changed it.

    Raises:
        SeedingFailed: a build failed; nothing was made.
        OSError: the administrator's password cannot be kept; nothing was made.
    """
    administrator = ensure_administrator()
    found = Property.objects.filter(name=content.PROPERTY).first()
    return found or _create(administrator)


def _create(user: User) -> Property:
    property_ = create_property(content.PROPERTY, user)
    _install_meta(property_, user)
    _create_data_elements(property_, user)
    for row in content.RULES:
        _create_rule(property_, row, user)
    _publish(property_, user)
    first_events.accept(property_)
    return property_


def _install_meta(property_: Property, user: User) -> None:
    extension = install(property_, registry.packages()[content.META], user)
    extension.settings = content.EXTENSION_SETTINGS
    extension.save(update_fields=["settings"])


def _create_data_elements(property_: Property, user: User) -> None:
    for name, path in content.ELEMENTS.items():
        _create_data_element(property_, name, content.PATH, {"path": path}, user)
    references = {"secrets": _create_secrets(property_, user)}
    _create_data_element(property_, content.TOKEN_ELEMENT, content.SECRET, references, user)


def _create_data_element(
    property_: Property, name: str, delegate: str, settings: object, user: User
) -> None:
    element = DataElement.objects.create(
        property=property_, name=name, delegate=delegate, settings=settings, updated_by=user
    )
    _record_created(element, user)


def _create_secrets(property_: Property, user: User) -> dict[str, dict[str, str]]:
    """Create a token for each environment; return how a Secret data element refers to them."""
    references = {}
    for environment in property_.environments.all():
        secret = Secret(
            property=property_,
            environment=environment,
            name=f"{content.TOKEN_ELEMENT} – {environment.name}",
        )
        secret.seal(_TOKEN_PREFIX + secrets.token_hex(_TOKEN_BYTES))
        secret.save()
        _record_created(secret, user)
        references[environment.stage] = {"id": secret.public_id, "name": secret.name}
    return references


def _create_rule(property_: Property, row: content.RuleRow, user: User) -> None:
    rule = Rule.objects.create(property=property_, name=row.name, updated_by=user)
    parts = (
        (Kind.CONDITION, content.CONDITION_NAME, content.COMPARISON, row.condition),
        (Kind.ACTION, content.SEND_EVENT_NAME, content.SEND_EVENT, row.action),
    )
    for kind, name, delegate, settings in parts:
        rule.components.create(kind=kind, order=0, name=name, delegate=delegate, settings=settings)
    _record_created(rule, user)


def _publish(property_: Property, user: User) -> None:
    """Take one library all the way, so that every environment has a live build."""
    library = publishing.create_library(property_, content.LIBRARY, user)
    publishing.add_all_changed(library, user)
    _build(library, user)
    for step in (publishing.submit, publishing.approve):
        library = step(library, user)
        _build(library, user)


def _build(library: Library, user: User) -> None:
    # Run here and now: at the first start there is no worker yet.
    build = publishing.request_build(library, user)
    building.run(build.public_id)
    build.refresh_from_db()
    if build.status != Build.Status.SUCCEEDED:
        problems = [f"{problem['name']}: {problem['message']}" for problem in build.problems]
        raise SeedingFailed(f"{build} failed. {'; '.join(problems)}")


def _record_created(made: Resource | Secret, user: User) -> None:
    kind = made.KIND if isinstance(made, Resource) else "secret"
    audit.record(
        user, f"{kind}.created", property_id=made.property.public_id,
        object_id=made.public_id, name=made.name,
    )  # fmt: skip
