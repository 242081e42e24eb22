"""What Meta takes although something about it is doubtful: warnings, never a refusal.

Meta's documentation calls some things required that its endpoint takes all the same, and advises
against others. Its answers have a place for warnings, ``messages``, and no list of what they say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from meta_sandbox import schema
from meta_sandbox.fields import JsonObject, is_partner_agent

MOST_MESSAGES: Final = 20
CLICK_LIFE_MS: Final = 90 * 86_400 * 1000

Applies: TypeAlias = Callable[[JsonObject], bool]

WEB_KEYS: Final = ("client_ip_address", "client_user_agent", "fbc", "fbp")
APP_KEYS: Final = ("anon_id", "madid")
WEB_ATTRIBUTION: Final = ("ad_id", "touchpoint_ts", "attribution_share", "attribution_value")
# Not ipaddress.is_private, which counts the addresses kept for examples among them.
INNER_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
CATALOGUE_TYPES: Final = ("product", "product_group")

STANDARD_NAMES: Final = (
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    "CompleteRegistration",
    "Contact",
    "CustomizeProduct",
    "Donate",
    "FindLocation",
    "InitiateCheckout",
    "Lead",
    "PageView",
    "Purchase",
    "Schedule",
    "Search",
    "StartTrial",
    "SubmitApplication",
    "Subscribe",
    "ViewContent",
)
_BY_LETTERS: Final = {name.lower(): name for name in STANDARD_NAMES}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something doubtful. `words` name fields and never a value."""

    applies: Applies
    words: str


def messages(body: JsonObject) -> tuple[str, ...]:
    """The warnings for a body that was taken, the first of them where there are many."""
    return tuple(islice(_messages(body), MOST_MESSAGES))


def _messages(body: JsonObject) -> Iterator[str]:
    agent = body.get("partner_agent")
    if agent is not None and not is_partner_agent(agent):
        yield "partner_agent should have the form name_major_minor."
    for index, event in enumerate(body["data"]):
        for doubt in DOUBTS:
            if doubt.applies(event):
                yield f"Event {index}: {doubt.words}"


def _source(event: JsonObject, source: str) -> bool:
    return bool(event["action_source"] == source)


def _user(event: JsonObject) -> JsonObject:
    found: dict[str, Any] = event["user_data"]
    return found


def _custom(event: JsonObject) -> JsonObject:
    found: dict[str, Any] = event.get("custom_data", {})
    return found


def _has_no_agent(event: JsonObject) -> bool:
    return _source(event, "website") and "client_user_agent" not in _user(event)


def _has_odd_address(event: JsonObject) -> bool:
    url = event.get("event_source_url")
    return url is not None and not url.startswith(("http://", "https://"))


def _has_no_id(event: JsonObject) -> bool:
    return "event_id" not in event


def _is_misspelt(event: JsonObject) -> bool:
    name = event["event_name"]
    standard = _BY_LETTERS.get("".join(name.split()).replace("_", "").lower())
    return standard not in (None, name)


def _has_odd_currency(event: JsonObject) -> bool:
    currency = _custom(event).get("currency")
    return currency is not None and currency.upper() not in schema.CURRENCIES


def _has_half_a_price(event: JsonObject) -> bool:
    custom = _custom(event)
    return ("value" in custom) != ("currency" in custom)


def _has_odd_content_type(event: JsonObject) -> bool:
    kind = _custom(event).get("content_type")
    return kind is not None and kind not in CATALOGUE_TYPES


def _cannot_be_located(event: JsonObject) -> bool:
    if not event.get("data_processing_options") or "client_ip_address" in _user(event):
        return False
    place = ("data_processing_options_country", "data_processing_options_state")
    return 0 in (event.get(key) for key in place)


def _has_private_address(event: JsonObject) -> bool:
    address = _user(event).get("client_ip_address")
    if address is None:
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in INNER_NETWORKS)


def _has_old_click(event: JsonObject) -> bool:
    fbc = _user(event).get("fbc")
    return fbc is not None and event["event_time"] * 1000 - int(fbc.split(".")[2]) > CLICK_LIFE_MS


def _has_small_click(event: JsonObject) -> bool:
    click = _user(event).get("fbc", "....").split(".")[3]
    return bool(click) and click == click.lower() and not click.isdigit()


def _has_web_keys(event: JsonObject) -> bool:
    if not _source(event, "business_messaging"):
        return False
    return "event_source_url" in event or any(key in _user(event) for key in WEB_KEYS)


def _has_app_keys(event: JsonObject) -> bool:
    return not _source(event, "app") and any(key in _user(event) for key in APP_KEYS)


def _has_stray_channel(event: JsonObject) -> bool:
    return "messaging_channel" in event and not _source(event, "business_messaging")


def _has_no_crm(event: JsonObject) -> bool:
    is_lead = _source(event, "system_generated") and "lead_id" in _user(event)
    return is_lead and _custom(event).get("event_source") != "crm"


def _appends_to_nothing(event: JsonObject) -> bool:
    return event["event_name"] == "AppendValue" and not event.get("original_event_data")


def _attributes_too_little(event: JsonObject) -> bool:
    if event["event_name"] != "AppendAttribution" or not _source(event, "website"):
        return False
    data = event.get("attribution_data", {})
    return "original_event_data" not in event or any(key not in data for key in WEB_ATTRIBUTION)


DOUBTS: Final = (
    Doubt(_has_no_agent, "a website event should have client_user_agent."),
    Doubt(_has_odd_address, "event_source_url should begin with http:// or https://."),
    Doubt(_has_no_id, "without event_id it cannot be told from the same event of a pixel."),
    Doubt(_is_misspelt, "event_name is a custom event, but nearly the name of a standard one."),
    Doubt(_has_odd_currency, "currency is not a code of ISO 4217."),
    Doubt(_has_half_a_price, "value and currency should come together."),
    Doubt(_has_odd_content_type, "content_type should be product or product_group."),
    Doubt(_cannot_be_located, "limited data use is to be located, but there is no IP address."),
    Doubt(_has_private_address, "client_ip_address belongs to a private network."),
    Doubt(_has_old_click, "the click of fbc is older than 90 days."),
    Doubt(_has_small_click, "the click id of fbc seems to have been put into lower case."),
    Doubt(_has_web_keys, "a message should have no keys of a website."),
    Doubt(_has_app_keys, "anon_id and madid are for app events only."),
    Doubt(_has_stray_channel, "messaging_channel is for business_messaging only."),
    Doubt(_has_no_crm, 'a lead of a CRM should have event_source "crm" in custom_data.'),
    Doubt(_appends_to_nothing, "AppendValue should name its event in original_event_data."),
    Doubt(_attributes_too_little, "AppendAttribution lacks parameters that the web needs."),
)
