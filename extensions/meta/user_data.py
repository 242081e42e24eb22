"""Customer information: compiled once per build, then filled per event.

What can be decided when a build is compiled is: settings left empty cost nothing later, and
values without data elements are normalised and hashed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from extensions.contract import JSON, Compiler, Notice, Resolver, Scope, Settings
from extensions.meta import countries
from extensions.meta.fields import BY_KEY, USER_FIELDS, UserField
from extensions.meta.values import NOT_TEXT, Context, Fault, as_sent, as_text

ONE_VALUE_ONLY = Fault(
    "one_value_only", "Meta takes one value here. The first usable one of the list was sent."
)

_NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """How to fill `user_data`: what is known already, and what each event has to give."""

    known: Mapping[str, JSON]
    notices: tuple[Notice, ...]
    mapped: tuple[tuple[UserField, Resolver], ...]
    country: Resolver | None
    phone_country: str

    def fill(self, scope: Scope, notices: list[Notice]) -> dict[str, JSON]:
        """Return `user_data` for one event. Values that cannot be right become notices."""
        notices.extend(self.notices)
        data = dict(self.known)
        context = self._context(scope)
        for field, resolve in self.mapped:
            value = resolve(scope)
            if value is None or value == "":
                continue
            prepared = convert(field, value, context, notices)
            if prepared is not None:
                data[field.key] = prepared
        return data

    def _context(self, scope: Scope) -> Context:
        # State, postal code and phone are read by the country, so it is needed before them.
        country = country_of(self.country(scope)) if self.country else ""
        return Context(country, self.phone_country, datetime.fromtimestamp(scope.now, UTC).year)


def compile_plan(
    settings: Settings, compiler: Compiler, phone_country: str, *, automatic: bool
) -> CustomerPlan:
    """Prepare the filling of `user_data`.

    With `automatic`, fields left empty come from the visitor's request where it has them. A
    field that is mapped to a data element is never filled so: its author has said where the
    value comes from, and the request may be one of a server.
    """
    known: dict[str, JSON] = {}
    notices: list[Notice] = []
    mapped: list[tuple[UserField, Resolver]] = []
    for field in USER_FIELDS:
        template = settings.get(field.setting)
        if template is None or template in ("", []):
            if automatic and field.automatic:
                mapped.append((field, _from_request(field.automatic)))
        elif compiler.constant(template) and not field.needs_context:
            prepared = convert(field, template, _NO_CONTEXT, notices)
            if prepared is not None:
                known[field.key] = prepared
        else:
            mapped.append((field, compiler.value(template)))
    country = settings.get(BY_KEY["country"].setting)
    return CustomerPlan(
        known,
        tuple(notices),
        tuple(mapped),
        compiler.value(country) if country else None,
        phone_country,
    )


def convert(field: UserField, value: JSON, context: Context, notices: list[Notice]) -> JSON:
    """Return what is sent for any JSON value; None, perhaps with a notice, to leave it out."""
    if isinstance(value, list):
        return _several(field, value, context, notices)
    prepared = _one(field, value, context, notices)
    return [prepared] if field.many and prepared is not None else prepared


def _several(field: UserField, values: list[JSON], context: Context, notices: list[Notice]) -> JSON:
    prepared = [
        made for value in values if (made := _one(field, value, context, notices)) is not None
    ]
    if not prepared:
        return None
    if field.many:
        # In stable order, so that every attempt has the same bytes.
        return list(dict.fromkeys(prepared))
    if len(values) > 1:
        notices.append(_notice(field, ONE_VALUE_ONLY))
    return prepared[0]


def country_of(value: JSON) -> str:
    """Return the first country that the value names, as alpha-2 in lower case, or nothing."""
    for item in value if isinstance(value, list) else (value,):
        text = as_text(item)
        if text and (code := countries.find(text)):
            return code
    return ""


def _one(
    field: UserField, value: JSON, context: Context, notices: list[Notice]
) -> str | int | None:
    if value is None:
        return None
    text = as_sent(value) if field.verbatim else as_text(value)
    if text is None:
        notices.append(_notice(field, NOT_TEXT))
    if not text:
        return None
    prepared, fault = field.prepare(text, context)
    if fault is not None:
        notices.append(_notice(field, fault))
    return prepared


def _notice(field: UserField, fault: Fault) -> Notice:
    return Notice(fault.code, f"user_data.{field.key}", fault.message)


def _from_request(name: str) -> Resolver:
    if name.startswith("_"):
        return lambda scope: _member(scope.request.get("cookies"), name)
    return lambda scope: scope.request.get(name)


def _member(value: JSON, name: str) -> JSON:
    return value.get(name) if isinstance(value, Mapping) else None
