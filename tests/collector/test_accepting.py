"""What each protocol takes and answers, and what is then in the log."""

from __future__ import annotations

import datetime as dt
import uuid

from delivery.models import Event, QueuedEvent
from rules.models import Datastream
from tests.collector.edge import PEER, Edge, stored_body, stored_names

PURCHASE = {
    "xdm": {"eventType": "commerce.purchases", "_id": "order-1"},
    "data": {"email": "a@shop.example"},
}
SIGNUP = {"xdm": {"eventType": "signup", "_id": "signup-1"}}


def test_interact_answers_200_with_handle_and_the_ids(edge: Edge, interact: str) -> None:
    response = edge.post(f"{interact}&requestId=r-1", {"event": PURCHASE})
    event = Event.objects.get()
    assert response.status == 200
    assert response.json == {"requestId": "r-1", "handle": [], "events": [{"id": event.id.hex}]}


def test_collect_answers_202_with_an_id_for_each_event(edge: Edge, collect: str) -> None:
    response = edge.post(collect, {"events": [PURCHASE, SIGNUP]})
    assert response.status == 202
    assert response.event_ids == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert len(response.event_ids) == 2


def test_silent_collect_answers_204_without_a_body(edge: Edge, collect: str) -> None:
    response = edge.post(f"{collect}&silent=true", {"events": [PURCHASE]})
    assert (response.status, response.body) == (204, b"")
    assert stored_names() == ["commerce.purchases"]


def test_native_answers_202_with_the_ids_and_nothing_else(edge: Edge, native: str) -> None:
    response = edge.post(native, PURCHASE)
    assert response.status == 202
    assert response.json == {"events": [{"id": Event.objects.get().id.hex}]}


def test_interact_takes_a_list_and_collect_takes_one_event(
    edge: Edge, interact: str, collect: str
) -> None:
    assert len(edge.post(interact, {"events": [PURCHASE, SIGNUP]}).event_ids) == 2
    assert len(edge.post(collect, {"event": PURCHASE}).event_ids) == 1


def test_native_takes_a_list_and_a_list_in_an_object(edge: Edge, native: str) -> None:
    assert len(edge.post(native, [PURCHASE, SIGNUP, {"a": 1}]).event_ids) == 3
    assert len(edge.post(native, {"events": [PURCHASE, SIGNUP]}).event_ids) == 2


def test_datastream_may_be_named_as_old_and_new_clients_do(
    edge: Edge, datastream: Datastream
) -> None:
    for name in ("datastreamId", "dataStreamId", "configId"):
        target = f"/ee/v2/collect?{name}={datastream.public_id}"
        assert edge.post(target, {"event": PURCHASE}).status == 202


def test_accepted_event_has_its_row_its_place_in_the_queue_and_a_body_that_opens(
    edge: Edge, collect: str, datastream: Datastream
) -> None:
    (event_id,) = edge.post(collect, {"event": PURCHASE}).event_ids
    event = Event.objects.get(id=event_id)
    assert event.datastream == datastream
    assert event.environment == datastream.environment
    assert event.property == datastream.environment.property
    assert (event.name, event.client_id) == ("commerce.purchases", "order-1")
    queued = QueuedEvent.objects.get(event_id=event_id)
    assert queued.environment_id == datastream.environment.pk
    assert stored_body(event_id)["event"] == PURCHASE


def test_id_and_received_at_are_of_the_same_moment(edge: Edge, collect: str) -> None:
    before = dt.datetime.now(dt.UTC)
    (event_id,) = edge.post(collect, {"event": PURCHASE}).event_ids
    received_at = Event.objects.get().received_at
    assert before <= received_at <= dt.datetime.now(dt.UTC)
    assert event_id.version == 7
    assert event_id.int >> 80 == received_at.timestamp() * 1000 // 1


def test_log_keeps_the_order_of_events_within_a_request(edge: Edge, native: str) -> None:
    names = [f"step {number}" for number in range(50)]
    edge.post(native, [{"event": name} for name in names])
    assert stored_names() == names


