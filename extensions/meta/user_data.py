"""Customer information: compiled once per build, then filled per event.

What can be decided when a build is compiled is: settings left empty cost nothing later, and
values without data elements are normalised and hashed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from extensions.contract import JSON, Compiler, Fixed, Notice, Resolver, Scope, Settings
from extensions.meta import click_id, countries
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.fields import BY_KEY, EXTERNAL_ID, USER_FIELDS, UserField, external_id
from extensions.meta.inputs import is_automatic, is_empty
from extensions.meta.matching import is_too_broad
from extensions.meta.page import not_for_messaging
from extensions.meta.refusals import Refusal
from extensions.meta.values import NOT_TEXT, Context, Fault, Normaliser, as_sent, as_text

ONE_VALUE_ONLY = Fault(
    "one_value_only", "Meta takes one value here, so only one of the list was sent."
)
NO_USER_AGENT = Notice(
    "no_client_user_agent",
    "user_data.client_user_agent",
    "Meta asks for the visitor's browser with every website event.",
)

_NO_CONTEXT = Context()
_REMEMBERED = 512  # contexts: a day has one for each country
_FROM_REQUEST = "from the visitor's request"


class Input(NamedTuple):
    """A field and what gives its value; flat, as it is taken apart for every event."""

    field: UserField
    resolve: Resolver
    key: str
    prepare: Normaliser
    many: bool
    verbatim: bool
    origin: tuple[str, str] | None  # of a field that is filled automatically


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """How to fill `user_data`: what is known already, and what each event has to give."""

    known: Mapping[str, JSON]
    notices: tuple[Notice, ...]
    inputs: tuple[Input, ...]
    finds_click: bool
    country: Resolver | None
    context: Callable[[str, int], Context]

    def fill(self, draft: Draft) -> dict[str, JSON]:
        """Return `user_data` for one event. Values that cannot be right become notices."""
        scope = draft.scope
        draft.notices.extend(self.notices)
        data = dict(self.known)
        # State, postal code and phone are read by the country, so it is needed before them.
        country = country_of(self.country(scope)) if self.country else ""
        context = self.context(country, scope.now // meta.DAY)
        for field, resolve, key, prepare, many, verbatim, origin in self.inputs:
            value = resolve(scope)
            if value is None or value == "":
                continue
            made: JSON = None
            if type(value) is str and value.isascii():
                # Nearly every value is plain text that is fine, and this is all it takes.
                text = value.strip()
                if not text:
                    continue
                prepared, fault = prepare(value if verbatim else text, context)
                if fault is None:
                    made = [prepared] if many and prepared is not None else prepared
            if made is None:
                made = convert(field, value, context, draft.notices)
            if made is not None:
                data[key] = made
                if origin is not None:
                    draft.origins.append(origin)
        if self.finds_click:
            _fill_click(draft, data)
        return data


def compile_user_data(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that fills `user_data`, each action source in its own way."""
    website = compile_plan(settings, compiler, meta.WEBSITE)
    messaging = compile_plan(settings, compiler, meta.BUSINESS_MESSAGING)
    other = compile_plan(settings, compiler, "")
    plans = {meta.WEBSITE: website, meta.BUSINESS_MESSAGING: messaging}
    bound = [
        (field.key, field.sources, _foreign(field))
        for field in USER_FIELDS
        if field.is_foreign_elsewhere and not is_empty(settings.get(field.setting))
    ]

    def step(draft: Draft) -> None:
        source = draft.source
        data = plans.get(source, other).fill(draft)
        if is_too_broad(data):
            raise Refusal("too_little_customer_information", _left(data))
        if source == meta.WEBSITE and "client_user_agent" not in data:
            draft.notices.append(NO_USER_AGENT)
        for key, sources, notice in bound:
            if key in data and source not in sources:
                draft.notices.append(notice)
        draft.event["user_data"] = data

    return step


