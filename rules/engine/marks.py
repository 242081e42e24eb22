"""The loud marks of a build: settings that nobody should forget, such as test events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from extensions import registry
from extensions.contract import Settings
from rules.engine.document import delegate_of
from rules.engine.labels import Leaf, leaves

Content = Mapping[str, Any]
Marking = Callable[[Settings], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A few loud words, and whose settings call for them."""

    words: str
    resource: str  # public id of the extension, data element or rule
    name: str  # its name
    component: str = ""  # public id of the rule's component; "" for the resource as a whole
    component_name: str = ""
    field: str = ""  # dotted path of the setting without which there would be no mark
    label: str = ""  # that setting's label


def marks_in(document: Mapping[str, Any]) -> list[Mark]:
    """Return the marks of everything that is enabled in a build's document."""
    return list(_marks(document))


def _marks(document: Mapping[str, Any]) -> Iterator[Mark]:
    for content in _enabled(document["extensions"]):
        yield from _of_extension(content, document["stage"])
    for content in _enabled(document["data_elements"]):
        yield from _of_part(content, content)
    for content in _enabled(document["rules"]):
        for part in content["components"]:
            named = {"component": part["id"], "component_name": part["name"]}
            yield from _of_part(content, part, **named)


def _enabled(contents: list[Content]) -> Iterator[Content]:
    return (content for content in contents if content["enabled"])


def _of_extension(content: Content, stage: str) -> Iterator[Mark]:
    package = registry.packages().get(content["package"])
    if package is not None:
        marking = partial(_at_stage, package.mark, stage)
        yield from _made(content, content["settings"], package.schema, marking)


def _at_stage(mark: Callable[[Settings, str], str], stage: str, settings: Settings) -> str:
    return mark(settings, stage)


def _of_part(content: Content, part: Content, **named: str) -> Iterator[Mark]:
    delegate = delegate_of(part)
    if delegate is not None:
        yield from _made(content, part["settings"], delegate.schema, delegate.mark, **named)


def _made(
    content: Content, settings: Settings, schema: Settings, marking: Marking, **named: str
) -> Iterator[Mark]:
    words = marking(settings)
    if not words:
        return
    cause = _cause(marking, settings, schema)
    path, label = (cause.path, cause.label) if cause else ("", "")
    yield Mark(words, content["id"], content["name"], field=path, label=label, **named)


def _cause(marking: Marking, settings: Settings, schema: Settings) -> Leaf | None:
    """Return the setting without which there would be no mark, if there is one."""
    # A package tells the words alone: which setting is to blame shows when it is taken away.
    return next(
        (leaf for leaf in leaves(schema, settings) if not marking(_without(settings, leaf.path))),
        None,
    )


def _without(settings: Settings, path: str) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    inner = settings.get(first)
    if rest and isinstance(inner, Mapping):
        return {**settings, first: _without(inner, rest)}
    return {name: value for name, value in settings.items() if name != first}
