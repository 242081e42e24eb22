"""The checks of one request body, pure: JSON and the time go in, the first finding comes out.

As at Meta, one bad event refuses the whole request, so the first finding is all anyone needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Final, TypeAlias

from meta_sandbox import problems, schema
from meta_sandbox.fields import JsonObject, Rule
from meta_sandbox.problems import Finding, Problem

DAY_SECONDS: Final = 86_400
OLDEST_SECONDS: Final = 7 * DAY_SECONDS
OLDEST_IN_STORE_SECONDS: Final = 62 * DAY_SECONDS
CLOCK_SKEW_SECONDS: Final = 60
MOST_EVENTS: Final = 1000

BODY_KEYS: Final = frozenset({"data", "access_token", *schema.BODY_FIELDS})

# A key is the sender's text too: only one that looks like a parameter is worth repeating.
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_]{1,40}")

Check: TypeAlias = Callable[[JsonObject, float], Finding | None]


def check_body(body: JsonObject, now: float) -> Finding | None:
    """Check a whole request body; `now` is Unix time in seconds."""
    return (
        unknown_key(body, BODY_KEYS)
        or broken_field(body, schema.BODY_FIELDS)
        or _check_data(body.get("data"), now)
    )


def _check_data(data: object, now: float) -> Finding | None:
    if data is None:
        return Finding(problems.BODY, ("data",), "is required")
    if not isinstance(data, list):
        return Finding(problems.BODY, ("data",), "must be a list of events")
    if not 1 <= len(data) <= MOST_EVENTS:
        return Finding(problems.BODY, ("data",), f"must hold 1 to {MOST_EVENTS} events")
    for index, event in enumerate(data):
        if finding := check_event(event, now):
            return finding.under("data", index)
    return None


def check_event(event: object, now: float) -> Finding | None:
    """Check one item of `data`; `now` is Unix time in seconds."""
    if not isinstance(event, dict):
        return Finding(problems.PARAMETER, (), "must be an object")
    return first(check(event, now) for check in EVENT_CHECKS)


def first(findings: Iterable[Finding | None]) -> Finding | None:
    """The first that is a finding."""
    return next((finding for finding in findings if finding), None)


def missing(item: Mapping[str, object], keys: Iterable[str], problem: Problem) -> Finding | None:
    """The first of `keys` that is absent or null."""
    for key in keys:
        if item.get(key) is None:
            return Finding(problem, (key,), "is required")
    return None


def unknown_key(item: Mapping[str, object], known: Set[str]) -> Finding | None:
    """The first key that no table knows."""
    if item.keys() <= known:
        return None
    key = next(key for key in item if key not in known)
    name = f'"{key}"' if _PLAIN_KEY.fullmatch(key) else "that is not a plain name"
    return Finding(problems.UNKNOWN_KEY, (), f"holds a key {name}, which is not known")


def broken_field(item: Mapping[str, object], table: Mapping[str, Rule]) -> Finding | None:
    """The first field that breaks its rule; fields without a rule pass."""
    for key, value in item.items():
        rule = table.get(key)
        if rule is not None and not rule.holds(value):
            return rule.broken(key)
    return None


def _required(event: JsonObject, _now: float) -> Finding | None:
    return missing(event, schema.REQUIRED_FIELDS, problems.PARAMETER)


def _fields(event: JsonObject, _now: float) -> Finding | None:
    table = schema.EVENT_FIELDS
    return unknown_key(event, table.keys()) or broken_field(event, table)


def _age(event: JsonObject, now: float) -> Finding | None:
    in_store = event["action_source"] == "physical_store"
    oldest = OLDEST_IN_STORE_SECONDS if in_store else OLDEST_SECONDS
    age = now - event["event_time"]
    if age > oldest:
        return Finding(problems.TOO_OLD, ("event_time",))
    if age < -CLOCK_SKEW_SECONDS:
        return Finding(problems.IN_THE_FUTURE, ("event_time",))
    return None


def _limited_data_use(event: JsonObject, _now: float) -> Finding | None:
    needed = []
    if event.get("data_processing_options"):
        needed.append("data_processing_options_country")
    if "data_processing_options_country" in event:
        needed.append("data_processing_options_state")
    return missing(event, needed, problems.PARAMETER)


def _original_event(event: JsonObject, _now: float) -> Finding | None:
    original = event.get("original_event_data", {})
    table = schema.ORIGINAL_EVENT_FIELDS
    finding = unknown_key(original, table.keys()) or broken_field(original, table)
    return finding and finding.under("original_event_data")


def _attribution(event: JsonObject, _now: float) -> Finding | None:
    finding = broken_field(event.get("attribution_data", {}), schema.ATTRIBUTION_FIELDS)
    return finding and finding.under("attribution_data")


def _user_data(event: JsonObject, _now: float) -> Finding | None:
    user = event["user_data"]
    table = schema.USER_FIELDS
    finding = unknown_key(user, table.keys()) or broken_field(user, table)
    return finding and finding.under("user_data")


def _matching(event: JsonObject, _now: float) -> Finding | None:
    keys = event["user_data"].keys()
    if any(keys <= broad for broad in schema.BROAD_KEYS):
        return Finding(problems.MATCHING, ("user_data",))
    return None


def _custom_data(event: JsonObject, _now: float) -> Finding | None:
    custom = event.get("custom_data", {})
    table = schema.CUSTOM_FIELDS
    finding = (
        (_purchase(custom) if event["event_name"] == "Purchase" else None)
        or broken_field(custom, table)
        or _contents(custom)
    )
    return finding and finding.under("custom_data")


def _purchase(custom: JsonObject) -> Finding | None:
    return (
        missing(custom, ("value",), problems.VALUE)
        or broken_field(custom, schema.PURCHASE_FIELDS)
        or missing(custom, ("currency",), problems.CURRENCY_MISSING)
        or _iso(custom)
    )


def _iso(custom: JsonObject) -> Finding | None:
    currency = custom["currency"]
    if isinstance(currency, str) and currency.upper() in schema.CURRENCIES:
        return None
    return Finding(problems.CURRENCY_INVALID, ("currency",))


def _contents(custom: JsonObject) -> Finding | None:
    for index, item in enumerate(custom.get("contents", [])):
        finding = missing(item, schema.CONTENT_REQUIRED, problems.PARAMETER) or broken_field(
            item, schema.CONTENT_FIELDS
        )
        if finding:
            return finding.under("contents", index)
    return None


def _app_data(event: JsonObject, _now: float) -> Finding | None:
    app, table = event.get("app_data", {}), schema.APP_FIELDS
    finding = unknown_key(app, table.keys()) or broken_field(app, table)
    return finding and finding.under("app_data")


def _action_source(event: JsonObject, _now: float) -> Finding | None:
    check = SOURCE_CHECKS.get(event["action_source"])
    return check(event) if check else None


def _website(event: JsonObject) -> Finding | None:
    return missing(event, ("event_source_url",), problems.PARAMETER)


def _app(event: JsonObject) -> Finding | None:
    app = event.get("app_data")
    if app is None:
        return Finding(problems.PARAMETER, ("app_data",), "is required")
    finding = missing(app, ("advertiser_tracking_enabled",), problems.PARAMETER) or missing(
        app, ("extinfo",), problems.EXTINFO
    )
    return finding and finding.under("app_data")


def _business_messaging(event: JsonObject) -> Finding | None:
    channel = event.get("messaging_channel")
    if channel not in schema.MESSAGING_CHANNELS:
        return Finding(problems.CHANNEL, ("messaging_channel",))
    if event["event_name"] not in schema.MESSAGING_EVENT_NAMES:
        return Finding(problems.MESSAGING_NAME, ("event_name",))
    return _messaging_ids(event["user_data"], channel)


def _messaging_ids(user: JsonObject, channel: str) -> Finding | None:
    for keys, problem in MESSAGING_IDS[channel]:
        if not any(key in user for key in keys):
            return Finding(problem, ("user_data", keys[0]), "is required")
    return _foreign_id(user)


def _foreign_id(user: JsonObject) -> Finding | None:
    for key, problem in FOREIGN_IDS.items():
        if user.get(key, "").startswith(NOBODYS):
            return Finding(problem, ("user_data", key))
    return None


# For each channel the ids it needs; of the keys that stand together any one is enough.
MESSAGING_IDS: Final[dict[str, tuple[tuple[tuple[str, ...], Problem], ...]]] = {
    "whatsapp": (
        (("ctwa_clid",), problems.PARAMETER),
        (("whatsapp_business_account_id", "page_id"), problems.WHATSAPP_ACCOUNT),
    ),
    "messenger": (
        (("page_id",), problems.PAGE_ID),
        (("page_scoped_user_id",), problems.PARAMETER),
    ),
    "instagram": (
        (("ig_sid",), problems.PARAMETER),
        (("instagram_business_account_id", "ig_account_id"), problems.PARAMETER),
    ),
}

# Whose an id is only Meta knows. Here those that begin like this belong to somebody else.
NOBODYS: Final = "000"
FOREIGN_IDS: Final[dict[str, Problem]] = {
    "ctwa_clid": problems.FOREIGN_CLICK,
    "page_id": problems.FOREIGN_PAGE,
    "whatsapp_business_account_id": problems.FOREIGN_ACCOUNT,
}

SOURCE_CHECKS: Final[dict[str, Callable[[JsonObject], Finding | None]]] = {
    "website": _website,
    "app": _app,
    "business_messaging": _business_messaging,
}

# In this order: later checks rely on the required fields being there with their types.
EVENT_CHECKS: Final[tuple[Check, ...]] = (
    _required,
    _fields,
    _age,
    _limited_data_use,
    _original_event,
    _attribution,
    _user_data,
    _app_data,
    _action_source,
    _matching,
    _custom_data,
)