def compile_plan(settings: Settings, compiler: Compiler, source: str) -> CustomerPlan:
    """Prepare the filling of `user_data` for events of a source.

    A website event takes fields left empty from the visitor's request. A field that is mapped to
    a data element is never filled so: its author has said where the value comes from, and the
    request may be one of a server.
    """
    configuration = compiler.configuration()
    known: dict[str, JSON] = {}
    notices: list[Notice] = []
    inputs: list[Input] = []
    for field in _fields(configuration):
        template = settings.get(field.setting)
        if is_empty(template):
            continue
        if field.of_web and source == meta.BUSINESS_MESSAGING:
            notices.append(not_for_messaging(f"user_data.{field.key}"))
            continue
        value = compiler.value(template)
        if not isinstance(value, Fixed) or field.needs_context:
            inputs.append(_input(field, value))
            continue
        prepared = convert(field, value.value, _NO_CONTEXT, notices)
        if prepared is not None:
            known[field.key] = prepared
    country = settings.get(BY_KEY["country"].setting)
    fills = source == meta.WEBSITE
    return CustomerPlan(
        known,
        tuple(dict.fromkeys(notices)),
        (*inputs, *_automatic(settings)) if fills else tuple(inputs),
        fills and _is_left_to_us(settings, BY_KEY["fbc"]),
        None if is_empty(country) else compiler.value(country),
        _contexts(configuration),
    )


def convert(field: UserField, value: JSON, context: Context, notices: list[Notice]) -> JSON:
    """Return what is sent for any JSON value; None, perhaps with a notice, to leave it out."""
    if isinstance(value, list):
        return _several(field, value, context, notices)
    prepared = _one(field, value, context, notices)
    return [prepared] if field.many and prepared is not None else prepared


def country_of(value: JSON) -> str:
    """Return the first country that the value names, as alpha-2 in lower case, or nothing."""
    for item in _flat(value) if isinstance(value, list) else (value,):
        text = as_text(item)
        if text and (code := countries.find(text)):
            return code
    return ""


def _fields(configuration: Settings) -> Iterable[UserField]:
    chosen = external_id(as_text(configuration.get("externalIdMode")))
    return (chosen if field is EXTERNAL_ID else field for field in USER_FIELDS)


def _contexts(configuration: Settings) -> Callable[[str, int], Context]:
    """Return what gives the context for a customer's country and a day since 1970."""
    phone_country = (as_text(configuration.get("defaultCountry")) or "").lower()
    day_first = configuration.get("dateOrder") == "day-first"

    @lru_cache(_REMEMBERED)
    def context(country: str, day: int) -> Context:
        year = datetime.fromtimestamp(day * meta.DAY, UTC).year
        return Context(country, phone_country, year, day_first)

    return context


def _input(field: UserField, resolve: Resolver, origin: tuple[str, str] | None = None) -> Input:
    return Input(field, resolve, field.key, field.prepare, field.many, field.verbatim, origin)


def _automatic(settings: Settings) -> Iterable[Input]:
    for field in USER_FIELDS:
        place = field.automatic
        if place and place != click_id.COOKIE and _is_left_to_us(settings, field):
            is_cookie = place.startswith("_")
            resolve = _from_cookie(place) if is_cookie else _from_request(place)
            words = f"from the {place} cookie" if is_cookie else _FROM_REQUEST
            yield _input(field, resolve, (f"user_data.{field.key}", words))


def _is_left_to_us(settings: Settings, field: UserField) -> bool:
    return is_empty(settings.get(field.setting)) and is_automatic(settings, field.setting)


def _from_request(name: str) -> Resolver:
    return lambda scope: scope.request.get(name)


def _from_cookie(name: str) -> Resolver:
    def value(scope: Scope) -> JSON:
        cookies = scope.request.get("cookies")
        return cookies.get(name) if isinstance(cookies, Mapping) else None

    return value


def _fill_click(draft: Draft, data: dict[str, JSON]) -> None:
    found = click_id.find(draft.event, draft.scope, draft.notices)
    if found is not None:
        data["fbc"] = found.value
        draft.origins.append((click_id.FIELD, found.origin))


def _several(field: UserField, values: list[JSON], context: Context, notices: list[Notice]) -> JSON:
    values = _flat(values)
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
    return field.best(prepared)


def _flat(values: list[JSON]) -> list[JSON]:
    """Open the lists among the values: each of several inputs may be an element giving a list."""
    if not any(isinstance(value, list) for value in values):
        return values
    return [item for value in values for item in (value if isinstance(value, list) else (value,))]


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


def _foreign(field: UserField) -> Notice:
    labels = " or ".join(label for source, label in meta.ACTION_SOURCES if source in field.sources)
    return Notice(
        "key_of_another_source",
        f"user_data.{field.key}",
        f"The key belongs to events whose action source is {labels}. It was sent, but Meta may "
        "not look at it here.",
    )


def _left(data: dict[str, JSON]) -> str:
    if not data:
        return "Nothing usable was found in the event."
    return f"Only these were left: {', '.join(sorted(data))}."
