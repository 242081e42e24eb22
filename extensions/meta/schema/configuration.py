"""The settings of the installed extension."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.fields import EXTERNAL_ID_MODES
from extensions.meta.schema.parts import Field, group, secret, select, text

SETTINGS = "Settings"
NORMALISING = "Reading Customer Information"
TEST_EVENTS = "Test Events"
ADVANCED = "Advanced"

SECTIONS: dict[str, JSON] = {
    TEST_EVENTS: {
        "help": (
            "A code here makes every event of that environment a test event, unless its action "
            "has a code or a pixel of its own. Meta still counts test events."
        ),
        "help_url": meta.DOCS_TEST_EVENTS,
        "help_label": "The Test Events tool",
        "collapsed": True,
    },
    ADVANCED: {"collapsed": True},
}

FIELDS: dict[str, Field] = {
    "pixelId": text(
        "Pixel ID",
        "The number of your pixel, also called dataset, in Events Manager.",
        SETTINGS,
        required=True,
        placeholder="1234567890123456",
        help_url=meta.DOCS_PIXEL_ID,
        help_label="Where to find the Pixel ID",
    ),
    "accessToken": secret(
        "Access Token",
        "A token of a Meta System User, or one generated in Events Manager.",
        SETTINGS,
        required=True,
        help_url=meta.DOCS_ACCESS_TOKEN,
        help_label="How to generate an access token",
    ),
    "defaultCountry": text(
        "Default Country",
        "Completes telephone numbers that come without a country code. Two letters, such as US. "
        "Without it such numbers are left out.",
        NORMALISING,
        picker=False,
        placeholder="US",
        help_url=meta.DOCS_CUSTOMER_INFORMATION,
        help_label="How telephone numbers are sent",
    ),
    "dateOrder": select(
        "Dates of Birth",
        "How a date such as 03/02/1997 is read. Dates that can be read in one way only are not "
        "touched by this.",
        NORMALISING,
        (
            ("month-first", "Month first: 03/02 is March 2"),
            ("day-first", "Day first: 03/02 is 3 February"),
        ),
        help_url=meta.DOCS_CUSTOMER_INFORMATION,
        help_label="How dates of birth are sent",
    )
    | {"default": "month-first"},
    "externalIdMode": select(
        "External IDs",
        "Meta compares external ids letter by letter, so they must be sent as your pixel sends "
        "them.",
        NORMALISING,
        EXTERNAL_ID_MODES,
        help_url=meta.DOCS_CUSTOMER_INFORMATION,
        help_label="External IDs",
    )
    | {"default": EXTERNAL_ID_MODES[0][0]},
    "testEventCodes": group(
        "Test Event Codes",
        {
            stage: text(
                f"{stage.capitalize()} Test Code",
                f"Makes every event of the {stage} environment a test event. Leave empty in "
                "normal use.",
                TEST_EVENTS,
                placeholder="TEST12345",
            )
            for stage in ("development", "staging", "production")
        },
    ),
    "apiVersion": text(
        "API Version",
        f"The version of Meta's API. Empty means {meta.DEFAULT_API_VERSION}.",
        ADVANCED,
        widget="combo",
        options=[
            [version.name, f"{version.name}, of {version.released:%B %Y}"]
            for version in meta.API_VERSIONS
        ],
        picker=False,
        placeholder=meta.DEFAULT_API_VERSION,
        help_url=meta.DOCS_VERSIONS,
        help_label="Versions and how long they last",
    ),
    "appSecret": secret(
        "App Secret",
        "Only where your Meta app asks for a proof with every call (appsecret_proof). The secret "
        "itself is never sent.",
        ADVANCED,
        help_url=meta.DOCS_APP_SECRET,
        help_label="Calls that carry a proof",
    ),
    "partnerAgent": text(
        "Partner Agent",
        "How the events name their sender to Meta: name_major_minor, with no underscore in the "
        f"name. Empty means {meta.PARTNER_AGENT}.",
        ADVANCED,
        picker=False,
        placeholder=meta.PARTNER_AGENT,
        help_url=meta.DOCS_PLATFORM,
        help_label="Platforms and their names",
    ),
}
