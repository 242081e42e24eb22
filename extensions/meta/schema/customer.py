"""Customer information parameters, from the table that the payload is made with."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.fields import USER_FIELDS, UserField
from extensions.meta.messaging import IDS
from extensions.meta.schema.parts import MESSAGING, Condition, Field, several, text, when_source

SECTION = "Customer Information Parameters"

SECTIONS: dict[str, JSON] = {
    SECTION: {
        "help": (
            "The more of these Meta gets, the more people it finds. Values are normalised and "
            "hashed for you, unless they are SHA-256 hashes already."
        ),
        "help_url": meta.DOCS_CUSTOMER_INFORMATION,
        "help_label": "Customer information parameters",
    }
}

# What only one kind of event has comes first: where it matters it is the best there is, and
# elsewhere it stands among the further fields.
_BEST = ("lead_id", "anon_id", "madid")

# The keys that their channel cannot do without.
_REQUIRED = {
    keys[0]: channel for channel, groups in IDS.items() for keys in groups if len(keys) == 1
}


def _field(field: UserField) -> Field:
    make = several if field.many else text
    return make(
        field.label,
        field.help,
        SECTION,
        hashed=field.is_hashed or None,
        placeholder=field.placeholder,
        help_url=field.help_url,
        help_label=f"About {field.key}",
        matters_if=_matters(field),
        required_if=_required(field),
        further=field.is_rare or None,
    )


def _matters(field: UserField) -> Condition | list[Condition] | None:
    if field.channels:
        # Also while no channel is chosen, or nothing would show what is needed.
        return [MESSAGING, {"field": "messagingChannel", "in": ["", None, *field.channels]}]
    return when_source(*field.sources) if field.sources else None


def _required(field: UserField) -> list[Condition] | None:
    channel = _REQUIRED.get(field.key)
    if channel is None:
        return None
    return [MESSAGING, {"field": "messagingChannel", "in": [channel]}]


def _leads(field: UserField) -> bool:
    return bool(field.channels) or field.key in _BEST


FIELDS: dict[str, Field] = {
    field.setting: _field(field)
    for field in sorted(USER_FIELDS, key=lambda field: not _leads(field))
}
