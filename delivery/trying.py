"""Try whether a destination can be reached with an extension's settings, saved or not.

What is tried goes the way of a delivery: the engine gives the address, credentials are closed and
opened as for any request, and the transport makes it. Nothing of it is stored.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import orjson
import structlog

from delivery import destinations, transport
from delivery.attempts import without
from delivery.credentials import NoCredential, open_address, open_credentials
from delivery.failures import described
from delivery.ids import new_id
from delivery.models import Destination
from delivery.reasons import REASONS
from delivery.requesting import base_url_of
from extensions import contract
from extensions.contract import Answer, ComponentError, Notice, Package, Request, Scope, Verdict
from extensions.tokens import names_in
from rules.assembling import assemble_for
from rules.engine import Program
from rules.models import Environment

logger = structlog.get_logger(__name__)

# A person waits for the answer.
READ_SECONDS = 8
TOTAL_SECONDS = 10
# Shows into which part of an address a code goes; any text of a code's shape would do.
_ANY_CODE = "TEST12345"

_ONLY_TRIED = "This was a trial: nothing of it waits, and nothing is sent again."
_NOT_READY = "These settings cannot be tried yet"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying, in words for a person.

    `status` is that of HTTP, 0 for no answer; `milliseconds` is None where nothing was sent.
    """

    works: bool
    title: str
    explanation: str = ""
    help_url: str = ""
    reason: str = ""
    label: str = ""  # of the address
    trace_id: str = ""
    status: int = 0
    milliseconds: int | None = None
    notices: tuple[Notice, ...] = ()
    event_id: str = ""  # of the test event that was sent
    meaning: str = ""  # of such an answer for events, which a trial is none of
    is_expected_refusal: bool = False  # of the empty event that tries a connection


class CannotTry(Exception):
    """Nothing can be sent with these settings. `trial` says why."""

    def __init__(self, title: str, explanation: str = "", reason: str = "") -> None:
        super().__init__(title)
        self.trial = Trial(False, title, explanation, reason=reason)


@dataclass(frozen=True, slots=True, repr=False)
class _Target:
    """Where to send. It holds opened credentials, so it has no repr."""

    sender: contract.Destination
    base_url: str
    address: Mapping[str, str]
    credentials: Mapping[str, str]


def connection(
    environment: Environment, package: Package, settings: Mapping[str, Any], now: dt.datetime
) -> Trial:
    """Ask the destination whether it would take events of an environment; creates none."""
    try:
        sender, address = _address(environment, package, settings, now)
        target = _target(environment, package, sender, address)
        return _ask(
            target,
            lambda: sender.probe(target.address, target.credentials),
            sender.read_probe,
            is_probe=True,
        )
    except CannotTry as problem:
        return problem.trial


def test_event(
    environment: Environment,
    package: Package,
    settings: Mapping[str, Any],
    code: str,
    now: dt.datetime,
) -> Trial:
    """Send one harmless event that carries a test code: `code`, or the environment's own."""
    try:
        sender, address = _address(environment, package, settings, now)
        send = _sample(sender, address, code or _own_code(sender, address), now)
        target = _target(environment, package, sender, send.address)
        payload = orjson.dumps(dict(send.payload))
        trial = _ask(
            target,
            lambda: sender.request(target.address, target.credentials, [payload]),
            lambda answer: sender.read(answer, 1),
            is_probe=False,
        )
    except CannotTry as problem:
        return problem.trial
    return replace(trial, event_id=send.dedup_id)


def of_destination(destination: Destination) -> Trial:
    """Ask a destination, just as events reach it, whether it would take them; creates none."""
    sender, base_url = (
        destinations.sender_of(destination.package),
        base_url_of(destination.package),
    )
    try:
        if sender is None or not base_url:
            raise _of_reason("package_missing")
        address = open_address(destination)
        credentials = open_credentials(destination.package, address, destination.environment_id)
        target = _Target(sender, base_url, address, credentials)
        return _ask(
            target,
            lambda: sender.probe(target.address, target.credentials),
            sender.read_probe,
            is_probe=True,
        )
    except NoCredential as problem:
        return _of_reason(problem.code).trial
    except CannotTry as problem:
        return problem.trial


def own_code(
    environment: Environment, package: Package, settings: Mapping[str, Any], now: dt.datetime
) -> str:
    """Return the code that the settings give to every event of an environment; "" for none."""
    try:
        return _own_code(*_address(environment, package, settings, now))
    except CannotTry:
        return ""


def _own_code(sender: contract.Destination, address: Mapping[str, str]) -> str:
    # Which part of an address holds the code, only the package knows: it is where one turns up.
    try:
        coded = sender.sample(address, _ANY_CODE, new_id().hex, 0).address
    except ComponentError:
        return ""
    parts = [name for name, value in coded.items() if value == _ANY_CODE]
    return next((address[name] for name in parts if name in address), "")


