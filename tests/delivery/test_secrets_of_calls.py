"""A secret in a call is in the call, and nowhere it could be read."""

from __future__ import annotations

import logging
from typing import Any

import orjson
import pytest
from django.db import connection

from delivery import answering
from delivery.models import Attempt, Delivery, DeliveryBody, Event
from tests.delivery.far_side import FarSide, Says, call, extension, rule_of, secret_element
from tests.delivery.test_resuming import ELEMENTS
from tests.delivery.world import World, work

KEY = "sk_canary_5d3f9a7b1c"


def every_row() -> str:
    """All that the tables hold, and what lies sealed in the log opened."""
    texts: list[Any] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the database's own names
            texts.append(cursor.fetchall())
    texts += [one.open_response() for one in Attempt.objects.all()]
    texts += [body.open() for body in DeliveryBody.objects.all()]
    standing = answering.standing(list(Event.objects.values_list("id", flat=True)))
    texts += [answering.opened(found) for found in standing.values()]
    return "\n".join(map(str, texts))


@pytest.mark.parametrize("status", [200, 404, 503])
def test_secret_of_a_call_is_nowhere_but_in_the_call(
    world: World, far: FarSide, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    repeated = Says(status, orjson.dumps({"city": f"it was {KEY}"}), {"x-request-id": KEY})
    far.answer = lambda asked: repeated if asked.path == "/who" else Says()
    secret = world.secret(KEY)
    header = {"key": "Authorization", "value": "Bearer {{API Key}}"}
    ask = call(f"{far.origin}/who", "who", headers=[header], method="POST", body="{{API Key}}")
    world.publish(
        rule_of(ask, call(f"{far.origin}/there", method="POST", body="{{City}}")),
        elements=[*ELEMENTS, secret_element("API Key", secret.public_id)],
        extensions=[extension()],
    )
    world.post()
    work()
    assert far.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert far.requests[0].body == KEY.encode()
    assert all(KEY not in str(asked) for asked in far.requests[1:])
    assert len(far.requests) == (2 if status == 200 else 1)
    assert KEY not in every_row()
    assert KEY not in caplog.text
    assert KEY not in str([vars(record) for record in caplog.records])


def test_call_whose_secret_was_deleted_is_held(world: World, far: FarSide) -> None:
    secret = world.secret(KEY)
    ask = call(f"{far.origin}/who", headers=[{"key": "X-Key", "value": "{{API Key}}"}])
    world.publish(
        rule_of(ask),
        elements=[secret_element("API Key", secret.public_id)],
        extensions=[extension()],
    )
    [event_id] = world.post()
    secret.delete()
    work()
    assert far.paths == []
    assert Delivery.objects.get(event_id=event_id).reason == "secret_missing"
