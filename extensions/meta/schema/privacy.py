"""Limited Data Use and consent."""

from __future__ import annotations

from extensions.consent_values import DEFAULT_PURPOSE
from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.schema.parts import Field, combo, switch, text

LIMITED = "Limited Data Use"
CONSENT = "Consent"

SECTIONS: dict[str, JSON] = {
    LIMITED: {
        "help": "For people in some states of the US. Meta then limits what it does with the data.",
        "help_url": meta.DOCS_LIMITED_DATA_USE,
        "help_label": "Limited Data Use and data processing options",
    },
    CONSENT: {
        "help": (
            "With a data element here, an event is sent only when it says that the person has "
            "agreed. Others end as “consent denied” in the log."
        ),
    },
}

_ON = {"field": "lduEnabled", "in": [True]}

FIELDS: dict[str, Field] = {
    "lduEnabled": switch(
        "Enable Limited Data Use",
        "Off, always on, or decided by a data element. A value that cannot be read counts as on.",
        LIMITED,
    )
    | {"default": False},
    "lduCountry": combo(
        "Country",
        "Empty or 0: Meta finds the country by the visitor's IP address.",
        LIMITED,
        [(str(code), label) for code, label in meta.LDU_COUNTRIES],
        show_if=_ON,
        help_url=meta.DOCS_LIMITED_DATA_USE,
        help_label="Country codes",
    )
    | {"type": ["string", "number"]},
    "lduState": combo(
        "State",
        "Meta's number, the name or the two letters of the state. Empty or 0: Meta finds the "
        "state by the visitor's IP address. Needed with a country, and without an IP address.",
        LIMITED,
        [(str(code), label) for code, _, label in meta.LDU_STATES],
        show_if=_ON,
        required_if=[_ON, {"field": "lduCountry", "in": ["1", 1]}],
        help_url=meta.DOCS_LIMITED_DATA_USE,
        help_label="State codes",
    )
    | {"type": ["string", "number"]},
    "consent": text(
        "Consent",
        "A data element that is true, or a list or an object of purposes. Empty: every event is "
        "sent. Missing, false or unreadable on an event: that event is not sent.",
        CONSENT,
        placeholder="{{Consent}}",
    ),
    "consentPurpose": text(
        "Purpose",
        f"The purpose that has to be among those the person agreed to. Empty: {DEFAULT_PURPOSE}.",
        CONSENT,
        picker=False,
        placeholder=DEFAULT_PURPOSE,
    ),
}
