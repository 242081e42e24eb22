"""Settings that bring out what the form says of several fields together, for the docs."""

from __future__ import annotations

from extensions.contract import Settings
from extensions.meta import vocabulary as meta

_TWICE = [{"id": "A-1", "quantity": 1}]

MISTAKES: tuple[Settings, ...] = (
    {"automatic.eventTime": False},
    {"automatic.clientUserAgent": False},
    {"lduEnabled": True, "lduCountry": "1"},
    {"lduEnabled": True, "lduCountry": "7", "lduState": "nowhere"},
    {"isTestEvent": True, "pixelId": "1234567890"},
    {"actionSource": meta.BUSINESS_MESSAGING},
    {"actionSource": meta.APP},
    {"actionSource": meta.APP, "appData.extinfoList": '["i2"]'},
    {"eventName": meta.APPEND_ATTRIBUTION},
    {"customData.content_type": "things"},
    {"customData.contents": _TWICE, "contents.items": _TWICE},
    {"customData.contents": _TWICE, "contents.list": "{{Products}}"},
    {"contents.items": _TWICE, "contents.list": "{{Products}}"},
)
