"""What ours and Meta's libraries make of an input."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from capi_param_builder import ParamBuilder, PlainDataObject, param_builder
from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.content import Content
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.user_data import UserData

from extensions.contract import JSON, Send
from extensions.meta import custom_data
from extensions.meta.fields import BY_KEY
from extensions.meta.hashing import is_sha256, sha256
from extensions.meta.user_data import convert
from extensions.meta.values import Context
from tests.comparison.case import Case, Raises, Visit
from tests.extensions.meta.making import NOW, run

YEAR = 2025
_SDK_NAMES = {
    "em": "email",
    "ph": "phone",
    "fn": "first_name",
    "ln": "last_name",
    "db": "date_of_birth",
    "ge": "gender",
    "ct": "city",
    "st": "state",
    "zp": "zip_code",
    "country": "country_code",
}
_DOMAINS = ["shop.example", "shop.co.uk"]
_SDK_CUSTOMER = frozenset(
    {*_SDK_NAMES.values(), "external_id", "client_ip_address", "client_user_agent", "fbc", "fbp"}
)
_SDK_CUSTOM = frozenset({"value", "currency", "order_id", "content_type"})


def our_customer(case: Case) -> JSON:
    """What `user_data` holds of ours; a hash of the expected text stands as that text."""
    made = convert(BY_KEY[case.key], case.given, Context(case.country, case.country, YEAR), [])
    return _readable(made, case.ours)


def their_customer(case: Case) -> JSON:
    """What the SDK's `user_data` holds, or what it raises."""
    try:
        data = UserData(**{_SDK_NAMES.get(case.key, case.key): case.given}).normalize()
    except (TypeError, ValueError) as error:
        return Raises(type(error).__name__)
    return _readable(data.get(case.key), case.of_theirs)


def _readable(sent: JSON, expected: JSON) -> JSON:
    if not isinstance(expected, str) or not isinstance(sent, list):
        return sent
    (value,) = sent
    is_expected = value == (expected if is_sha256(expected) else sha256(expected))
    return expected if is_expected or value == expected else value


def our_custom(case: Case) -> JSON:
    """What ours makes of one key of the custom data."""
    return custom_data.build({case.key: case.given}, "Lead", []).get(case.key)


def their_custom(case: Case) -> JSON:
    """What the SDK makes of it, or what it raises."""
    given = case.given
    if case.key == "contents":
        given = [Content(item["id"], quantity=item.get("quantity")) for item in given]
    try:
        data = CustomData(**{case.key: given}).normalize()
    except (TypeError, ValueError) as error:
        return Raises(type(error).__name__)
    return data.get(case.key)


def our_event(whole: dict[str, Any]) -> dict[str, JSON]:
    """Our payload of the whole event."""
    customer = {"country_code": "country", "zip_code": "zip", "date_of_birth": "dob"}
    settings: dict[str, JSON] = {
        "eventName": whole["event_name"],
        "eventTime": str(whole["event_time"]),
        "eventId": whole["event_id"],
        "eventSourceUrl": whole["event_source_url"],
        "referrerUrl": whole["referrer_url"],
        "optOut": whole["opt_out"],
        "customData": {key: whole[key] for key in (*_SDK_CUSTOM, "contents")},
    }
    settings |= {customer.get(key, _camel(key)): whole[key] for key in _SDK_CUSTOMER & whole.keys()}
    send = run(settings)
    assert isinstance(send, Send), send
    return dict(send.payload)


def their_event(whole: dict[str, Any]) -> dict[str, JSON]:
    """The SDK's payload of the whole event."""
    contents = [
        Content(product_id=item["id"], **{key: item[key] for key in item if key != "id"})
        for item in whole["contents"]
    ]
    event = Event(
        event_name=whole["event_name"],
        event_time=whole["event_time"],
        event_id=whole["event_id"],
        event_source_url=whole["event_source_url"],
        referrer_url=whole["referrer_url"],
        opt_out=whole["opt_out"],
        action_source=ActionSource.WEBSITE,
        user_data=UserData(**{key: whole[key] for key in _SDK_CUSTOMER & whole.keys()}),
        custom_data=CustomData(contents=contents, **{key: whole[key] for key in _SDK_CUSTOM}),
    )
    made: dict[str, JSON] = event.normalize()
    return made


def our_visit(case: Case) -> JSON:
    """What our payload of a page view holds, a minute after the event."""
    visit: Visit = case.given
    settings = {"eventSourceUrl": visit.url, "eventTime": str(NOW - 60)}
    if visit.referrer:
        settings["referrerUrl"] = visit.referrer
    send = run(settings, request={"cookies": dict(visit.cookies)})
    assert isinstance(send, Send), send
    return send.payload.get(case.key) or send.payload["user_data"].get(case.key)


def their_visit(case: Case, monkeypatch: pytest.MonkeyPatch) -> JSON:
    """What the parameter builder gives for the request, its clock and chance held still."""
    monkeypatch.setattr(param_builder, "time", SimpleNamespace(time=lambda: NOW))
    chance = SimpleNamespace(randint=lambda low, high: 1116446470)
    monkeypatch.setattr(param_builder, "random", chance)
    visit: Visit = case.given
    parts = urlsplit(visit.url)
    builder = ParamBuilder(_DOMAINS)
    builder.process_request_from_context(
        PlainDataObject(
            host=parts.netloc,
            query_params=parse_qs(parts.query),
            cookies=dict(visit.cookies),
            referer=visit.referrer or None,
            x_forwarded_for=None,
            remote_address=None,
            scheme=parts.scheme,
            request_uri=visit.url.partition(parts.netloc)[2],
        )
    )
    made: JSON = getattr(builder, f"get_{case.key}")()
    return made


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word.title() for word in rest)
