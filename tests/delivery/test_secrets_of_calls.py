"""A secret in a call is in the call, and nowhere it could be read."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.db import connection

from delivery import answering, attempts
from delivery.models import Attempt, Delivery, DeliveryBody, Event
from extensions.contract import Answer
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


AWKWARD = 'sk/"can\\ary"/é😀/5d3f'


def escaped(text: str) -> str:
    """Every character by its number, as JSON may write it."""
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4].upper()}" for place in range(0, len(units), 4))


SPELLINGS = {
    "as it is": AWKWARD,
    "as JSON": json.dumps(AWKWARD, ensure_ascii=False)[1:-1],
    "in ASCII": json.dumps(AWKWARD)[1:-1],
    "with slashes escaped": json.dumps(AWKWARD)[1:-1].replace("/", "\\/"),
    "by numbers": escaped(AWKWARD),
    "in JSON within JSON": json.dumps(json.dumps(AWKWARD)[1:-1].replace("/", "\\/"))[1:-1],
}
FORMS = ['{{"{0}": 1}}', '{{"a": ["was {0}!"]}}', '{{"cut": "{0}', "said {0}"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_repeated_secret_is_blotted_out_however_it_is_spelled(spelling: str, form: str) -> None:
    body = form.format(SPELLINGS[spelling]).encode()
    found = attempts.without([AWKWARD], Answer(200, {}, body)).body
    assert found == form.format("•••••").encode()


def test_repeated_secret_is_blotted_out_of_headers() -> None:
    as_read = f"is {AWKWARD}".encode().decode("latin-1")  # as the network's bytes are read
    answer = Answer(200, {"etag": as_read, "link": f"is {AWKWARD}", "date": "é now"})
    assert attempts.without([AWKWARD], answer).headers == {
        "etag": "is •••••", "link": "is •••••", "date": "é now"
    }  # fmt: skip


def test_longer_secret_goes_before_one_that_it_holds() -> None:
    answer = Answer(200, {}, b"abcdef abc")
    assert attempts.without(["abc", "", "abcdef"], answer).body == "••••• •••••".encode()


def test_answer_without_a_secret_stays_as_it_is() -> None:
    body = b'{"n": 1.0, "n": 10000000000000000000000, "t": "\\u00e9\\/"}' + b"\\" * 64_000
    assert attempts.without([AWKWARD, KEY], Answer(200, {}, body)).body == body


def test_repeated_secret_with_escapes_is_nowhere(world: World, far: FarSide) -> None:
    text = escaped(AWKWARD)
    repeated = Says(200, f'{{"city": "{text}", "{text}": "x"}}'.encode())
    far.answer = lambda asked: repeated if asked.path == "/who" else Says()
    secret = world.secret(AWKWARD)
    header = {"key": "Authorization", "value": "Bearer {{API Key}}"}
    world.publish(
        rule_of(
            call(f"{far.origin}/who", "who", headers=[header]), call(f"{far.origin}/{{{{City}}}}")
        ),
        elements=[*ELEMENTS, secret_element("API Key", secret.public_id)],
        extensions=[extension()],
    )
    world.post()
    work()
    assert len(far.requests) == 2
    rows = every_row()
    assert "•••••" in rows
    for told in (AWKWARD, text, repr(AWKWARD)[1:-1]):
        assert told not in rows
    assert far.paths[1] == f"/{quote('•••••')}"


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
