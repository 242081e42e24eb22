"""Every error of Meta that is known: what it means, what to do, and what becomes of the events.

A table, so that a new code is a new row. Meta publishes no full list for this endpoint; rows
for codes whose meaning is not established say so. The log and the docs show the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from extensions.meta import vocabulary as meta

Outcome = Literal["retry", "hold", "rejected"]

PAYLOAD_CODE = 100
METHOD_TYPE = "GraphMethodException"


@dataclass(frozen=True, slots=True)
class KnownError:
    """One row. A `subcode` of None stands for every subcode that has no row of its own.

    A text in its place is the type that Graph gives an error without a subcode.
    """

    code: int
    subcode: int | str | None
    outcome: Outcome
    title: str
    meaning: str
    advice: str
    help_url: str = meta.DOCS_ERRORS
    after_seconds: int | None = None

    @property
    def explanation(self) -> str:
        """What it means and what to do."""
        return f"{self.meaning} {self.advice}".strip()


def find(code: int, subcode: int | str | None) -> KnownError | None:
    """Return the row of the code with that subcode or type, else of the code, else None."""
    return _BY_CODE.get((code, subcode)) or _BY_CODE.get((code, None))


_WAITS = "Nothing needs to be done: the events are sent again by themselves."
_GOES_ON = "The events wait and are sent once this is fixed."


def _trouble(code: int, title: str, meaning: str) -> KnownError:
    return KnownError(code, None, "retry", title, meaning, _WAITS)


def _limit(
    code: int, of: str, subcode: int | None = None, *, after_seconds: int = meta.MINUTE
) -> KnownError:
    return KnownError(
        code,
        subcode,
        "retry",
        "Meta's rate limit is reached",
        f"Too many calls were made to Meta's API {of}.",
        _WAITS,
        meta.DOCS_RATE_LIMITS,
        after_seconds,
    )


def _permission(code: int) -> KnownError:
    return KnownError(
        code,
        None,
        "hold",
        "The access token lacks a permission",
        "Meta knows the token, but it may not send events to this pixel.",
        f"Give its system user the pixel, or generate a new token. {_GOES_ON}",
        meta.DOCS_ACCESS_TOKEN,
    )


def _token(code: int, subcode: int | None, title: str, meaning: str) -> KnownError:
    return KnownError(
        code,
        subcode,
        "hold",
        title,
        meaning,
        f"Generate a new access token and save it. {_GOES_ON}",
        meta.DOCS_ACCESS_TOKEN,
    )


def _destination(code: int, subcode: int | None) -> KnownError:
    return KnownError(
        code,
        subcode,
        "hold",
        "Meta does not find the pixel",
        "The Pixel ID is wrong, or the access token has no access to that pixel.",
        f"Compare the Pixel ID with Events Manager and assign the pixel to the token. {_GOES_ON}",
        meta.DOCS_PIXEL_ID,
    )


def _payload(
    subcode: int | None,
    title: str,
    meaning: str,
    advice: str,
    help_url: str = meta.DOCS_SERVER_EVENT,
) -> KnownError:
    return KnownError(PAYLOAD_CODE, subcode, "rejected", title, meaning, advice, help_url)


def _unclear(subcode: int) -> KnownError:
    return _payload(
        subcode,
        f"Meta refused the event (error {subcode})",
        "Meta finds the event invalid. What this error means exactly is not published.",
        "Compare the payload with an event that was delivered.",
    )


ERRORS: tuple[KnownError, ...] = (
    # Trouble on Meta's side
    _trouble(-1, "Meta had an unknown error", "Something failed at Meta."),
    _trouble(1, "Meta had an unknown error", "Something failed at Meta."),
    _trouble(2, "Meta is not available", "Meta's API is down or overloaded for the moment."),
    _trouble(5000, "Meta is not ready", "Meta cannot take uploads for the moment."),
    _trouble(21009, "Meta is not ready", "Meta cannot take uploads for the moment."),
    # Rate limits
    _limit(4, "by this app"),
    _limit(17, "by this user"),
    _limit(17, "by this user", 2446079),
    _limit(32, "for this page"),
    _limit(341, "by this app today", after_seconds=meta.HOUR),
    _limit(613, "of this kind"),
    _limit(80000, "for this business"),
    _limit(80003, "for this business"),
    _limit(80004, "for this business"),
    _limit(80014, "for this business"),
    KnownError(
        368,
        None,
        "hold",
        "Meta has blocked sending for a while",
        "Meta judged the activity to break its policies and blocks it for some time.",
        "Look for notices in Events Manager and Business Support. Sending is tried again later.",
        meta.DOCS_ERRORS,
        meta.HOUR,
    ),
    # Permissions: 200 to 299 are added below
    _permission(3),
    _permission(10),
    # The token
    _token(102, None, "The session of the token has ended", "The access token is not valid."),
    _token(190, None, "The access token is not valid", "Meta does not accept the access token."),
    _token(190, 458, "The app was removed", "The person behind the token removed its app."),
    _token(190, 459, "Meta checks the person", "The person behind the token must sign in at Meta."),
    _token(190, 460, "The password was changed", "A changed password ended the access token."),
    _token(190, 463, "The access token has expired", "The access token is past its last day."),
    _token(190, 464, "The person is not confirmed", "The person behind the token is unconfirmed."),
    _token(190, 467, "The access token was revoked", "The access token is no longer valid."),
    _token(190, 492, "The session is not valid", "The person behind the token lost the role."),
    # The pixel
    _destination(PAYLOAD_CODE, 33),
    _destination(PAYLOAD_CODE, 34),
    _destination(803, None),
    # The app secret. Wrong parameters of an event have the type OAuthException.
    KnownError(
        PAYLOAD_CODE,
        METHOD_TYPE,
        "hold",
        "Meta does not accept the app secret",
        "The app behind the access token asks for its app secret, and the one in the settings is "
        "missing, wrong or that of another app.",
        f"Copy the App Secret from the basic settings of the app that made the token. {_GOES_ON}",
        meta.DOCS_APP_SECRET,
    ),
    # Told by integrations; Meta's own pages do not list it.
    KnownError(
        2635,
        None,
        "hold",
        "The version of Meta's API has ended",
        "Meta no longer takes calls to this version of its API.",
        f"Choose a newer API version in the settings of the extension. {_GOES_ON}",
        meta.DOCS_VERSIONS,
    ),
    # The event
    _payload(
        None,
        "Meta refused the event",
        "A parameter of the event is missing or invalid.",
        "Compare the payload with Meta's parameter list.",
    ),
    _unclear(2804001),
    _payload(
        2804003,
        "The event is too old",
        "Meta takes events of the last 7 days, store events of the last 62 days.",
        "Send events sooner, and check that Event Time is the time of the event.",
    ),
    _payload(
        2804004,
        "The event lies in the future",
        "The event time is later than now.",
        "Check that Event Time is in seconds and that the clock of its source is right.",
    ),
    _unclear(2804007),
    _payload(
        2804008,
        "The contents are no list of objects",
        'The "contents" of the custom data have the wrong form.',
        "Give a list of objects, each with an id and a quantity.",
        meta.DOCS_CUSTOM_DATA,
    ),
    _payload(
        2804009,
        "The Purchase has no value",
        "Meta requires a value with every Purchase.",
        'Add "value" to the custom data, as a number.',
        meta.DOCS_CUSTOM_DATA,
    ),
    _payload(
        2804010,
        "The Purchase has no currency",
        "Meta requires a currency with every Purchase.",
        'Add "currency" to the custom data, as a three-letter code.',
        meta.DOCS_CUSTOM_DATA,
    ),
    _payload(
        2804011,
        "Meta does not know the currency",
        "The currency is invalid, or valid but not supported by Meta.",
        "Check the code. Where Meta does not support the currency, convert to one that it does.",
        meta.DOCS_CUSTOM_DATA,
    ),
    _payload(
        2804016,
        "The custom data is invalid",
        "Meta cannot read the custom data.",
        "Compare it with Meta's list of custom data parameters.",
        meta.DOCS_CUSTOM_DATA,
    ),
    _unclear(2804017),
    _payload(
        2804019,
        "A required parameter is missing",
        "A required parameter is missing or has the wrong type.",
        "Compare the payload with Meta's parameter list.",
    ),
    _payload(
        2804036,
        "The lead id is invalid",
        "Meta does not know the lead, or it was deleted.",
        "Send the lead id of 15 or 16 digits exactly as Meta gave it.",
        meta.DOCS_LEADS,
    ),
    _payload(
        2804043,
        "The app data is incomplete",
        "The extended device information of an app event is invalid.",
        "Fill in the platform and the version of the operating system in the app data.",
        meta.DOCS_APP_EVENTS,
    ),
    _unclear(2804048),
    _payload(
        2804050,
        "There is too little customer information",
        "With what the event holds, Meta cannot find a person.",
        "Add an e-mail address, a telephone number, an external id or an IP address.",
        meta.DOCS_CUSTOMER_INFORMATION,
    ),
    _payload(
        2804063,
        "The messaging channel is missing",
        "Business messaging events need their channel.",
        "Choose the messaging channel in the action, or use another action source.",
        meta.DOCS_MESSAGING,
    ),
    _payload(
        2804066,
        "The event name does not suit messaging",
        "Meta takes only certain event names for business messaging.",
        "Choose one of the names on Meta's page.",
        meta.DOCS_MESSAGING,
    ),
    _payload(
        2804069,
        "The page id is missing",
        "A messaging event lacks the id of its page.",
        "Send the page id.",
        meta.DOCS_MESSAGING,
    ),
    _payload(
        2804072,
        "The page does not belong to the click",
        "The page id is not that of the page whose ad was clicked.",
        "Send the id of the page that ran the ad.",
        meta.DOCS_MESSAGING,
    ),
    _payload(
        2804087,
        "The messaging click id is invalid",
        "Meta does not know the click to WhatsApp.",
        "Send the click id exactly as it came.",
        meta.DOCS_MESSAGING,
    ),
    _payload(
        2804116,
        "A messaging id is missing",
        "A messaging event lacks its page or WhatsApp business account.",
        "Send the id of the page or of the WhatsApp business account.",
        meta.DOCS_MESSAGING,
    ),
    _payload(
        2804132,
        "The pixel belongs to another account",
        "The dataset does not belong to that WhatsApp business account.",
        "Use the dataset that is linked to the account.",
        meta.DOCS_MESSAGING,
    ),
    *(_permission(code) for code in range(200, 300)),
)

_BY_CODE: dict[tuple[int, int | str | None], KnownError] = {
    (error.code, error.subcode): error for error in ERRORS
}