def _sample(
    sender: contract.Destination, address: Mapping[str, str], code: str, now: dt.datetime
) -> contract.Send:
    code = code.strip()
    if not code:
        raise CannotTry(f"Please enter the {sender.sample_code}", reason="no_code")
    try:
        send = sender.sample(address, code, new_id().hex, int(now.timestamp()))
    except ComponentError as error:
        raise CannotTry("The test event cannot be sent", str(error), "invalid_code") from None
    if code not in send.address.values():  # it would be an event like any other
        raise CannotTry("The test event cannot be sent", "It would go out without its code.")
    return send


def _address(
    environment: Environment, package: Package, settings: Mapping[str, Any], now: dt.datetime
) -> tuple[contract.Destination, Mapping[str, str]]:
    sender = package.destination
    if sender is None:
        raise CannotTry("This extension sends nothing")
    moment = int(now.timestamp())
    scope = Scope({"xdm": {}, "data": {}}, {}, "", moment, moment)
    try:
        address = sender.connect(_compiler(environment, package, settings))(scope)
    except ComponentError as error:
        raise _without_event(scope) or CannotTry(_NOT_READY, str(error), "no_address") from None
    except Exception as error:  # noqa: BLE001 - a package's bug is no reason for an error page
        logger.error("address_not_made", package=package.id, **described(error))
        raise CannotTry(_NOT_READY, REASONS["build_error"].explanation, "build_error") from None
    if destinations.names_foreign_secret(package.id, address):
        raise _of_reason("foreign_secret")
    return sender, address


def _compiler(
    environment: Environment, package: Package, settings: Mapping[str, Any]
) -> contract.Compiler:
    """Return the engine's compiler over what the property has now, built or not."""
    property_ = environment.property
    elements = [element.content() for element in property_.data_elements.filter(enabled=True)]
    missing = set(names_in(dict(settings))) - {element["name"] for element in elements}
    if missing:
        raise ComponentError(f"{_quoted(missing)} does not exist, or is disabled.")
    others = property_.extensions.exclude(package=package.id)
    own = {
        "id": "",
        "name": package.name,
        "enabled": True,
        "package": package.id,
        "version": package.version,
        "settings": settings,
    }
    contents = [("extension", content) for content in (own, *(one.content() for one in others))]
    contents += [("data_element", element) for element in elements]
    return Program(assemble_for(environment, contents)).compiler_for(package.id)


def _without_event(scope: Scope) -> CannotTry | None:
    """Return what to say where a data element had no value, as there is no event to read."""
    empty = [name for name, value in scope.elements.items() if value is None]
    if not empty:
        return None
    return CannotTry(
        _NOT_READY,
        f"The value of {_quoted(empty)} comes from the event, so it can only be tried with a real "
        "event.",
        "needs_event",
    )


def _quoted(names: set[str] | list[str]) -> str:
    return ", ".join(f"“{name}”" for name in sorted(names))


def _of_reason(code: str) -> CannotTry:
    return CannotTry(REASONS[code].title, REASONS[code].explanation, code)


def _target(
    environment: Environment,
    package: Package,
    sender: contract.Destination,
    address: Mapping[str, str],
) -> _Target:
    base_url = base_url_of(package.id)
    if not base_url:
        raise _of_reason("package_missing")
    try:
        closed = destinations.closed(package.id, address, environment.property.public_id)
        credentials = open_credentials(package.id, closed, environment.pk)
    except NoCredential as problem:
        raise _of_reason(problem.code) from None
    return _Target(sender, base_url, closed, credentials)


def _ask(
    target: _Target,
    request: Callable[[], Request],
    read: Callable[[Answer], Verdict],
    *,
    is_probe: bool,
) -> Trial:
    try:
        made = request()
        started = time.monotonic()
        answer = transport.send(target.base_url, made, TOTAL_SECONDS, read_seconds=READ_SECONDS)
        milliseconds = round((time.monotonic() - started) * 1000)
        verdict = read(without(target.credentials.values(), answer))
    except Exception as error:  # noqa: BLE001 - a package's bug is no reason for an error page
        logger.error("trial_failed", **described(error))
        raise _of_reason("unreadable_answer") from None
    works = verdict.outcome == "delivered"
    trial = Trial(
        works,
        verdict.title,
        verdict.explanation,
        verdict.help_url,
        verdict.reason,
        target.sender.label(target.address),
        verdict.trace_id,
        answer.status,
        milliseconds,
        verdict.notices,
        is_expected_refusal=is_probe and works and answer.status >= HTTPStatus.BAD_REQUEST,
    )
    if not _is_worded_for_events(verdict, answer, is_probe=is_probe):
        return trial
    return replace(trial, explanation=_ONLY_TRIED, meaning=verdict.explanation)


def _is_worded_for_events(verdict: Verdict, answer: Answer, *, is_probe: bool) -> bool:
    """Whether the explanation tells what becomes of events, which wait and are sent again."""
    if is_probe:  # has words of its own for what is over soon, and for no answer
        return verdict.outcome == "hold" and bool(answer.status)
    return verdict.outcome in {"hold", "retry"}
