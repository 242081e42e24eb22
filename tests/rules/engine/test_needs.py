"""What a document reads of a visitor's request."""

from __future__ import annotations

from typing import Any

import pytest

from extensions import registry
from extensions.contract import Delegate
from rules.engine.needs import needs_in
from tests.rules.engine.making import component, document, element, extension, rule, send

COOKIE, HEADER = (f"core::dataElements::{kind}" for kind in ("cookie", "http-header"))


def cookie(name: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    return element(f"Cookie {name}", COOKIE, settings={"name": name}, **changes)


def header(name: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    return element(f"Header {name}", HEADER, settings={"name": name}, **changes)


def test_needs_of_all_elements_come_in_order_and_each_once() -> None:
    twin = element("Twin", settings={"path": "arc.request.cookies._ga"})
    made = document(header("X-Shop"), cookie("theme"), cookie("_ga"), twin)
    assert needs_in(made) == ["cookie:_ga", "cookie:theme", "header:x-shop"]


@pytest.mark.parametrize(
    "contents",
    [
        [],
        [extension("core"), element("a"), rule(send())],
        [cookie("_ga", enabled=False)],
        [element("a", "elsewhere::dataElements::cookie", settings={"name": "_ga"})],
    ],
)
def test_what_reads_nothing_or_is_disabled_or_unknown_needs_nothing(
    contents: list[tuple[str, dict[str, Any]]],
) -> None:
    assert needs_in(document(*contents)) == []


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Proxy-Authorization", "Set-Cookie"])
def test_what_lets_somebody_in_is_left_out(name: str) -> None:
    assert needs_in(document(header(name), header("X-Shop"))) == ["header:x-shop"]


def test_components_of_enabled_rules_may_need_something_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = Delegate(
        id="guest::actions::read",
        name="Read",
        schema={},
        summarise=lambda settings: "",
        compile=lambda settings, compiler: None,
        needs=lambda settings: [f"cookie:{settings['name']}", "header:authorization", "other:a"],
    )
    monkeypatch.setattr(registry, "delegate", lambda _id: reading)
    made = document(
        rule(component("action", reading.id, {"name": "a"}), name="On"),
        rule(component("action", reading.id, {"name": "b"}), name="Off", enabled=False),
    )
    assert needs_in(made) == ["cookie:a"]
