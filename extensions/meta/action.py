"""The action Send Conversions API Event: its settings compiled into a recipe."""

from __future__ import annotations

from extensions.contract import JSON, Action, Compiler, Resolver, Scope, Settings
from extensions.meta import custom_data
from extensions.meta.address import compile_address
from extensions.meta.payload import Recipe
from extensions.meta.refusals import Refusal
from extensions.meta.user_data import compile_plan
from extensions.meta.values import as_text
from extensions.tokens import whole_token


def compile_action(settings: Settings, compiler: Compiler) -> Action:
    """Return what makes the payload of one event. Decides now what no event can change."""
    phone_country = (as_text(compiler.configuration().get("defaultCountry")) or "").lower()

    def optional(key: str) -> Resolver | None:
        template = settings.get(key)
        return None if template is None or template == "" else compiler.value(template)

    return Recipe(
        address=compile_address(settings, compiler),
        event_name=compiler.value(settings.get("eventName")),
        action_source=compiler.value(settings.get("actionSource")),
        event_time=optional("eventTime"),
        event_source_url=optional("eventSourceUrl"),
        event_id=optional("eventId"),
        opt_out=optional("optOut"),
        custom_data=_custom_data(settings.get("customData"), compiler),
        is_limited=settings.get("lduEnabled") is True,
        web_customer=compile_plan(settings, compiler, phone_country, automatic=True),
        customer=compile_plan(settings, compiler, phone_country, automatic=False),
    )


def summarise(settings: Settings) -> str:
    """Say in a few words what the action does."""
    name = as_text(settings.get("eventName")) or "an event"
    as_test = " as a test event" if settings.get("isTestEvent") else ""
    return f"send {name} to Meta{as_test}"


def _custom_data(template: JSON, compiler: Compiler) -> Resolver | None:
    if template is None or template in ("", {}):
        return None
    if not isinstance(template, str) or whole_token(template):
        return compiler.value(template)
    # JSON is parsed before its data elements are filled in, so a visitor's value can never add
    # keys of its own.
    parsed = custom_data.parse_text(template)
    return _unreadable if parsed is None else compiler.value(parsed)


def _unreadable(scope: Scope) -> JSON:
    raise Refusal("invalid_custom_data")