def test_event_without_xdm_is_stored_with_an_empty_one(edge: Edge, collect: str) -> None:
    (event_id,) = edge.post(collect, {"event": {"data": {"a": 1}}}).event_ids
    assert stored_body(event_id)["event"] == {"xdm": {}, "data": {"a": 1}}


def test_native_takes_any_other_object_as_data(edge: Edge, native: str) -> None:
    flat = {"event": "Purchase", "data": {"value": 3}, "xdm": "none"}
    (event_id,) = edge.post(native, flat).event_ids
    assert stored_body(event_id)["event"] == {"xdm": {}, "data": flat}


def test_body_is_read_as_json_whatever_its_content_type(edge: Edge, collect: str) -> None:
    for kind in ("text/plain; charset=UTF-8", "application/x-www-form-urlencoded", ""):
        assert edge.post(collect, {"event": PURCHASE}, content_type=kind).status == 202


def test_body_may_come_in_pieces(edge: Edge, collect: str) -> None:
    pieces = [b'{"event": {"xdm": {"event', b'Type": "page', b'view"}}}']
    assert edge.request("POST", collect, pieces).status == 202
    assert stored_names() == ["pageview"]


def test_request_of_the_browser_is_stored_with_its_event(
    edge: Edge, collect: str, datastream: Datastream
) -> None:
    response = edge.post(
        f"{collect}&requestId=r-9",
        {"event": PURCHASE},
        User_Agent="Browser/1.0",
        Referer="https://shop.example/cart",
        Cookie="session=secret; _fbp=fb.1.1.2; _fbc=fb.1.1.abc",
    )
    assert stored_body(*response.event_ids)["request"] == {
        "ip": PEER,
        "userAgent": "Browser/1.0",
        "referer": "https://shop.example/cart",
        "cookies": {"_fbp": "fb.1.1.2", "_fbc": "fb.1.1.abc"},
        "datastream": datastream.public_id,
        "requestId": "r-9",
    }


def test_request_that_a_server_recorded_replaces_its_own(edge: Edge, native: str) -> None:
    recorded = {"ip": "198.51.100.1", "userAgent": "Phone", "cookies": {"_fbp": "x", "s": "y"}}
    response = edge.post(native, {**PURCHASE, "request": recorded}, User_Agent="Server/1")
    request = stored_body(*response.event_ids)["request"]
    assert request["ip"] == "198.51.100.1"
    assert request["userAgent"] == "Phone"
    assert request["cookies"] == {"_fbp": "x"}


def test_recorded_request_is_taken_out_of_a_flat_event(edge: Edge, native: str) -> None:
    response = edge.post(native, {"event": "Lead", "request": {"ip": "198.51.100.1"}})
    body = stored_body(*response.event_ids)
    assert body["event"]["data"] == {"event": "Lead"}
    assert body["request"]["ip"] == "198.51.100.1"


def test_recorded_headers_are_taken_out_of_a_flat_event_too(edge: Edge, native: str) -> None:
    headers = {"User-Agent": "Phone", "Authorization": "Bearer secret"}
    response = edge.post(native, {"event": "Lead", "request": {"headers": headers}})
    body = stored_body(*response.event_ids)
    assert body["event"]["data"] == {"event": "Lead"}
    assert body["request"]["userAgent"] == "Phone"
    assert "secret" not in str(body)


def test_recorded_request_is_not_taken_from_a_browser_protocol(edge: Edge, collect: str) -> None:
    event = {**PURCHASE, "request": {"ip": "198.51.100.1"}}
    assert stored_body(*edge.post(collect, {"event": event}).event_ids)["request"]["ip"] == PEER


def test_request_id_that_is_no_sane_text_is_replaced(edge: Edge, collect: str) -> None:
    answered = edge.post(f"{collect}&requestId=%3Cscript%3E", {"event": PURCHASE}).json["requestId"]
    assert uuid.UUID(answered)


def test_forwarded_header_of_a_stranger_is_ignored(edge: Edge, collect: str) -> None:
    response = edge.post(
        collect,
        {"event": PURCHASE},
        X_Forwarded_For="198.51.100.1",
        X_Real_IP="198.51.100.1",
        Forwarded="for=198.51.100.1",
    )
    assert stored_body(*response.event_ids)["request"]["ip"] == PEER
