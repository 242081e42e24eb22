"""Browse a recent event for the path of a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from accounts.models import Right
from delivery.views import recent
from rules import writing_paths
from rules.access import AdminRequest, in_property
from rules.models import Property

JSON = Any

MAX_VALUES = 1_500  # of one event in the tree
MAX_ITEMS = 30  # of one list
MAX_DEPTH = 24
_LONGEST = 160  # characters of a value in the tree
_OPEN_TO = 2  # levels that stand open at first

_KINDS = {bool: "true or false", int: "number", float: "number", str: "text", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Form:
    """Another path that leads to the value: with all items of its list, or a matching one."""

    label: str
    path: str
    gives: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the tree. What has members or items has `nodes`; a value has `text`."""

    label: str
    path: str  # empty where no path can say it
    kind: str
    text: str = ""
    forms: tuple[Form, ...] = ()
    nodes: list[Node] = field(default_factory=list)
    left_out: int = 0
    is_open: bool = False

    @property
    def gives(self) -> str:
        """What the path gives on this event, in words."""
        return f"{self.text}, {self.kind}"


@require_POST
@in_property(Right.DEVELOP)
def browse(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show the values of a recent event, each with the path that leads to it."""
    found = recent.chosen(request, property_)
    happened = found.happened()
    arc = {"event": happened.event, "request": happened.request} if happened else {}
    return recent.panel(request, property_, found, {"is_browsing": True, **tree_of(arc)})


def tree_of(arc: Mapping[str, JSON]) -> dict[str, Any]:
    """Return the trees of an event and of its request, and whether they hold all of it."""
    grower = _Grower(arc)
    roots = [
        grower.node(f"arc.{part}.{name}", f"arc.{part}.{name}", value, 0, ())
        for part, name, value in _roots(arc)
    ]
    return {"tree": roots, "is_cut": grower.left <= 0}


def _roots(arc: Mapping[str, JSON]) -> Iterator[tuple[str, str, JSON]]:
    for part in ("event", "request"):
        held = arc.get(part)
        for name, value in held.items() if isinstance(held, Mapping) else ():
            if value not in (None, {}, []):
                yield part, name, value


@dataclass(slots=True)
class _Grower:
    """Grows trees until so many values stand in them."""

    arc: Mapping[str, JSON]
    left: int = MAX_VALUES

    def node(
        self, label: str, path: str, value: JSON, depth: int, forms: tuple[tuple[str, str], ...]
    ) -> Node:
        """Return the tree of a value; `forms` are label and path of other ways to it."""
        self.left -= 1
        if isinstance(value, Mapping):
            return self._object(label, path, value, depth, forms)
        if isinstance(value, list):
            return self._list(label, path, value, depth)
        given = tuple(self._form(*form) for form in forms)
        return Node(label, path, _kind(value), _text(value), given)

    def _object(
        self,
        label: str,
        path: str,
        value: Mapping[str, JSON],
        depth: int,
        forms: tuple[tuple[str, str], ...],
    ) -> Node:
        nodes: list[Node] = []
        for key, inner in value.items():
            if self.left <= 0 or depth >= MAX_DEPTH:
                break
            further = [(name, _key(form, key)) for name, form in forms]
            ways = tuple((name, form) for name, form in further if form)
            nodes.append(self.node(key, _key(path, key), inner, depth + 1, ways))
        count = f"{len(value)} member{'' if len(value) == 1 else 's'}"
        left_out = len(value) - len(nodes)
        return Node(
            label, path, count, "object", (), nodes, left_out, is_open=depth < _OPEN_TO
        )  # fmt: skip

    def _list(self, label: str, path: str, items: list[JSON], depth: int) -> Node:
        nodes: list[Node] = []
        for index, item in enumerate(items[:MAX_ITEMS]):
            if self.left <= 0 or depth >= MAX_DEPTH:
                break
            ways = self._ways(path, items, index) if path else ()
            at = writing_paths.with_index(path, index) if path else ""
            nodes.append(self.node(f"[{index}]", at, item, depth + 1, ways))
        count = f"{len(items)} item{'' if len(items) == 1 else 's'}"
        left_out = len(items) - len(nodes)
        return Node(label, path, count, "list", (), nodes, left_out, is_open=depth < _OPEN_TO)

    def _ways(self, path: str, items: list[JSON], index: int) -> tuple[tuple[str, str], ...]:
        match = writing_paths.of_match(path, items, index)
        ways = [(match.removeprefix(path), match)] if match else []
        return (*ways, ("[*] of all items", writing_paths.of_every(path)))

    def _form(self, label: str, path: str) -> Form:
        value = writing_paths.value_at(path, self.arc)
        return Form(label, path, f"{_text(value)}, {_kind(value)}")


def _key(path: str, key: str) -> str:
    return writing_paths.with_key(path, key) if path else ""


def _kind(value: JSON) -> str:
    if isinstance(value, list):
        return "list"
    return _KINDS.get(type(value), "object")


def _text(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
