"""Another pixel or token for this action alone."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.schema.parts import Field, secret, text

SECTION = "Configuration Overrides"

SECTIONS: dict[str, JSON] = {
    SECTION: {
        "help": "Empty fields mean the settings of the extension.",
        "collapsed": True,
    }
}

FIELDS: dict[str, Field] = {
    "pixelId": text(
        "Pixel ID",
        "Sends the events of this action to another pixel. The test code of an environment "
        "belongs to the extension's pixel and is not used then: give the action a code of its own.",
        SECTION,
        placeholder="1234567890123456",
        help_url=meta.DOCS_PIXEL_ID,
        help_label="Where to find the Pixel ID",
    ),
    "accessToken": secret(
        "Access Token",
        "The token for that pixel, where the token of the extension may not send to it. The App "
        "Secret of the extension belongs to its own token and is not used then.",
        SECTION,
        help_url=meta.DOCS_ACCESS_TOKEN,
        help_label="How to generate an access token",
    ),
}
