"""Source, name, time, addresses, and what Meta may do with the event."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Notice, Problem, Settings
from extensions.meta import event_time, limited_data, messaging, server_event
from extensions.meta import vocabulary as meta
from extensions.meta.address import is_dataset
from extensions.meta.checks.reading import has_token, is_given, source_of, text
from extensions.meta.inputs import is_automatic, setting
from extensions.meta.page import is_web_address
from extensions.meta.refusals import Refusal
from extensions.meta.sample import is_test_code
from extensions.meta.values import as_truth

_SWITCHES = ("optOut", "lduEnabled")
_NO_CODE = (
    "Without a code here, the one of the environment is used, from the settings of the "
    "extension. Where there is none either, nothing is sent."
)
_NO_CODE_FOR_PIXEL = (
    "This action has a pixel of its own, and the code of the environment is for the pixel of the "
    "extension. Without a code here, nothing is sent."
)


def _source(settings: Settings) -> Iterator[Problem]:
    source = text(settings, "actionSource")
    if not source:
        yield Problem("actionSource", "Please specify the action source.")
    elif not has_token(source) and not source_of(settings):
        yield Problem("actionSource", "Please choose one of the action sources that Meta knows.")


def _name(settings: Settings) -> Iterator[Problem]:
    name = text(settings, "eventName")
    if not name:
        yield Problem("eventName", "Please specify the event name.")
    elif not has_token(name):
        yield from _known_name(name, source_of(settings))


def _known_name(name: str, source: str) -> Iterator[Problem]:
    notices: list[Notice] = []
    server_event.event_name(name, notices)
    if source == meta.BUSINESS_MESSAGING and not messaging.is_listed(name):
        notices.append(messaging.UNLISTED_NAME)
    yield from (Problem("eventName", notice.message, "warning") for notice in notices)


def _time(settings: Settings) -> Iterator[Problem]:
    time = settings.get("eventTime")
    if not is_given(settings, "eventTime"):
        if not is_automatic(settings, "eventTime"):
            yield Problem(
                "eventTime", "Please specify the event time, or let it be filled automatically."
            )
    elif has_token(time):
        return
    elif event_time.to_seconds(time, []) is None:
        yield Problem(
            "eventTime", "Please enter Unix seconds, or a date and time with its time zone."
        )
    else:
        yield Problem(
            "eventTime", "Every event will have this same time. Use a data element.", "warning"
        )


def _addresses(settings: Settings) -> Iterator[Problem]:
    if source_of(settings) == meta.WEBSITE and not text(settings, "eventSourceUrl"):
        yield Problem("eventSourceUrl", "Please specify the event source URL.")
    for field in ("eventSourceUrl", "referrerUrl"):
        url = text(settings, field)
        if url and not url.startswith("{{") and not is_web_address(url):
            yield Problem(field, "The URL must begin with http://, https:// or be a data element.")


def _switches(settings: Settings) -> Iterator[Problem]:
    for field in _SWITCHES:
        value = setting(settings, field)
        if is_given(settings, field) and not has_token(value) and as_truth(value) is None:
            # Not an error: what cannot be read counts as on, and it always has.
            yield Problem(field, "This is neither on nor off, so it counts as on.", "warning")


def _segment(settings: Settings) -> Iterator[Problem]:
    segment = text(settings, "customerSegmentation")
    if segment and not has_token(segment) and segment not in meta.CUSTOMER_SEGMENTS:
        yield Problem("customerSegmentation", "Please choose one of the values that Meta knows.")


def _limited_data(settings: Settings) -> Iterator[Problem]:
    if not is_given(settings, "lduEnabled") or settings.get("lduEnabled") is False:
        return
    country, state = settings.get("lduCountry"), settings.get("lduState")
    country_code = limited_data.country_code(country)
    if is_given(settings, "lduCountry") and not has_token(country) and country_code is None:
        yield Problem("lduCountry", "Please enter 1 for the United States, or 0.")
    if not is_given(settings, "lduState"):
        if country_code:
            yield Problem("lduState", "Please specify the state, as the country is given.")
    elif not has_token(state) and limited_data.state_code(state) is None:
        yield Problem("lduState", "Please choose one of the states, or 0.")


def _test_event(settings: Settings) -> Iterator[Problem]:
    if not settings.get("isTestEvent"):
        return
    code = text(settings, "testEventCode")
    if not code:
        has_own_pixel = is_given(settings, "pixelId")
        yield Problem("testEventCode", _NO_CODE_FOR_PIXEL if has_own_pixel else _NO_CODE, "warning")
    elif not has_token(code) and not is_test_code(code):
        yield Problem("testEventCode", "A test event code has letters and digits only.")


def _overrides(settings: Settings) -> Iterator[Problem]:
    pixel = text(settings, "pixelId")
    if pixel and not has_token(pixel) and not is_dataset(pixel):
        yield Problem("pixelId", "The Pixel ID must be a number.")


def _channel(settings: Settings) -> Iterator[Problem]:
    channel = text(settings, "messagingChannel")
    if source_of(settings) != meta.BUSINESS_MESSAGING or has_token(channel):
        return
    if not channel:
        yield Problem("messagingChannel", "Please specify the messaging channel.")
        return
    try:
        messaging.channel_of(channel)
    except Refusal as refusal:
        yield Problem("messagingChannel", refusal.message)


CHECKS = (
    _source,
    _name,
    _channel,
    _time,
    _addresses,
    _switches,
    _segment,
    _limited_data,
    _test_event,
    _overrides,
)
