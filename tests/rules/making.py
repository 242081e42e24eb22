"""What the tests of the authoring room are written with: resources, libraries, builds."""

from __future__ import annotations

from typing import Any

import orjson

from accounts.models import User
from extensions import registry
from rules import building, publishing
from rules.models import (
    Build,
    DataElement,
    Environment,
    Extension,
    Library,
    Property,
    Rule,
    Secret,
)
from rules.provisioning import create_environment, install

META = "facebook_conversions_api_extension"
COMPARISON = "core::conditions::value-comparison"
PATH, CONSTANT, SECRET = (f"core::dataElements::{kind}" for kind in ("path", "constant", "secret"))
SEND_META = f"{META}::actions::send_capi_data"


def element(property_: Property, name: str = "Event Type", **changes: Any) -> DataElement:
    """A Path, unless the changes say otherwise."""
    fields = {"delegate": PATH, "settings": {"path": "xdm.eventType"}} | changes
    return DataElement.objects.create(property=property_, name=name, **fields)


def constant(property_: Property, name: str, value: str) -> DataElement:
    return element(property_, name, delegate=CONSTANT, settings={"value": value})


def rule(property_: Property, name: str = "Rule", left: str = "{{Event Type}}") -> Rule:
    """A rule of one condition."""
    made = Rule.objects.create(property=property_, name=name)
    made.components.create(
        kind="condition",
        order=0,
        name="Compare",
        delegate=COMPARISON,
        settings={
            "leftOperand": left,
            "comparison": {"operator": "equals"},
            "rightOperand": "purchase",
        },
    )
    return made


def secret(
    property_: Property,
    stage: str = "development",
    value: str = "EAAB-token-1234",
    home: Environment | None = None,
) -> Secret:
    """A token of an environment; of the stage's first where none is given."""
    made = Secret(
        property=property_,
        environment=home or environment(property_, stage),
        name=f"Token {home or stage}",
    )
    made.seal(value)
    made.save()
    return made


def choices_of(*held: Secret) -> list[dict[str, str]]:
    """What a Secret data element stores for a stage with several environments."""
    return [{"id": each.public_id, "name": each.name} for each in held]


def second_development(property_: Property, name: str = "Second") -> Environment:
    return create_environment(property_, name, Environment.Stage.DEVELOPMENT)


def meta(property_: Property, **settings: Any) -> Extension:
    """The Meta extension, installed with these settings."""
    made = install(property_, registry.packages()[META], None)
    made.settings = settings
    made.save()
    return made


def environment(property_: Property, stage: str) -> Environment:
    return property_.environments.filter(stage=stage).earliest("id")


def library(property_: Property, name: str = "Library", user: User | None = None) -> Library:
    """A library in Development that holds every resource as it is now."""
    made = publishing.create_library(property_, name, user)
    publishing.add_all_changed(made, user)
    return again(made)


def again(thing: Any) -> Any:
    """The same row, as the database has it now."""
    return type(thing).objects.get(pk=thing.pk)


def built(library_: Library, user: User | None = None) -> Build:
    """Build the library to the environment of its state, here and now."""
    build = publishing.request_build(again(library_), user)
    building.run(build.public_id)
    return again(build)


def submitted(library_: Library) -> Library:
    assert built(library_).status == Build.Status.SUCCEEDED
    return publishing.submit(library_, None)


def approved(library_: Library) -> Library:
    return publishing.approve(submitted(library_), None)


def published(library_: Library) -> Library:
    built(approved(library_))
    return again(library_)


IN_STATE = {
    "development": lambda library_: library_,
    "submitted": submitted,
    "approved": approved,
    "published": published,
}


def document(build: Build) -> dict[str, Any]:
    """What the build would run."""
    stored: dict[str, Any] = orjson.loads(bytes(build.document or b"{}"))
    return stored


def names(build: Build, kind: str = "data_elements") -> list[str]:
    """The names of the resources of a kind in the build."""
    return [content["name"] for content in document(build)[kind]]


def secret_element(property_: Property, *held: Secret) -> DataElement:
    """A Secret data element with a secret for development only, or several."""
    development = choices_of(*held) if len(held) > 1 else choices_of(*held)[0]
    settings = {"secrets": {"development": development}}
    return element(property_, "Token", delegate=SECRET, settings=settings)


def messages(build: Build) -> list[str]:
    """What a build says is wrong with it."""
    return [problem["message"] for problem in build.problems]
