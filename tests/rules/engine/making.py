"""What the tests of the engine are written with: documents, and a package of plain delegates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from extensions import registry
from extensions.contract import (
    Compiler,
    ComponentError,
    Delegate,
    Package,
    Problem,
    Refused,
    Scope,
    Send,
    Settings,
)
from rules.engine import Evaluation, Program, Trace, assemble, compile_build, explain

PROPERTY = "PR" + "0" * 32
META = "facebook_conversions_api_extension"
COMPARISON = "core::conditions::value-comparison"
PATH, CONSTANT, SECRET = (f"core::dataElements::{kind}" for kind in ("path", "constant", "secret"))
SEND_META = f"{META}::actions::send_capi_data"
NOW = 1_760_000_000
MOMENT: dict[str, Any] = {"event_id": "0" * 31 + "1", "received_at": NOW, "now": NOW}


# --- A package whose delegates do what a test needs --------------------------------------------


class Unforeseen(Exception):
    """An error that no extension tells about."""


def _any(settings: Settings, compiler: Compiler) -> Any:
    return compiler.value(settings.get("value"))


def _send(settings: Settings, compiler: Compiler) -> Any:
    value = compiler.value(settings.get("value"))
    address = dict(compiler.configuration())
    origins = (("moment", "the event's own moment"),)

    def run(scope: Scope) -> Send:
        payload = {"value": value(scope)}
        return Send(address, payload, "Test", scope.event_id, scope.now, origins=origins)

    return run


def _fail(settings: Settings, _compiler: Compiler) -> Any:
    def run(_scope: Scope) -> Any:
        if settings.get("unforeseen"):
            raise Unforeseen("canary: text of the event")
        raise ComponentError("The component says why.")

    return run


def _refuse(_settings: Settings, _compiler: Compiler) -> Any:
    return lambda _scope: Refused("no_consent", "The visitor said no.")


CALLS: list[Any] = []  # the events on which a counting element was asked


def _count(_settings: Settings, _compiler: Compiler) -> Any:
    def resolve(scope: Scope) -> int:
        CALLS.append(scope.event)
        return len(CALLS)

    return resolve


def _mark(settings: Settings) -> str:
    return f"Test {settings.get('code', 'without a code')}" if settings.get("test") else ""


def _mark_stage(settings: Settings, stage: str) -> str:
    code = settings.get("codes", {}).get(stage)
    return f"Test {code}" if code else ""


END = date(2026, 1, 1)


def _advise(settings: Settings, today: date) -> list[Problem]:
    is_over = settings.get("version") == "old" and today >= END
    return [Problem("version", "Its time is over.", "error")] if is_over else []


def _delegate(kind: str, name: str, compile_: Any, **more: Any) -> Delegate:
    return Delegate(
        id=f"guest::{kind}::{name}",
        name=name.capitalize(),
        summarise=lambda settings: f"{name} {settings.get('value', '')}".strip(),
        compile=compile_,
        **{"schema": {"type": "object", "properties": {"value": {"title": "Value"}}}, **more},
    )


def _title(title: str, **ui: Any) -> dict[str, Any]:
    return {"title": title, "ui": ui}


# One setting of each kind, some of them inside others.
FORM: Settings = {
    "type": "object",
    "properties": {
        "test": _title("Send as Test", widget="switch", section="Testing"),
        "code": _title("Code", section="Testing"),
        "token": _title("Token", widget="secret"),
        "plain": _title("Plain", picker=False),
        "names": _title("Names", widget="list"),
        "automatic": {
            "type": "object",
            "properties": {"ip": _title("IP Address", section="Automatic", widget="checkbox")},
        },
        "contents": {
            "type": "object",
            "title": "Contents",
            "ui": {"section": "Custom Data"},
            "properties": {
                "items": _title(
                    "Items", widget="rows", columns=[{"key": "quantity", "title": "Quantity"}]
                )
            },
        },
        "store": {
            "type": "object",
            "title": "Store",
            "ui": {"widget": "object"},
            "properties": {"city": _title("City")},
        },
        "comparison": {"type": "object", "properties": {"operator": _title("Operator")}},
        "untitled": {},
    },
}


GUEST = Package(
    id="guest",
    name="Guest",
    publisher="Tests",
    version="1.0",
    promise="Does what a test needs.",
    icon="guest.svg",
    schema={
        "type": "object",
        "properties": {
            "version": {"title": "Version"},
            "codes": {
                "type": "object",
                "properties": {"production": _title("Production", section="Test Codes")},
            },
        },
    },
    advise=_advise,
    mark=_mark_stage,
    conditions=(_delegate("conditions", "fail", _fail),),
    actions=(
        _delegate("actions", "send", _send),
        _delegate("actions", "loud", _send, schema=FORM, mark=_mark),
        _delegate("actions", "fail", _fail),
        _delegate("actions", "refuse", _refuse),
    ),
    data_elements=(
        _delegate("dataElements", "value", _any, mark=_mark),
        _delegate("dataElements", "count", _count),
        _delegate("dataElements", "fail", _fail),
    ),
)


class _Announced:
    def load(self) -> Package:
        return GUEST


@contextmanager
def guest_in_the_catalog() -> Iterator[None]:
    """Let the catalog hold the package for a while, as if another distribution announced it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "entry_points", lambda group: [_Announced()])
        _forget()
        yield
    _forget()


