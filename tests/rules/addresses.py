"""Every address of the admin, and one resource of each kind to fill it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from delivery.models import Destination, Erasure, Replay
from rules import drafting, publishing
from rules.models import Property, ServerKey
from tests.delivery.world import World
from tests.rules.making import META, constant, environment, library, rule, secret

IN_PROPERTY = "property_id"


@dataclass(frozen=True)
class Address:
    """One entry of the URLconf."""

    name: str  # with its namespace
    view: Callable[..., Any]
    arguments: frozenset[str]

    @property
    def access(self) -> Any:
        """What the view declares; None for nothing."""
        return getattr(self.view, "declared_access", None)

    @property
    def is_in_property(self) -> bool:
        return IN_PROPERTY in self.arguments

    def url(self, values: dict[str, Any]) -> str:
        """Return the address with its arguments filled in."""
        return reverse(self.name, kwargs={name: values[name] for name in self.arguments})


def addresses() -> list[Address]:
    """Return every address, in the order of the URLconf."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(
    patterns: list[Any], namespace: str, outer: frozenset[str] = frozenset()
) -> Iterator[Address]:
    for found in patterns:
        arguments = outer | set(found.pattern.regex.groupindex)
        if isinstance(found, URLResolver):
            inner = f"{namespace}{found.namespace}:" if found.namespace else namespace
            yield from _walk(found.url_patterns, inner, arguments)
        elif isinstance(found, URLPattern):
            yield Address(f"{namespace}{found.name}", found.callback, arguments)


def one_of_each(property_: Property, user: User) -> dict[str, Any]:
    """Make one resource of each kind in a property; return the arguments that lead to them."""
    element, made, held = constant(property_, "A", "1"), rule(property_), secret(property_)
    collection = library(property_)
    build = publishing.request_build(collection, user)
    draft = drafting.draft_of(made, user)
    draft.save()
    datastream = environment(property_, "development").datastreams.earliest("id")
    [event] = World.of(property_, "development").post()
    destination = Destination.objects.create(
        environment=environment(property_, "development"),
        package=META,
        key=b"0" * 16,
        place=b"0" * 16,
        label="Pixel",
        sealed_address=b"",
    )
    replay = Replay.objects.create(
        property=property_, token=uuid4(), choice="recorded", floor=event, until=event, cursor=event
    )
    erasure = Erasure.objects.create(
        property=property_, token=uuid4(), floor=event, until=event, cursor=event
    )
    return {
        IN_PROPERTY: property_.public_id,
        "rule_id": made.public_id,
        "draft_id": draft.pk,
        "component_id": draft.content["components"][0]["id"],
        "kind": "condition",
        "element_id": element.public_id,
        "package_id": META,
        "extension_id": property_.extensions.get(package="core").public_id,
        "secret_id": held.public_id,
        "datastream_id": datastream.public_id,
        "key_id": ServerKey.make(datastream, user)[0].public_id,
        "environment_id": environment(property_, "development").public_id,
        "library_id": collection.public_id,
        "step": "submit",
        "build_id": build.public_id,
        "event_id": event.hex,
        "destination_id": destination.pk,
        "replay_id": replay.pk,
        "erasure_id": erasure.pk,
        "sku": "morning-mug",
        "page": "extensions",
    }
