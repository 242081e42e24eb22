"""App data: the app and the device of an app event."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.app_data import APP_TEXTS, EXTINFO, EXTINFO_ENTRIES
from extensions.meta.app_data import SECTION as SETTING
from extensions.meta.schema.parts import Field, combo, group, several, text, when_source

SECTION = "App Data"

_IS_APP = when_source(meta.APP)
_WITHOUT_LIST = [_IS_APP, {"field": f"{SETTING}.extinfoList", "in": ["", None]}]
_NEEDED = ("version", "osVersion")

SECTIONS: dict[str, JSON] = {
    SECTION: {
        "help": "Meta refuses app events without these.",
        "help_url": meta.DOCS_APP_DATA,
        "help_label": "App data parameters",
        "matters_if": _IS_APP,
    }
}


def _entry(index: int) -> Field:
    entry = EXTINFO_ENTRIES[index]
    options = (("a2", "Android"), ("i2", "iOS"))
    hints: dict[str, JSON] = {
        "placeholder": entry.placeholder,
        "required_if": _WITHOUT_LIST if entry.setting in _NEEDED else None,
        "further": None if entry.setting in _NEEDED else True,
        "help_url": meta.DOCS_APP_DATA,
        "help_label": "Extended device information",
    }
    words = f"Entry {index} of extinfo."
    if entry.setting == "version":
        return combo(entry.label, f"{words} a2 for Android, i2 for iOS.", SECTION, options, **hints)
    return text(entry.label, words, SECTION, **hints)


def _choice(title: str, description: str, **ui: JSON) -> Field:
    """Return a field for yes, no and no word at all, which are three things here."""
    field = combo(
        title,
        description,
        SECTION,
        (("1", "Allowed"), ("0", "Not allowed")),
        help_url=meta.DOCS_APP_DATA,
        help_label=title,
        **ui,
    )
    return field | {"type": ["string", "boolean", "number"]}


FIELDS: dict[str, Field] = {
    SETTING: group(
        "App Data",
        {
            "advertiserTrackingEnabled": _choice(
                "Advertiser Tracking",
                "Whether the person allows tracking (ATT on iOS 14.5 and later).",
                required_if=_IS_APP,
            ),
            "applicationTrackingEnabled": _choice(
                "Application Tracking",
                "Whether the person allows it in the settings of your app. Empty: not said.",
            ),
            "extinfoList": text(
                "Device Information",
                "A data element that gives the list of 16 entries (extinfo). The fields below "
                "stand in for its entries one by one.",
                SECTION,
                placeholder="{{Extinfo}}",
                help_url=meta.DOCS_APP_DATA,
                help_label="Extended device information",
            ),
            EXTINFO: group(
                "Device Information",
                {entry.setting: _entry(index) for index, entry in enumerate(EXTINFO_ENTRIES)},
            ),
            **{
                each.setting: text(
                    each.label,
                    each.help,
                    SECTION,
                    further=True,
                )
                for each in APP_TEXTS
            },
            "urlSchemes": several(
                "URL Schemes",
                "The URL schemes of the app.",
                SECTION,
                further=True,
            ),
        },
    )
}