def _forget() -> None:
    registry.packages.cache_clear()
    registry._delegates.cache_clear()


# --- Documents ----------------------------------------------------------------------------------


def extension(package: str = "core", **changes: Any) -> tuple[str, dict[str, Any]]:
    content = {
        "id": f"EX {package}",
        "name": package,
        "enabled": True,
        "package": package,
        "version": "1.0.0",
        "settings": {},
    }
    return "extension", content | changes


def element(name: str, delegate: str = PATH, **changes: Any) -> tuple[str, dict[str, Any]]:
    """A data element; a Path reads the member of the event's data that has its name."""
    settings = {"path": f'data["{name}"]'} if delegate == PATH else {}
    content = {
        "id": f"DE {name}",
        "name": name,
        "enabled": True,
        "delegate": delegate,
        "settings": settings,
        "default": None,
        "lower": False,
        "clean": False,
    }
    return "data_element", content | changes


def constant(name: str, value: Any, **changes: Any) -> tuple[str, dict[str, Any]]:
    return element(name, "guest::dataElements::value", settings={"value": value}, **changes)


def rule(
    *components: dict[str, Any], name: str = "Rule", **changes: Any
) -> tuple[str, dict[str, Any]]:
    content = {
        "id": f"RL {name}",
        "name": name,
        "enabled": True,
        "components": [
            part | {"id": f"{name} {position}"} for position, part in enumerate(components)
        ],
    }
    return "rule", content | changes


def condition(
    left: str, operator: str = "isTruthy", right: Any = "", *, negate: bool = False
) -> dict[str, Any]:
    settings = {
        "leftOperand": left,
        "comparison": {"operator": operator},
        "rightOperand": right,
    }
    return component("condition", COMPARISON, settings, negate=negate)


def send(value: Any = None, **changes: Any) -> dict[str, Any]:
    """An action whose payload is the resolved value."""
    return component("action", "guest::actions::send", {"value": value}, **changes)


def component(
    kind: str, delegate: str, settings: Mapping[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    content = {
        "kind": kind,
        "name": delegate.rsplit("::", 1)[-1],
        "delegate": delegate,
        "settings": dict(settings or {}),
        "negate": False,
    }
    return content | changes


def document(*contents: tuple[str, dict[str, Any]], stage: str = "development") -> dict[str, Any]:
    """A document of these contents, with Core and the guest package installed."""
    installed = {content["package"] for kind, content in contents if kind == "extension"}
    usual = [extension(package) for package in ("core", "guest") if package not in installed]
    return assemble(PROPERTY, stage, [*usual, *contents])


# --- Running -------------------------------------------------------------------------------------


def program(*contents: tuple[str, dict[str, Any]], stage: str = "development") -> Program:
    return compile_build(document(*contents, stage=stage))


def evaluate(built: Program, data: Any = None) -> Evaluation:
    return built.evaluate({"xdm": {}, "data": data}, {}, **MOMENT)


def explained(built: Program, data: Any = None) -> Trace:
    return explain(built, {"xdm": {}, "data": data}, {}, **MOMENT)


def values(evaluation: Evaluation) -> list[Any]:
    """The payloads of the guest's send actions, in order."""
    return [
        action.result.payload["value"]
        for action in evaluation.actions
        if isinstance(action.result, Send)
    ]


def verdicts(evaluation: Evaluation) -> list[str]:
    """How the rules fared that are worth telling; one that is not met is none."""
    return [result.verdict for result in evaluation.rules]


def verdict_of(evaluation: Evaluation) -> str:
    """How the only rule of a build fared."""
    [verdict] = verdicts(evaluation) or ["not_met"]
    return verdict


def resolved(value: Any, data: Any = None, *elements: tuple[str, dict[str, Any]]) -> Any:
    """What a setting gives on an event, in a build of one rule with one action."""
    [result] = values(evaluate(program(*elements, rule(send(value))), data))
    return result
