"""What holds for every input whatsoever."""

from __future__ import annotations

import json
import re

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extensions.contract import JSON, Answer, Notice, Refused, Send
from extensions.meta import birth_date, client_ip, normalise, phone
from extensions.meta import vocabulary as meta
from extensions.meta.destination import MetaDestination
from extensions.meta.draft import Draft
from extensions.meta.fields import BY_KEY, EXTERNAL_ID, USER_FIELDS, external_id
from extensions.meta.hashing import sha256
from extensions.meta.package import SEND_EVENT
from extensions.meta.user_data import compile_plan, convert, country_of
from extensions.meta.values import Context, Normaliser, as_text
from tests.extensions.meta.making import CONFIGURATION, LiteralCompiler, run, scope

# Other work on the machine must not fail a property.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

RULES: dict[str, Normaliser] = {
    "email": normalise.email,
    "name": normalise.name,
    "city": normalise.city,
    "state": normalise.state,
    "postal code": normalise.postal_code,
    "country": normalise.country,
    "gender": normalise.gender,
    "date of birth": birth_date.normalise,
    "address": client_ip.normalise,
    "click id": normalise.fb_id,
    "first five letters": normalise.first_five,
    "initial": normalise.initial,
    "lower case": normalise.lowercase,
    "day of birth": birth_date.day,
    "month of birth": birth_date.month,
    "year of birth": birth_date.year,
}

