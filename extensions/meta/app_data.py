"""App data: what Meta asks about the app and the device with every app event.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/app-data
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from extensions.contract import JSON, Compiler, Notice, Resolver, Scope, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input, is_empty, setting
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_sent, as_text, as_truth, encodable

FIELD = "app_data"
SECTION = "appData"  # the setting that holds all of these
EXTINFO = "extinfo"

_ADVERTISER_TRACKING = "advertiser_tracking_enabled"
_VERSION, _OS_VERSION = 0, 4  # the entries of extinfo that may not be empty
_VERSIONS = {"a2": "a2", "android": "a2", "i2": "i2", "ios": "i2", "ipados": "i2"}


class ExtinfoEntry(NamedTuple):
    """One of the sixteen entries, in Meta's order."""

    setting: str
    label: str
    placeholder: str


EXTINFO_ENTRIES: tuple[ExtinfoEntry, ...] = (
    ExtinfoEntry("version", "Platform", "a2 for Android, i2 for iOS"),
    ExtinfoEntry("packageName", "App Package Name", "com.example.shop"),
    ExtinfoEntry("shortVersion", "Short Version", "771"),
    ExtinfoEntry("longVersion", "Long Version", "Version 7.7.1"),
    ExtinfoEntry("osVersion", "OS Version", "18.1"),
    ExtinfoEntry("deviceModel", "Device Model", "iPhone17,1"),
    ExtinfoEntry("locale", "Locale", "en_US"),
    ExtinfoEntry("timeZoneAbbreviation", "Time Zone Abbreviation", "PST"),
    ExtinfoEntry("carrier", "Carrier", "AT&T"),
    ExtinfoEntry("screenWidth", "Screen Width", "320"),
    ExtinfoEntry("screenHeight", "Screen Height", "568"),
    ExtinfoEntry("screenDensity", "Screen Density", "2"),
    ExtinfoEntry("cpuCores", "CPU Cores", "2"),
    ExtinfoEntry("storageSize", "Storage Size in GB", "13"),
    ExtinfoEntry("freeStorage", "Free Storage in GB", "8"),
    ExtinfoEntry("timeZone", "Device Time Zone", "USA/New York"),
)


class AppText(NamedTuple):
    """A parameter of one text."""

    setting: str
    key: str
    label: str
    help: str


APP_TEXTS: tuple[AppText, ...] = (
    AppText(
        "campaignIds",
        "campaign_ids",
        "Campaign IDs",
        "The encrypted text that Meta appended to the link that opened the app.",
    ),
    AppText(
        "installReferrer",
        "install_referrer",
        "Install Referrer",
        "Where the installation came from, as the Android store says it.",
    ),
    AppText(
        "installerPackage",
        "installer_package",
        "Installer Package",
        "The Android app that installed this one.",
    ),
    AppText("vendorId", "vendor_id", "Vendor ID", "The IDFV of an iOS device."),
    AppText(
        "windowsAttributionId",
        "windows_attribution_id",
        "Windows Attribution ID",
        "The attribution token of Windows 10.",
    ),
)

UNCLEAR_TRACKING = (
    "The choice about tracking is neither true nor false. To be safe, it was sent as not allowed."
)
LEFT_OUT = Notice(
    "app_data_left_out",
    FIELD,
    "App data belongs to app events, so it was left out of this event.",
)


