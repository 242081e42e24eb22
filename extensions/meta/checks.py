"""What a schema cannot say about settings, in the words a form shows beside its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extensions.contract import JSON, Notice, Problem, Settings
from extensions.meta import custom_data, event_time, phone, server_event
from extensions.meta import vocabulary as meta
from extensions.meta.address import is_dataset, is_version
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text
from extensions.tokens import names_in, whole_token

_PARTNERS = ("partnerName", "partnerId")

# Sources whose events Meta takes only with parameters that the form does not hold.
_NEEDS_MORE = {
    "app": "Meta takes app events only with app data, which this action does not send.",
    "business_messaging": (
        "Meta takes messaging events only with a messaging channel, which this action does not "
        "send."
    ),
}
_INVALID_JSON = "Please enter a valid JSON payload."
_PURCHASE_JSON = f'{_INVALID_JSON} A Purchase needs the "currency" and "value" keys.'


def check_configuration(settings: Settings) -> Sequence[Problem]:
    """Find what is wrong with the settings of the extension."""
    return list(_configuration(settings))


def check_action(settings: Settings) -> Sequence[Problem]:
    """Find what is wrong with the settings of the action."""
    checks = (_source, _name, _time, _url, _partners, _custom_data, _test_event)
    return [problem for check in checks for problem in check(settings)]


def _configuration(settings: Settings) -> Iterator[Problem]:
    pixel = _text(settings, "pixelId")
    if not pixel:
        yield Problem("pixelId", "Please specify your Meta Pixel ID.")
    elif not _has_token(pixel) and not is_dataset(pixel):
        yield Problem("pixelId", "The Pixel ID must be a number.")
    if not _text(settings, "accessToken"):
        yield Problem("accessToken", "Please specify your access token.")
    country = _text(settings, "defaultCountry")
    if country and not phone.has_calling_code(country):
        yield Problem("defaultCountry", "The country must be a two-letter code, such as US.")
    version = _text(settings, "apiVersion")
    if version and not is_version(version):
        yield Problem("apiVersion", "The API version must look like v26.0.")


def _source(settings: Settings) -> Iterator[Problem]:
    source = _text(settings, "actionSource")
    if not source:
        yield Problem("actionSource", "Please specify the action source.")
    elif not _has_token(source):
        yield from _known_source(source)


def _known_source(text: str) -> Iterator[Problem]:
    try:
        source = server_event.action_source(text)
    except Refusal:
        yield Problem("actionSource", "Please choose one of the action sources that Meta knows.")
    else:
        if source in _NEEDS_MORE:
            yield Problem("actionSource", _NEEDS_MORE[source], "warning")


def _name(settings: Settings) -> Iterator[Problem]:
    name = _text(settings, "eventName")
    if not name:
        yield Problem("eventName", "Please specify the event name.")
        return
    notices: list[Notice] = []
    if not _has_token(name):
        server_event.event_name(name, notices)
    yield from (Problem("eventName", notice.message, "warning") for notice in notices)


def _time(settings: Settings) -> Iterator[Problem]:
    time = settings.get("eventTime")
    if time is None or time == "" or _has_token(time):
        return
    if event_time.to_seconds(time, []) is None:
        yield Problem(
            "eventTime", "Please enter Unix seconds, or a date and time with its time zone."
        )
    else:
        yield Problem(
            "eventTime", "Every event will have this same time. Use a data element.", "warning"
        )


def _url(settings: Settings) -> Iterator[Problem]:
    url = _text(settings, "eventSourceUrl")
    if not url and _text(settings, "actionSource").lower() == meta.WEBSITE:
        yield Problem("eventSourceUrl", "Please specify the event source URL.")
    if url and not url.startswith("{{") and not server_event.is_web_address(url):
        yield Problem(
            "eventSourceUrl",
            "The URL must begin with http://, https:// or be a data element.",
        )


def _partners(settings: Settings) -> Iterator[Problem]:
    missing = [key for key in _PARTNERS if not _text(settings, key)]
    if len(missing) == 1:
        yield Problem(missing[0], "Please specify both partner fields or neither.")


def _custom_data(settings: Settings) -> Iterator[Problem]:
    template = settings.get("customData")
    is_purchase = _text(settings, "eventName") == meta.PURCHASE
    if whole_token(template):
        return
    data = custom_data.parse_text(template) if isinstance(template, str) else template
    if template in (None, "", {}):
        data = {}
    if not isinstance(data, dict):
        yield Problem("customData", _PURCHASE_JSON if is_purchase else _INVALID_JSON)
    elif is_purchase and not all(_is_given(data.get(key)) for key in ("currency", "value")):
        yield Problem("customData", _PURCHASE_JSON)


def _test_event(settings: Settings) -> Iterator[Problem]:
    if settings.get("isTestEvent") and not _text(settings, "testEventCode"):
        yield Problem("testEventCode", "Please specify the test event code.")


def _has_token(value: JSON) -> bool:
    return next(names_in(value), None) is not None


def _is_given(value: JSON) -> bool:
    return value is not None and value != ""  # 0 is a value


def _text(settings: Settings, key: str) -> str:
    return as_text(settings.get(key)) or ""
