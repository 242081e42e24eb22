"""What can be wrong with a payload, as data: the subcode and the words Meta's answer carries.

Meta publishes no list of its 2804xxx subcodes. These are the ones seen in answers to integrations.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of payload error. All have Graph code 100; `subcode` is None where Graph has none.

    `shows_place` is True where Meta's text names the parameter. For the others it does not even
    say which event of the batch is wrong.
    """

    subcode: int | None
    title: str
    message: str
    shows_place: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem found at a place: keys and list indexes from the top of the body."""

    problem: Problem
    place: tuple[str | int, ...] = ()
    detail: str = ""

    def under(self, *parents: str | int) -> Finding:
        """The same finding, seen from further up."""
        return Finding(self.problem, (*parents, *self.place), self.detail)

    @property
    def path(self) -> str:
        """The place in Meta's notation, such as ``$['data'][0]['user_data']``."""
        steps = (f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in self.place)
        return "$" + "".join(steps)

    @property
    def reason(self) -> str:
        """What is wrong and where, without any value: more than Meta tells."""
        return f"{self.path} {self.detail}" if self.detail else f"{self.path}: {self.problem.title}"

    @property
    def public_message(self) -> str:
        """The text Meta would show for it."""
        if not self.problem.shows_place:
            return self.problem.message
        return f"The parameter {self.reason}."


PARAMETER = Problem(
    2804019, "Missing or Invalid Parameter", "A parameter is missing or invalid.", shows_place=True
)
BODY = Problem(None, "Invalid parameter", "A parameter is invalid.", shows_place=True)
UNKNOWN_KEY = Problem(None, "Unknown parameter", "A parameter is not known.", shows_place=True)
TOO_OLD = Problem(
    2804003,
    "Event Timestamp Too Old",
    "The timestamp of this event is too far in the past. Send web and app events within 7 days of "
    "when they occurred, and physical store events within 62 days.",
)
IN_THE_FUTURE = Problem(
    2804004,
    "Event Timestamp in the Future",
    "The timestamp of this event is in the future. event_time is Unix time in seconds.",
)
CONTENTS = Problem(
    2804008, "Invalid Contents", "The contents parameter has to be a list of objects."
)
VALUE = Problem(
    2804009,
    "Value Missing for Purchase Event",
    "A purchase event needs value in custom_data, as a number.",
)
CURRENCY_MISSING = Problem(
    2804010,
    "Currency Missing for Purchase Event",
    "A purchase event needs currency in custom_data.",
)
CURRENCY_INVALID = Problem(
    2804011,
    "Invalid Currency",
    "The currency has to be a valid three-letter ISO 4217 code.",
)
LEAD_ID = Problem(
    2804036,
    "Invalid Lead ID",
    "The lead_id is not valid. It is an integer of 15 or 16 digits.",
)
EXTINFO = Problem(
    2804043,
    "Invalid Extended Device Information",
    "The extinfo of an app event has to be a list of 16 strings with the platform at index 0 and "
    "the OS version at index 4.",
)
MATCHING = Problem(
    2804050,
    "Insufficient Customer Information",
    "This event has no customer information parameters, or a combination of them that is too "
    "broad to be matched. Add further parameters to user_data.",
)
CHANNEL = Problem(
    2804063,
    "Messaging Channel Missing",
    "A business_messaging event needs messaging_channel: whatsapp, messenger or instagram.",
)
MESSAGING_NAME = Problem(
    2804066, "Event Name Not Allowed", "This event name is not allowed for business messaging."
)
PAGE_ID = Problem(
    2804069, "Page ID Missing", "An event of this messaging channel needs page_id in user_data."
)
WHATSAPP_ACCOUNT = Problem(
    2804116,
    "WhatsApp Business Account ID Missing",
    "A WhatsApp event needs whatsapp_business_account_id or page_id in user_data.",
)
FOREIGN_PAGE = Problem(
    2804072, "Page ID Mismatch", "The page_id is not that of the page whose ad was clicked."
)
FOREIGN_CLICK = Problem(2804087, "Invalid Click ID", "The ctwa_clid is not a known click.")
FOREIGN_ACCOUNT = Problem(
    2804132,
    "Dataset Not Linked",
    "The dataset does not belong to this WhatsApp business account.",
)
