"""A property with a live build, and the few moves a delivery test is made of."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import orjson
import psycopg
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

import vault
from delivery import evaluation, intake, sending, sweeping
from delivery.ids import new_id
from delivery.models import Attempt, Delivery, Destination, Event
from extensions.contract import Answer, Request
from rules import ids
from rules.engine import assemble, canonical
from rules.models import Build, Datastream, Environment, Property, Secret

META = "facebook_conversions_api_extension"
PIXEL = "1234567890"
TOKEN = "EAAcanary0123456789canaryTokenWXYZ"
EMAIL = "canary.person@shop.example"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class World:
    """One environment of one property."""

    property: Property
    environment: Environment
    stream: intake.Stream

    @classmethod
    def of(cls, property_: Property, stage: str = "production") -> World:
        environment = Environment.objects.get(property=property_, stage=stage)
        datastream = Datastream.objects.get(environment=environment)
        stream = intake.Stream(datastream.pk, environment.pk, property_.pk)
        return cls(property_, environment, stream)

    def publish(
        self,
        *rules: dict[str, Any],
        token: str | None = TOKEN,
        elements: Sequence[dict[str, Any]] = (),
        extensions: Sequence[dict[str, Any]] = (),
        **meta: Any,
    ) -> Build:
        """Make a build live. `token` is sealed; give `accessToken` to set it as it is."""
        if token is not None:
            meta["accessToken"] = vault.seal_text(settings.KEY_RING, token, self.property.public_id)
        contents = [
            ("extension", _extension("core", {})),
            ("extension", _extension(META, {"pixelId": PIXEL, **meta})),
            *(("extension", content) for content in extensions),
            *(("data_element", element(name)) for name in ("name", "email", "id", "code", "to")),
            *(("data_element", content) for content in elements),
            *(("rule", content) for content in rules or (rule(),)),
        ]
        return self.publish_document(
            canonical(assemble(self.property.public_id, self.environment.stage, contents))
        )

    def publish_document(self, document: bytes) -> Build:
        build = Build.objects.create(
            property=self.property,
            library_name="Library",
            environment=self.environment,
            status=Build.Status.SUCCEEDED,
            document=document,
            content_hash=hashlib.sha256(document).hexdigest(),
        )
        self.environment.active_build = build
        self.environment.save(update_fields=["active_build"])
        return build

    def post(
        self, count: int = 1, *, age: dt.timedelta | None = None, **data: Any
    ) -> list[uuid.UUID]:
        """Accept events as the collector does."""
        received_at = timezone.now() - (age or dt.timedelta())
        body = {
            "event": {"xdm": {}, "data": {"name": "Lead", "email": EMAIL, **data}},
            "request": {"ip": "203.0.113.7", "userAgent": "Mozilla/5.0", "cookies": {}},
        }
        events = [intake.prepare(new_id(), self.stream, received_at, body) for _ in range(count)]
        connection.ensure_connection()
        intake.accept(connection.connection, events)
        return [event.id for event in events]

    def secret(self, value: str) -> Secret:
        secret = Secret(property=self.property, environment=self.environment, name="Token")
        secret.seal(value)
        secret.save()
        return secret


def rule(*, condition: bool = True, **action: Any) -> dict[str, Any]:
    """A rule that sends a Lead to Meta."""
    settings_ = {
        "actionSource": "website",
        "eventName": "{{name}}",
        "eventSourceUrl": "https://shop.example/",
        "email": "{{email}}",
        "eventId": "{{id}}",
        **action,
    }
    components = [_component("action", f"{META}::actions::send_capi_data", settings_)]
    if condition:
        test = {
            "leftOperand": "{{name}}",
            "comparison": {"operator": "equals"},
            "rightOperand": "Lead",
        }
        components.insert(0, _component("condition", "core::conditions::value-comparison", test))
    return {"id": ids.rule_id(), "name": "Leads", "enabled": True, "components": components}


def _component(kind: str, delegate: str, settings_: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.component_id(),
        "kind": kind,
        "name": delegate.rsplit("::")[-1],
        "delegate": delegate,
        "settings": settings_,
        "negate": False,
    }


def _extension(package: str, settings_: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.extension_id(),
        "name": package,
        "enabled": True,
        "package": package,
        "version": "1.0.0",
        "settings": settings_,
    }


def element(name: str) -> dict[str, Any]:
    """A data element that reads its value from the event."""
    return {
        "id": ids.data_element_id(),
        "name": name,
        "enabled": True,
        "delegate": "core::dataElements::path",
        "settings": {"path": f"arc.event.data.{name}"},
        "default": None,
        "lower": False,
        "clean": False,
    }


# --- What a worker does, step by step ---------------------------------------------------------


def evaluate() -> int:
    """Evaluate everything that is due; return how many deliveries it made."""
    total = 0
    while (made := evaluation.evaluate_due()) is not None:
        total += made
    return total


def work() -> None:
    """Evaluate and send everything that is due, as a worker does; events need not gather."""
    with patch.object(sending, "LINGER_SECONDS", 0.0):
        sending.send_due(120)


def end_leases() -> None:
    """Let the lease of every claim end, as time would, and sweep."""
    _sql(
        "UPDATE event_queue SET lease_until = now() - interval '1 s' WHERE lease_token IS NOT NULL"
    )
    _sql(
        "UPDATE delivery_queue SET lease_until = now() - interval '1 s' "
        "WHERE lease_token IS NOT NULL"
    )
    sweeping.reap_events()
    sweeping.reap_deliveries()


def pass_time(**amount: float) -> None:
    """Let every stored moment of the queue and of holds lie that much further back."""
    by = dt.timedelta(**amount)
    _sql(
        "UPDATE delivery_queue SET next_at = next_at - %(by)s, "
        "first_attempt_at = first_attempt_at - %(by)s, ambiguous_at = ambiguous_at - %(by)s, "
        "expires_at = expires_at - %(by)s",
        by=by,
    )
    _sql("UPDATE event_queue SET next_at = next_at - %(by)s", by=by)
    _sql(
        "UPDATE destination SET held_at = held_at - %(by)s, hold_until = hold_until - %(by)s, "
        "rest_until = rest_until - %(by)s, minute_began_at = minute_began_at - %(by)s",
        by=by,
    )


def _sql(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def database_error(kind: type[psycopg.Error]) -> OperationalError:
    """What Django raises for an error of the database."""
    error = OperationalError()
    error.__cause__ = kind()
    return error


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a test's own words
        return cursor.fetchone()[0]


def the_event() -> Event:
    return Event.objects.get()


def the_delivery() -> Delivery:
    return Delivery.objects.get()


def the_destination() -> Destination:
    return Destination.objects.get()


def attempts() -> list[str]:
    """The outcomes of all attempts, oldest first."""
    return list(Attempt.objects.order_by("id").values_list("outcome", flat=True))


# --- A destination that says what the test wants ----------------------------------------------


@dataclass
class Scripted:
    """Stands in for the network: answers by a function, remembers what it was asked."""

    answer: Callable[[list[dict[str, Any]]], Answer]
    requests: list[Request] = field(default_factory=list)

    def __call__(self, base_url: str, request: Request) -> Answer:
        self.requests.append(request)
        return self.answer(sent_in(request))

    @property
    def batches(self) -> list[list[str]]:
        """The event ids of every request, in order."""
        return [[event["event_id"] for event in sent_in(request)] for request in self.requests]


def sent_in(request: Request) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = orjson.loads(request.body)["data"]
    return events


def taken(events: list[dict[str, Any]]) -> Answer:
    return _json(200, {"events_received": len(events), "messages": [], "fbtrace_id": "trace"})


def refused(_events: list[dict[str, Any]]) -> Answer:
    return _json(400, {"error": {"code": 100, "error_subcode": 2804019, "fbtrace_id": "trace"}})


def bad_token(_events: list[dict[str, Any]]) -> Answer:
    return _json(401, {"error": {"code": 190, "error_subcode": 463, "fbtrace_id": "trace"}})


def server_error(_events: list[dict[str, Any]]) -> Answer:
    return _json(500, {"error": {"code": 2, "is_transient": True}})


def lost(_events: list[dict[str, Any]]) -> Answer:
    return Answer(0, failure="timeout")


def refusing(is_bad: Callable[[dict[str, Any]], bool]) -> Callable[[list[dict[str, Any]]], Answer]:
    """Refuse a whole request if one of its events is bad, as Meta does."""
    return lambda events: refused(events) if any(map(is_bad, events)) else taken(events)


def _json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, {"content-type": "application/json"}, orjson.dumps(body))
