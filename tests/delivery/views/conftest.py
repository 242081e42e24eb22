"""Events, deliveries and builds as the pipeline leaves them, made by hand."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

import vault
from delivery.contexts import body_context
from delivery.ids import id_at
from delivery.models import Attempt, Delivery, DeliveryBody, Destination, Event, EventBody
from delivery.models.sends import payload_context, response_context
from rules.engine import assemble, canonical
from rules.models import Build, Environment, Property

META = "facebook_conversions_api_extension"
RULE, CONDITION, ACTION = "RL" + "1" * 32, "RC" + "2" * 32, "RC" + "3" * 32
BODY = {
    "event": {"xdm": {"eventType": "purchase"}, "data": {"email": "jane@example.com"}},
    "request": {"ip": "203.0.113.7", "userAgent": "Browser/1.0"},
}


class Maker:
    """Writes rows of the log, each event a second newer than the one before."""

    def __init__(self, property_: Property) -> None:
        self.property = property_
        self.environments = {one.stage: one for one in property_.environments.all()}
        self._start = timezone.now() - dt.timedelta(hours=1)
        self._seconds = itertools.count()

    def event(self, *, stage: str = "development", body: Any = BODY, **fields: Any) -> Event:
        """Write an event; with `body` None its body is gone."""
        at = fields.pop("at", None) or self._start + dt.timedelta(seconds=next(self._seconds))
        environment = self.environments[stage]
        event = Event.objects.create(
            id=id_at(int(at.timestamp() * 1000), uuid.uuid4().int >> 54),
            property=self.property,
            environment=environment,
            datastream=environment.datastreams.get(),
            received_at=at,
            **{"name": "purchase", "outcome": "delivered"} | fields,
        )
        if body is not None:
            packed = vault.pack(settings.KEY_RING, body, body_context(event.id))
            EventBody.objects.create(event_id=event.id, body=packed)
        return event

    def destination(self, **fields: Any) -> Destination:
        """Write a destination, of Development unless told otherwise."""
        key = uuid.uuid4().bytes
        return Destination.objects.create(
            package=META,
            key=key,
            sealed_address=b"",
            **{
                "environment": self.environments["development"],
                "label": "Pixel 1234567890",
                "place": key,
            }
            | fields,
        )

    def delivery(self, event: Event, **fields: Any) -> Delivery:
        """Write a delivery of an event and its payload."""
        payload = fields.pop("payload", {"event_name": "Purchase", "user_data": {"em": ["0a1b"]}})
        if "destination" not in fields:
            fields["destination"] = self.destination()
        delivery = Delivery.objects.create(
            event_id=event.id,
            **{
                "component": ACTION,
                "rule": RULE,
                "name": "Purchase",
                "dedup_id": "order-1",
                "outcome": "delivered",
                "created_at": event.received_at,
                "expires_at": event.received_at + dt.timedelta(days=7),
            }
            | fields,
        )
        context = payload_context(event.id, delivery.component)
        DeliveryBody.objects.create(
            event_id=event.id,
            component=delivery.component,
            payload=vault.pack(settings.KEY_RING, payload, context),
        )
        return delivery

    def attempt(self, delivery: Delivery, answer: Any = None, **fields: Any) -> Attempt:
        """Write an attempt of a delivery."""
        key = id_at(int(timezone.now().timestamp() * 1000), uuid.uuid4().int >> 54)
        sealed = None
        if answer is not None:
            sealed = vault.pack(settings.KEY_RING, answer, response_context(key))
        attempt = Attempt.objects.create(
            id=key,
            destination_id=delivery.destination_id,
            response=sealed,
            **{
                "event_count": 1,
                "started_at": timezone.now(),
                "outcome": "delivered",
                "http_status": 200,
                "duration_ms": 132,
            }
            | fields,
        )
        delivery.attempt_ids.append(key)
        rows = Delivery.objects.filter(event_id=delivery.event_id, component=delivery.component)
        rows.update(attempt_ids=delivery.attempt_ids)
        return attempt

    def build(self, **fields: Any) -> Build:
        """Write a succeeded build with one rule: IF Event Type equals purchase THEN send it."""
        environment: Environment = self.environments["development"]
        return Build.objects.create(
            property=self.property,
            environment=environment,
            library_name="First release",
            status="succeeded",
            **{"document": canonical(document(self.property.public_id))} | fields,
        )


def document(property_id: str) -> dict[str, Any]:
    """Return a build's document with one element, one rule and two extensions."""
    return assemble(
        property_id,
        "development",
        [
            ("extension", _extension("core", {})),
            ("extension", _extension(META, {"pixelId": "1234567890", "accessToken": "{{Token}}"})),
            ("data_element", _element("Event Type", "path", {"path": "xdm.eventType"})),
            ("data_element", _element("Email", "path", {"path": "data.email"})),
            ("data_element", _element("Token", "path", {"path": "data.token"})),
            ("rule", {"id": RULE, "name": "Purchases", "enabled": True, "components": _parts()}),
        ],
    )


def _extension(package: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"EX{package:0<32}"[:34],
        "name": package,
        "enabled": True,
        "package": package,
        "version": "1.0.0",
        "settings": values,
    }


def _element(name: str, kind: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"DE{name:0<32}",
        "name": name,
        "enabled": True,
        "delegate": f"core::dataElements::{kind}",
        "settings": values,
        "default": None,
        "lower": False,
        "clean": False,
    }


def _parts() -> list[dict[str, Any]]:
    comparison = {
        "leftOperand": "{{Event Type}}",
        "comparison": {"operator": "equals"},
        "rightOperand": "purchase",
    }
    sending = {
        "eventName": "Purchase",
        "actionSource": "physical_store",
        "email": "{{Email}}",
        "customData": '{"value": 1, "currency": "EUR"}',
    }
    delegates = (
        (CONDITION, "condition", "Is a purchase", "core::conditions::value-comparison", comparison),
        (ACTION, "action", "Send it", f"{META}::actions::send_capi_data", sending),
    )
    return [
        {
            "id": part_id,
            "kind": kind,
            "name": name,
            "delegate": delegate,
            "settings": values,
            "negate": False,
        }
        for part_id, kind, name, delegate, values in delegates
    ]


@pytest.fixture
def make(property_: Property) -> Maker:
    """What writes rows of the property's log."""
    return Maker(property_)


@pytest.fixture
def log_url(property_: Property) -> str:
    """The address of the property's Event Log."""
    return f"/properties/{property_.public_id}/events/"
