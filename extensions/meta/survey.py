"""What only many events of one pixel together show. One event alone may be right in all of it.

Counts stand in the words, values never do. Source: Conversions API, best practices, and the
diagnostics that Events Manager shows for a dataset.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from extensions.contract import JSON, Notice
from extensions.meta import vocabulary as meta

Payload = Mapping[str, JSON]

_FEWEST_EVENTS = 20  # below it a share says nothing
# A household, an office or a mobile network share an address, and a family a mailbox, so a value
# is suspect only when it belongs to many people and to a good part of the events.
_MANY_PEOPLE = 10
_LARGE_SHARE = 0.1
_TOO_OFTEN_MISSING = 0.25
_IDENTIFIERS = ("external_id", "em", "ph", "fbp")
_BOTH_SIDES = frozenset({meta.WEBSITE, "app"})  # sources that the pixel or an SDK sends too
_WEB = frozenset({meta.WEBSITE})

# What the collector gives to an event without an id of its own: a UUID of version 7 in hex.
_OURS = re.compile(r"[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}")


@dataclass(frozen=True, slots=True)
class Shared:
    """A value of `user_data` that one person has, found on many."""

    code: str
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that too many events of these sources lack."""

    code: str
    field: str
    sources: frozenset[str]
    is_missing: Callable[[Payload], bool]
    share: float
    message: str


def survey(payloads: Sequence[Payload]) -> tuple[Notice, ...]:
    """Return what the payloads show together; nothing for a few. Quotes no values."""
    return (*_repeated(payloads), *_shared(payloads), *_missing(payloads))


def _repeated(payloads: Sequence[Payload]) -> Iterator[Notice]:
    # Messaging events are never matched by id.
    counts = Counter(
        (event["event_name"], event["event_id"])
        for event in payloads
        if event.get("event_id") and event["action_source"] != "business_messaging"
    )
    repeated = sum(count for count in counts.values() if count > 1)
    if repeated:
        message = (
            f"{_of(repeated, len(payloads), 'events')} have the event id of another one of the "
            "same name. Meta may take them for one. Give each event an id of its own."
        )
        yield Notice("event_id_repeated", "event_id", message)


def _shared(payloads: Sequence[Payload]) -> Iterator[Notice]:
    if len(payloads) < _FEWEST_EVENTS:
        return
    for rule in SHARED:
        events = _events_of_commonest(payloads, rule.key)
        if events >= _LARGE_SHARE * len(payloads):
            message = f"{_of(events, len(payloads), 'events')} {rule.message}"
            yield Notice(rule.code, f"user_data.{rule.key}", message)


def _events_of_commonest(payloads: Sequence[Payload], key: str) -> int:
    """Count the events that hold the value which most events of many different people hold."""
    events: Counter[Hashable] = Counter()
    people: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    others = [other for other in _IDENTIFIERS if other != key]
    for event in payloads:
        user = event["user_data"]
        person = tuple(_first(user.get(other)) for other in others)
        value = _first(user.get(key))
        if value is not None and any(person):
            events[value] += 1
            people[value].add(person)
    return max((n for value, n in events.items() if len(people[value]) >= _MANY_PEOPLE), default=0)


def _first(value: JSON) -> JSON:
    if isinstance(value, list):
        return value[0] if value else None
    return value


def _missing(payloads: Sequence[Payload]) -> Iterator[Notice]:
    for rule in MISSING:
        asked = [event for event in payloads if event["action_source"] in rule.sources]
        without = sum(map(rule.is_missing, asked))
        if len(asked) >= _FEWEST_EVENTS and without >= rule.share * len(asked):
            kind = "website events" if rule.sources == _WEB else "website and app events"
            message = f"{_of(without, len(asked), kind)} {rule.message}"
            yield Notice(rule.code, rule.field, message)


def _of(count: int, total: int, kind: str) -> str:
    return f"All {total} {kind}" if count == total else f"{count} of {total} {kind}"


def _lacks(key: str) -> Callable[[Payload], bool]:
    return lambda event: key not in event["user_data"]


def _has_no_own_id(event: Payload) -> bool:
    event_id = event.get("event_id")
    return not event_id or _OURS.fullmatch(event_id) is not None


SHARED: tuple[Shared, ...] = (
    Shared(
        "ip_address_shared",
        "client_ip_address",
        "have one and the same IP address, though they are of many different people. It is "
        "probably that of a server or proxy. Send the visitor's own address.",
    ),
    Shared(
        "email_shared",
        "em",
        "have one and the same e-mail address, though they are of many different people. It is "
        "probably a placeholder. Leave the field empty where no address is known.",
    ),
    Shared(
        "phone_shared",
        "ph",
        "have one and the same phone number, though they are of many different people. It is "
        "probably a placeholder. Leave the field empty where no number is known.",
    ),
    Shared(
        "external_id_shared",
        "external_id",
        "have one and the same external id, though they are of many different people. It is "
        "probably one for all guests. Leave the field empty where no id is known.",
    ),
    Shared(
        "browser_id_shared",
        "fbp",
        "have one and the same fbp, though they are of many different people. It is probably "
        "made on a server. Send the _fbp cookie of the visitor, or none.",
    ),
)

MISSING: tuple[Missing, ...] = (
    Missing(
        "no_own_event_ids",
        "event_id",
        _BOTH_SIDES,
        _has_no_own_id,
        1.0,
        "came without an event id. If the pixel sends the same events, Meta counts them twice.",
    ),
    Missing(
        "browser_id_often_missing",
        "user_data.fbp",
        _WEB,
        _lacks("fbp"),
        _TOO_OFTEN_MISSING,
        "have no fbp. Pass the _fbp cookie on to find more of your visitors.",
    ),
    Missing(
        "click_id_never_there",
        "user_data.fbc",
        _WEB,
        _lacks("fbc"),
        1.0,
        "have no fbc. If your ads bring any of these visitors, pass on the _fbc cookie or the "
        "fbclid of the page's address.",
    ),
    Missing(
        "ip_address_often_missing",
        "user_data.client_ip_address",
        _WEB,
        _lacks("client_ip_address"),
        _TOO_OFTEN_MISSING,
        "have no IP address of the visitor. Meta asks for it, IPv6 best.",
    ),
    Missing(
        "user_agent_often_missing",
        "user_data.client_user_agent",
        _WEB,
        _lacks("client_user_agent"),
        _TOO_OFTEN_MISSING,
        "have no user agent. Meta asks for the visitor's browser with every website event.",
    ),
)
