"""From the resolved settings of an action to the event as Meta reads it.

Everything that would make Meta refuse the event is decided here, before it joins others in a
request: Meta refuses a request as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from extensions.contract import JSON, ActionResult, Notice, Refused, Resolver, Scope, Send
from extensions.meta import custom_data, event_time, server_event
from extensions.meta import vocabulary as meta
from extensions.meta.address import Addressing
from extensions.meta.matching import is_too_broad
from extensions.meta.refusals import Refusal
from extensions.meta.user_data import CustomerPlan

NO_USER_AGENT = Notice(
    "no_client_user_agent",
    "user_data.client_user_agent",
    "Meta asks for the visitor's browser with every website event.",
)
NO_IP_TO_LOCATE = Notice(
    "limited_data_use_without_ip",
    "user_data.client_ip_address",
    "Limited Data Use is on, but Meta needs the visitor's IP address to find the state.",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A compiled action. A resolver is None where its setting was left empty."""

    address: Addressing
    event_name: Resolver
    action_source: Resolver
    event_time: Resolver | None
    event_source_url: Resolver | None
    event_id: Resolver | None
    opt_out: Resolver | None
    custom_data: Resolver | None
    is_limited: bool
    web_customer: CustomerPlan  # with what a website event takes from the visitor's request
    customer: CustomerPlan

    def __call__(self, scope: Scope) -> ActionResult:
        """Return the payload for one event, or the reason why there is none.

        Whatever the event holds, nothing raises but the `ComponentError` of a data element."""
        notices: list[Notice] = []
        try:
            return self._send(scope, notices)
        except Refusal as refusal:
            return Refused(refusal.code, refusal.message, tuple(notices))

    def _send(self, scope: Scope, notices: list[Notice]) -> Send:
        address = self.address(scope)
        payload = self._server_event(scope, notices)
        source, name = payload["action_source"], payload["event_name"]
        expires_at = event_time.expiry(payload["event_time"], source, scope.now)
        payload["user_data"] = self._user_data(source, scope, notices)
        custom = custom_data.build(_value(self.custom_data, scope), name, notices)
        if custom:
            payload["custom_data"] = custom
        return Send(address, payload, name, payload["event_id"], expires_at, tuple(notices))

    def _server_event(self, scope: Scope, notices: list[Notice]) -> dict[str, JSON]:
        name = server_event.event_name(self.event_name(scope), notices)
        source = server_event.action_source(self.action_source(scope))
        url = server_event.event_source_url(_value(self.event_source_url, scope), source, notices)
        opt_out = server_event.opt_out(_value(self.opt_out, scope), notices)
        event: dict[str, JSON] = {
            "event_name": name,
            "event_time": self._event_time(scope, notices),
            "event_id": self._event_id(source, scope, notices),
            "action_source": source,
        }
        if url:
            event["event_source_url"] = url
        if opt_out is not None:
            event["opt_out"] = opt_out
        return event | _LIMITED if self.is_limited else event

    def _event_id(self, source: str, scope: Scope, notices: list[Notice]) -> str:
        return server_event.event_id(_value(self.event_id, scope), source, scope, notices)

    def _event_time(self, scope: Scope, notices: list[Notice]) -> int:
        value = _value(self.event_time, scope)
        if value is None and self.event_time is not None:
            notices.append(event_time.MAPPED_EMPTY)
        return event_time.of_event(value, scope, notices)

    def _user_data(self, source: str, scope: Scope, notices: list[Notice]) -> dict[str, JSON]:
        is_website = source == meta.WEBSITE
        data = (self.web_customer if is_website else self.customer).fill(scope, notices)
        if is_too_broad(data):
            raise Refusal("too_little_customer_information", _left(data))
        if is_website and "client_user_agent" not in data:
            notices.append(NO_USER_AGENT)
        if self.is_limited and "client_ip_address" not in data:
            notices.append(NO_IP_TO_LOCATE)
        return data


# Country and state 0 ask Meta to find both by the visitor's IP address. When the switch is off
# all three keys stay out: an empty list would say that the visitor's data is not limited.
_LIMITED: dict[str, JSON] = {
    "data_processing_options": ["LDU"],
    "data_processing_options_country": 0,
    "data_processing_options_state": 0,
}


def _value(resolve: Resolver | None, scope: Scope) -> JSON:
    """The value of an optional setting. Blank text is no value."""
    value = None if resolve is None else resolve(scope)
    return None if isinstance(value, str) and not value.strip() else value


def _left(data: dict[str, JSON]) -> str:
    if not data:
        return "Nothing usable was found in the event."
    return f"Only these were left: {', '.join(sorted(data))}."