def compile_app_data(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that adds app data. Meta refuses an app event without it."""
    pairs = [
        *_switches(settings, compiler),
        *_texts(settings, compiler),
        *_schemes(settings, compiler),
    ]
    device = _compile_extinfo(settings, compiler)
    is_given = bool(pairs) or device is not None

    def step(draft: Draft) -> None:
        if draft.source != meta.APP:
            if is_given:
                draft.notices.append(LEFT_OUT)
            return
        data: dict[str, JSON] = {}
        for key, resolve, read in pairs:
            value = resolve(draft.scope)
            if value is not None:
                made = read(value, draft.notices)
                if made is not None and made != "":
                    data[key] = made
        if _ADVERTISER_TRACKING not in data:
            raise Refusal("missing_advertiser_tracking")
        data[EXTINFO] = _checked(None if device is None else device(draft.scope))
        draft.event[FIELD] = data

    return step


Reader = Callable[[JSON, list[Notice]], JSON]
Pair = tuple[str, Resolver, Reader]


def _switches(settings: Settings, compiler: Compiler) -> list[Pair]:
    return [
        (key, resolve, _tracking(key))
        for name, key in (
            ("advertiserTrackingEnabled", _ADVERTISER_TRACKING),
            ("applicationTrackingEnabled", "application_tracking_enabled"),
        )
        if (resolve := compile_input(settings, f"{SECTION}.{name}", compiler)) is not None
    ]


def _texts(settings: Settings, compiler: Compiler) -> list[Pair]:
    return [
        (text.key, resolve, _text(text.key))
        for text in APP_TEXTS
        if (resolve := compile_input(settings, f"{SECTION}.{text.setting}", compiler)) is not None
    ]


def _schemes(settings: Settings, compiler: Compiler) -> list[Pair]:
    resolve = compile_input(settings, f"{SECTION}.urlSchemes", compiler)
    return [] if resolve is None else [("url_schemes", resolve, _text_list)]


def _tracking(key: str) -> Reader:
    def read(value: JSON, notices: list[Notice]) -> JSON:
        choice = as_truth(value)
        if choice is None:
            notices.append(Notice("tracking_unclear", f"{FIELD}.{key}", UNCLEAR_TRACKING))
        return int(choice is True)

    return read


def _text(key: str) -> Reader:
    def read(value: JSON, notices: list[Notice]) -> JSON:
        text = as_sent(value)
        if text is None:
            notices.append(Notice("not_text", f"{FIELD}.{key}", "The value is not text."))
        return text

    return read


def _text_list(value: JSON, notices: list[Notice]) -> JSON:
    texts = [as_text(item) for item in (value if isinstance(value, list) else [value])]
    if not all(texts):
        notices.append(Notice("not_text", f"{FIELD}.url_schemes", "A value is not text."))
    return [text for text in dict.fromkeys(texts) if text] or None


def _compile_extinfo(settings: Settings, compiler: Compiler) -> Callable[[Scope], list[str]] | None:
    """Return what gives the entries: a whole list, with single entries put over it."""
    whole = compile_input(settings, f"{SECTION}.extinfoList", compiler)
    entries = [
        (index, compiler.value(template))
        for index, entry in enumerate(EXTINFO_ENTRIES)
        if not is_empty(template := setting(settings, f"{SECTION}.{EXTINFO}.{entry.setting}"))
    ]
    if whole is None and not entries:
        return None

    def extinfo(scope: Scope) -> list[str]:
        found = _entries(None if whole is None else whole(scope))
        for index, resolve in entries:
            found[index] = as_text(resolve(scope)) or found[index]
        return found

    return extinfo


def _entries(value: JSON) -> list[str]:
    """Return the sixteen entries of a list, or of JSON text; what is missing is empty text."""
    if isinstance(value, str):
        try:
            value = orjson.loads(encodable(value))
        except orjson.JSONDecodeError:
            raise Refusal("invalid_extinfo", "It is no list.") from None
    given: Sequence[JSON] = value if isinstance(value, list) else []
    if value is not None and not isinstance(value, list):
        raise Refusal("invalid_extinfo", "It is no list.")
    if len(given) > len(EXTINFO_ENTRIES):
        raise Refusal("invalid_extinfo", f"It has {len(given)} entries.")
    texts = [as_text(entry) or "" for entry in given]
    return texts + [""] * (len(EXTINFO_ENTRIES) - len(texts))


def _checked(entries: list[str] | None) -> list[str]:
    if entries is None:
        raise Refusal("missing_extinfo")
    version = _VERSIONS.get(entries[_VERSION].lower())
    if version is None:
        raise Refusal("invalid_extinfo", "The platform is neither a2 (Android) nor i2 (iOS).")
    if not entries[_OS_VERSION]:
        raise Refusal("invalid_extinfo", "The version of the operating system is empty.")
    return [version, *entries[1:]]
