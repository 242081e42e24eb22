"""From the compiled settings of an action to the event as Meta reads it.

Everything that would make Meta refuse the event is decided here, before it joins others in a
request: Meta refuses a request as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from extensions.contract import ActionResult, Notice, Refused, Scope, Send
from extensions.meta import lint
from extensions.meta.address import Addressing
from extensions.meta.consent import Gate
from extensions.meta.draft import Draft, Step
from extensions.meta.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Recipe:
    """A compiled action. The steps run in order, as later ones look at what earlier ones made."""

    gate: Gate | None
    address: Addressing
    steps: tuple[Step, ...]

    def __call__(self, scope: Scope) -> ActionResult:
        """Return the payload for one event, or the reason why there is none.

        Whatever the event holds, nothing raises but the `ComponentError` of a data element."""
        draft = Draft(scope)
        try:
            return self._send(draft)
        except Refusal as refusal:
            return Refused(refusal.code, refusal.message, _each_once(draft.notices))

    def _send(self, draft: Draft) -> Send:
        scope, payload = draft.scope, draft.event
        if self.gate is not None:
            self.gate(scope)
        address = self.address(scope)
        for step in self.steps:
            step(draft)
        draft.notices.extend(lint.remarks(payload, scope.now))
        return Send(
            address,
            payload,
            payload["event_name"],
            payload.get("event_id") or scope.event_id,
            draft.expires_at,
            _each_once(draft.notices),
            tuple(draft.origins),
        )


def _each_once(notices: list[Notice]) -> tuple[Notice, ...]:
    """Ten bad addresses in a list are one mistake."""
    return tuple(dict.fromkeys(notices)) if len(notices) > 1 else tuple(notices)
