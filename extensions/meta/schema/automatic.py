"""Parameters that are filled by themselves while their field is empty."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.schema.parts import Field, checkbox, group

SECTION = "Automatic Parameters"

SECTIONS: dict[str, JSON] = {
    SECTION: {
        "help": (
            "These are filled by themselves while their field is empty; the log says where each "
            "value came from. What you fill in yourself is never touched."
        ),
        "collapsed": True,
    }
}

# Setting, title, what it is filled with, and Meta's page.
_PARAMETERS = (
    (
        "eventTime",
        "Event Time",
        "The timestamp that the event carries, else when it was received.",
        f"{meta.DOCS_SERVER_EVENT}#event-time",
    ),
    (
        "eventId",
        "Event ID",
        "The id that the event carries (xdm._id), else our own.",
        meta.DOCS_DEDUPLICATION,
    ),
    (
        "clientIpAddress",
        "Client IP Address",
        "The visitor's address. Website events only.",
        meta.DOCS_CUSTOMER_INFORMATION,
    ),
    (
        "clientUserAgent",
        "Client User Agent",
        "The visitor's browser. Website events only.",
        meta.DOCS_CUSTOMER_INFORMATION,
    ),
    (
        "fbp",
        "Browser ID (fbp)",
        "The _fbp cookie. Website events only.",
        meta.DOCS_CLICK_AND_BROWSER_ID,
    ),
    (
        "fbc",
        "Click ID (fbc)",
        "The _fbc cookie, or made from fbclid in the page's address. Website events only.",
        meta.DOCS_CLICK_AND_BROWSER_ID,
    ),
)

FIELDS: dict[str, Field] = {
    "automatic": group(
        "Automatic Parameters",
        {
            setting: checkbox(
                title, words, SECTION, default=True, help_url=url, help_label=f"About {title}"
            )
            for setting, title, words, url in _PARAMETERS
        },
    )
}
