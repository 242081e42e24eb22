"""What is owed may stand in a log or an error without telling anything."""

from __future__ import annotations

import uuid

from django.conf import settings

from delivery.destinations import place_of
from delivery.owing import owe
from extensions.contract import Send
from rules.engine import ActionResult
from tests.delivery.world import META

TOKEN, PERSON = "EAAtoken", "jane.doe@shop.example"


def test_neither_credentials_nor_payload_are_shown() -> None:
    address = {"dataset": "1", "access_token": TOKEN}
    send = Send(address, {"person": PERSON}, "Lead", "id-1", 2_000_000_000)
    place = place_of(settings.KEY_RING, 1, "PR1", META, address)
    owed = owe(settings.KEY_RING, uuid.uuid4(), ActionResult("RL1", "RC1", META, send), send, place)
    assert (owed.place.address, owed.payload) == (address, b'{"person":"jane.doe@shop.example"}')
    for shown in (repr(owed), str(owed), repr(place), str([place])):
        assert TOKEN not in shown
        assert PERSON not in shown
