"""What single action sources and events ask for beyond the rest."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Problem, Settings
from extensions.meta import app_data, custom_data, event_time, messaging
from extensions.meta import vocabulary as meta
from extensions.meta.checks.reading import has_token, is_given, source_of, text
from extensions.meta.fields import BY_KEY
from extensions.meta.inputs import is_automatic, is_empty, setting
from extensions.meta.refusals import Refusal
from extensions.tokens import whole_token

_ENTRIES = f"{app_data.SECTION}.{app_data.EXTINFO}"
_LIST = f"{app_data.SECTION}.extinfoList"
_TRACKING = f"{app_data.SECTION}.advertiserTrackingEnabled"
_OBJECTS = ("storeData", "attributionData")


def _website(settings: Settings) -> Iterator[Problem]:
    agent = "clientUserAgent"
    is_left_out = not is_given(settings, agent) and not is_automatic(settings, agent)
    if source_of(settings) == meta.WEBSITE and is_left_out:
        yield Problem(
            agent,
            "Meta asks for the visitor's browser with every website event. Fill it in, or let it "
            "be filled automatically.",
            "warning",
        )


def _app(settings: Settings) -> Iterator[Problem]:
    if source_of(settings) != meta.APP:
        return
    if is_empty(setting(settings, _TRACKING)):
        yield Problem(_TRACKING, "Please specify whether the person allows tracking.")
    if is_given(settings, _LIST):
        yield from _extinfo_list(settings)
        return
    for entry, words in (("version", "platform"), ("osVersion", "version of the system")):
        if not text(settings, f"{_ENTRIES}.{entry}"):
            yield Problem(f"{_ENTRIES}.{entry}", f"Please specify the {words} of the device.")


def _extinfo_list(settings: Settings) -> Iterator[Problem]:
    if not has_token(setting(settings, _LIST)):
        yield Problem(
            _LIST, "Every event will have this same device. Use a data element.", "warning"
        )


def _messaging(settings: Settings) -> Iterator[Problem]:
    chosen = text(settings, "messagingChannel")
    if source_of(settings) != meta.BUSINESS_MESSAGING or not chosen or has_token(chosen):
        return
    try:
        channel = messaging.channel_of(chosen)
    except Refusal:
        return
    for keys in messaging.IDS[channel]:
        if not any(is_given(settings, BY_KEY[key].setting) for key in keys):
            labels = " or ".join(f"the {BY_KEY[key].label}" for key in keys)
            yield Problem(BY_KEY[keys[0]].setting, f"Please specify {labels}.")


def _appended(settings: Settings) -> Iterator[Problem]:
    name = text(settings, "eventName")
    is_appended = name in (meta.APPEND_VALUE, meta.APPEND_ATTRIBUTION)
    if is_appended and not is_given(settings, "originalEventData"):
        yield Problem(
            "originalEventData.eventName",
            "Meta needs to know which earlier event this one adds to.",
            "warning",
        )
    if name == meta.APPEND_ATTRIBUTION and not is_given(settings, "attributionData"):
        yield Problem("attributionData", "Meta needs to know which ad is credited.", "warning")


def _original_time(settings: Settings) -> Iterator[Problem]:
    time = setting(settings, "originalEventData.eventTime")
    if is_empty(time) or has_token(time):
        return
    if event_time.to_seconds(time, []) is None:
        yield Problem(
            "originalEventData.eventTime",
            "Please enter Unix seconds, or a date and time with its time zone.",
        )


def _objects(settings: Settings) -> Iterator[Problem]:
    for field in _OBJECTS:
        template = settings.get(field)
        if is_empty(template) or whole_token(template):
            continue
        if fault := custom_data.fault_of(template):
            yield Problem(field, fault)


CHECKS = (_website, _app, _messaging, _appended, _original_time, _objects)
