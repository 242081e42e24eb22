"""Sending as a test event."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.schema.parts import Field, checkbox, text

SECTION = "Test Event"

SECTIONS: dict[str, JSON] = {
    SECTION: {"help_url": meta.DOCS_TEST_EVENTS, "help_label": "The Test Events tool"}
}

FIELDS: dict[str, Field] = {
    "isTestEvent": checkbox(
        "Send as Test Event",
        "Shows the event under Test Events in Events Manager. Meta still counts it, so switch "
        "this off when you are done.",
        SECTION,
        default=False,
    ),
    "testEventCode": text(
        "Test Event Code",
        "The code that Events Manager shows under Test Events. Empty means the code of the "
        "environment, from the settings of the extension.",
        SECTION,
        placeholder="TEST12345",
        show_if={"field": "isTestEvent", "in": [True]},
    ),
}
