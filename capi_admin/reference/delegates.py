"""The page of a condition, an action or a data element type, made from what its form is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from capi_admin.reference import setting_rows
from capi_admin.reference.examples import as_json, example_of
from capi_admin.reference.markdown import code, link, table
from capi_admin.reference.presets import presets
from capi_admin.reference.refusals import Told, told_by
from extensions import pages, registry
from extensions.contract import Delegate, Package, Settings

_SPECIAL = re.compile(r"([\\*_<\[`|])")


class Kind(NamedTuple):
    """A kind of delegates: the package's list of them, and how a sentence goes on."""

    listed: str
    name: str
    plural: str
    sentence: str


KINDS = (
    Kind("conditions", "Condition", "Conditions", "If {}, then …"),
    Kind("actions", "Action", "Actions", "If …, then {}."),
    Kind("data_elements", "Data element type", "Data element types", "{}"),
)


def page(delegate_id: str) -> str:
    """Return the page of a delegate, without what is written by hand.

    Raises:
        UnknownDelegate: no package offers it.
    """
    package = registry.package_of(delegate_id)
    return "\n\n".join(_page(package, registry.delegate(delegate_id)))


def kind_of(package: Package, delegate: Delegate) -> Kind:
    """Return which list of its package a delegate stands in."""
    return next(kind for kind in KINDS if delegate in getattr(package, kind.listed))


def _page(package: Package, delegate: Delegate) -> Iterator[str]:
    kind = kind_of(package, delegate)
    yield f"# {delegate.name}"
    home = link(package.name, pages.of_package(package.id), pages.of_delegate(delegate.id))
    yield f"{kind.name} of {home}, {code(delegate.id)}."
    if delegate.description:
        yield delegate.description
    example = example_of(delegate)
    yield from _settings(delegate.schema)
    if kind.listed == "data_elements":
        more = link("every data element", pages.INDEX, pages.of_delegate(delegate.id))
        yield f"A default value, clean text and lower case are settings of {more}."
    yield "## Example"
    if example:
        yield as_json(example)
    yield from _sentence(kind, delegate, example)
    yield from messages(told_by(delegate))
    yield from _failures(delegate)
    yield from presets(delegate)


def _settings(schema: Settings) -> Iterator[str]:
    yield "## Settings"
    tables = list(setting_rows.settings(schema))
    yield from tables or ["It has none."]


def _sentence(kind: Kind, delegate: Delegate, example: Settings) -> Iterator[str]:
    where = "In the list of data elements" if kind.listed == "data_elements" else "In a rule"
    words = delegate.summarise(example)
    if words:
        yield f"{where} it reads:"
        yield "> " + _SPECIAL.sub(r"\\\1", kind.sentence.format(words))


def messages(told: list[Told]) -> Iterator[str]:
    """Yield the table of what a form may say, if it says anything."""
    if not told:
        return
    yield "## What its form may say"
    yield table(
        ("Field", "Message", "Can be saved"),
        ((each.label, each.message, "yes" if each.is_warning else "no") for each in told),
    )


def _failures(delegate: Delegate) -> Iterator[str]:
    if not delegate.failures:
        return
    yield "## What may go wrong with an event"
    yield "The event log then says one of these. It ends its rule, and no other one."
    yield "\n".join(f"- {words}" for words in delegate.failures)