# Text as visitors send it: any character, lone surrogates too, and pieces that rules look for.
TEXT = st.one_of(
    st.text(st.characters(), max_size=40),
    st.text("0123456789+-()./ xX", max_size=20),
    st.text("aÉß\u0130\u03a3\u0301\u0327.'- @", max_size=12),
    st.sampled_from(["São Paulo", "UK", "US-CA", "16.02.1997", "fb.1.1554763741.a", "::1%eth0"]),
    st.sampled_from(["   ", "\t", "1e300", "1e400", "-1e400", "\ud800", " \udfff", "9" * 5000]),
)
NUMBERS = st.one_of(
    st.integers(), st.floats(allow_nan=True), st.sampled_from([10**400, -(10**400), 1e300, 2**63])
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)
CONTEXTS = st.builds(
    Context,
    st.sampled_from(["", "us", "ca", "de", "gb", "aq"]),
    st.sampled_from(["", "us", "it"]),
    st.just(2025),
    st.booleans(),
)
TOKENS = {field.setting: f"{{{{{field.setting}}}}}" for field in USER_FIELDS}
NAMES_OF_OTHERS = (
    "eventName", "actionSource", "eventTime", "eventId", "optOut", "customData", "messagingChannel",
    "referrerUrl", "customerSegmentation", "advancedMeasurementTable", "lduEnabled", "lduCountry",
    "lduState", "storeData", "attributionData",
)  # fmt: skip
GROUPS: dict[str, tuple[str, ...]] = {
    "appData": (
        "advertiserTrackingEnabled", "applicationTrackingEnabled", "extinfoList", "campaignIds",
        "urlSchemes",
    ),
    "originalEventData": ("eventName", "eventTime", "orderId", "eventId"),
}  # fmt: skip
OTHERS: dict[str, JSON] = {name: f"{{{{{name}}}}}" for name in NAMES_OF_OTHERS} | {
    group: {name: f"{{{{{group} {name}}}}}" for name in names} for group, names in GROUPS.items()
}
OTHERS["appData"]["extinfo"] = {"version": "a2", "osVersion": "{{appData osVersion}}"}
OTHERS["contents"] = {"list": "{{items}}", "lineTotal": "total", "sendIds": True}
TOKENS_OF_OTHERS = [
    *NAMES_OF_OTHERS,
    *(f"{group} {name}" for group, names in GROUPS.items() for name in names),
    "appData osVersion",
    "items",
]
USUAL: dict[str, JSON] = {
    "email": "a@b.example",
    "eventName": "Lead",
    "appData advertiserTrackingEnabled": 1,
    "appData osVersion": "15",
    "messagingChannel": "messenger",
    "pageId": "1",
    "pageScopedUserId": "2",
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@patient
@given(text=TEXT, context=CONTEXTS)
def test_normalising_twice_changes_nothing(rule: Normaliser, text: str, context: Context) -> None:
    once, _ = rule(as_text(text) or "", context)
    if isinstance(once, str):
        assert rule(once, context)[0] == once


@patient
@given(text=TEXT, context=CONTEXTS)
def test_normalising_a_phone_number_twice_changes_nothing(text: str, context: Context) -> None:
    once, _ = phone.normalise(as_text(text) or "", context)
    if isinstance(once, str):
        # The result is international, which is written with a plus.
        assert phone.normalise(f"+{once}", context)[0] == once


@pytest.mark.parametrize("key", [field.key for field in USER_FIELDS if field.is_hashed])
@patient
@given(seed=st.text(min_size=1), upper=st.booleans(), context=CONTEXTS)
def test_a_hash_is_never_hashed_again(key: str, seed: str, upper: bool, context: Context) -> None:
    digest = sha256(seed.encode("utf-8", "replace").decode())
    value = f" {digest.upper() if upper else digest} "

    made = convert(BY_KEY[key], value, context, [])

    assert made == ([digest] if BY_KEY[key].many else digest)


@patient
@given(value=ANY_JSON, context=CONTEXTS)
def test_a_hashed_field_gives_hashes_or_nothing(value: JSON, context: Context) -> None:
    for field in USER_FIELDS:
        if field.is_hashed:
            made = convert(field, value, context, [])
            items = made if isinstance(made, list) else [made]
            assert made is None or all(_is_hash(item) for item in items)


@pytest.mark.parametrize("mode", ["hash", "lowercase", "as-is"])
@patient
@given(value=ANY_JSON, country=st.sampled_from(["", "us", "de"]))
def test_the_short_way_and_the_long_way_give_the_same(mode: str, value: JSON, country: str) -> None:
    configuration = {"externalIdMode": mode, "defaultCountry": country}
    compiler = LiteralCompiler({**CONFIGURATION, **configuration})
    for field in USER_FIELDS:
        field = external_id(mode) if field is EXTERNAL_ID else field
        plan = compile_plan({field.setting: "{{value}}"}, compiler, "other")
        draft = Draft(scope(event={"data": {"value": value}}))
        notices: list[Notice] = []
        own = country_of(value) if field.key == "country" else ""

        short = plan.fill(draft).get(field.key)

        long = convert(field, value, Context(own, country, 2025), notices)
        assert (short, draft.notices) == (long, notices)


@patient
@given(
    source=st.sampled_from([source for source, _ in meta.ACTION_SOURCES]),
    data=st.fixed_dictionaries({}, optional=dict.fromkeys([*TOKENS, *TOKENS_OF_OTHERS], ANY_JSON)),
    request=st.dictionaries(st.sampled_from(["ip", "userAgent", "cookies", "referer"]), ANY_JSON),
    xdm=ANY_JSON,
    mode=st.sampled_from(["hash", "lowercase", "as-is"]),
)
def test_nothing_raises_and_every_payload_can_be_written(
    source: str, data: dict[str, JSON], request: dict[str, JSON], xdm: JSON, mode: str
) -> None:
    event = {"xdm": xdm, "data": {**USUAL, "actionSource": source, **data}}
    configuration = {**CONFIGURATION, "externalIdMode": mode}
    action = SEND_EVENT.compile(
        {"eventSourceUrl": "https://shop.example/", **TOKENS, **OTHERS},
        LiteralCompiler(configuration),
    )

    result = action(scope(event=event, request=request))

    assert isinstance(result, Send | Refused)
    if isinstance(result, Send):
        orjson.dumps(result.payload)


@pytest.mark.parametrize("source", [source for source, _ in meta.ACTION_SOURCES])
def test_the_usual_values_of_the_property_above_are_sent(source: str) -> None:
    action = SEND_EVENT.compile(
        {"eventSourceUrl": "https://shop.example/", **TOKENS, **OTHERS}, LiteralCompiler()
    )
    event = {"xdm": {}, "data": {**USUAL, "actionSource": source}}

    assert isinstance(action(scope(event=event)), Send)


FBC = re.compile(r"fb\.[0-9]\.[0-9]{13}\.[^.\s\x00-\x1f\x7f]+(\.[A-Za-z0-9_-]+)?")


@patient
@given(
    url=st.one_of(TEXT, TEXT.map(lambda text: f"https://s.example/?fbclid={text}"), ANY_JSON),
    cookie=st.one_of(TEXT, TEXT.map(lambda text: f"fb.1.1759000000000.{text}"), ANY_JSON),
)
def test_fbc_is_sound_or_left_out(url: JSON, cookie: JSON) -> None:
    settings = {"referrerUrl": "{{url}}"}
    result = run(settings, {"url": url}, request={"cookies": {"_fbc": cookie}})

    assert isinstance(result, Send)
    fbc = result.payload["user_data"].get("fbc")
    assert fbc is None or FBC.fullmatch(fbc)


NAMES = st.text(st.characters(categories=["Lu", "Ll"]), min_size=4, max_size=12)


@patient
@given(name=NAMES, number=st.integers(10**6, 10**7 - 1), upper=st.booleans())
def test_no_raw_value_of_a_hashed_field_is_in_the_payload(
    name: str, number: int, upper: bool
) -> None:
    marked = f"zqx{name}"
    raw: dict[str, JSON] = {
        "email": f"{marked}@{marked}.example",
        "phone": f"+49170{number}",
        "firstName": marked,
        "lastName": f"O'{marked}",
        "city": [marked, marked.upper() if upper else marked],
        "state": marked,
        "zip": f"{number}",
        "externalId": f"{marked}-{number}",
        "country": marked,
        "gender": marked,
        "dob": marked,
        "f5first": marked,
        "f5last": marked,
        "firstInitial": marked,
        "birthDay": marked,
        "birthMonth": marked,
        "birthYear": marked,
    }
    assert raw.keys() == {field.setting for field in USER_FIELDS if field.is_hashed}
    result = run({key: [TOKENS[key], TOKENS[key]] for key in raw}, raw)

    assert isinstance(result, Send)
    written = orjson.dumps(result.payload).decode()
    hints = repr((result.notices, result.origins))
    assert "zqx" not in written.lower()
    assert "zqx" not in hints.lower()
    assert f'"{number}"' not in written


def _json(value: JSON) -> bytes:
    return json.dumps(value).encode()


ERRORS = st.fixed_dictionaries(
    {},
    optional={
        "code": st.one_of(st.sampled_from([1, 4, 100, 190, 368, "190"]), ANY_JSON),
        "error_subcode": st.one_of(st.sampled_from([33, 463, 2804003]), ANY_JSON),
        "is_transient": ANY_JSON,
        "error_user_msg": ANY_JSON,
        "fbtrace_id": ANY_JSON,
    },
)


@patient
@given(
    status=st.integers(0, 999),
    headers=st.dictionaries(
        st.sampled_from(
            ["retry-after", "date", "x-app-usage", "x-business-use-case-usage", "x-fb-trace-id"]
        ),
        st.one_of(TEXT, ANY_JSON.map(json.dumps)),
    ),
    body=st.one_of(
        st.binary(max_size=60),
        ANY_JSON.map(_json),
        st.fixed_dictionaries({"error": ANY_JSON}).map(_json),
        st.fixed_dictionaries({"error": ERRORS}).map(_json),
        st.fixed_dictionaries(
            {},
            optional={"events_received": ANY_JSON, "messages": ANY_JSON, "fbtrace_id": ANY_JSON},
        ).map(_json),
    ),
    failure=st.sampled_from(["", "", "", "connect", "timeout", "broken", "tls", "other"]),
    count=st.integers(1, 1000),
)
def test_reading_an_answer_never_raises(
    status: int, headers: dict[str, str], body: bytes, failure: str, count: int
) -> None:
    answer = Answer(status, headers, body, failure)

    for verdict in (MetaDestination().read(answer, count), MetaDestination().read_probe(answer)):
        assert verdict.outcome in {"delivered", "retry", "hold", "rejected"}
        assert verdict.reason
        assert verdict.title


def _is_hash(value: JSON) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
