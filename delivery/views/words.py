"""Why an event or a delivery stands where it stands, in words for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from delivery.models import Delivery, Destination, Event
from delivery.outcomes import DeliveryOutcome, EventOutcome
from delivery.reasons import reason

_FEW = 3  # reasons of refused actions in one line of the log


@dataclass(frozen=True, slots=True)
class Words:
    """One line, what it means or what to do, and a page that says more."""

    title: str
    explanation: str = ""
    help_url: str = ""
    reasons: tuple[str, ...] = ()  # the first few, where the title only counts them


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery with its destination, which may have been deleted since."""

    delivery: Delivery
    destination: Destination | None

    @property
    def label(self) -> str:
        """The destination's name for people."""
        if self.destination is None:
            return "Deleted destination"
        return unmarked(self.destination.label, self.destination.mark)

    @property
    def words(self) -> Words:
        """Why the delivery stands where it stands."""
        return of_delivery(self)


_EVENTS = {
    EventOutcome.RECEIVED: Words("Waiting to be checked against the rules"),
    EventOutcome.EVALUATED: Words("On its way"),
    EventOutcome.DELIVERED: Words("Delivered", "Everything that was to be sent has arrived."),
    EventOutcome.PARTLY_DELIVERED: Words("Not everything was delivered"),
    EventOutcome.NOT_SENT: Words("Nothing was sent"),
    EventOutcome.REJECTED: Words("The destination refused it"),
    EventOutcome.EXPIRED: Words("Too old to send"),
    EventOutcome.FAILED: Words("It could not be sent"),
    EventOutcome.ERASED: Words("The data of the person was erased"),
}
_DELIVERIES = {
    DeliveryOutcome.PENDING: Words("Waiting to be sent"),
    DeliveryOutcome.IN_FLIGHT: Words("Being sent"),
    DeliveryOutcome.HELD: Words("The destination is held"),
    DeliveryOutcome.DELIVERED: Words("The destination took it"),
    DeliveryOutcome.REJECTED: Words("The destination refused it"),
    DeliveryOutcome.EXPIRED: Words("Too old to send"),
    DeliveryOutcome.FAILED: Words("It could not be sent"),
    DeliveryOutcome.ERASED: Words("The data of the person was erased"),
}


def of_event(event: Event, owed: Iterable[Owed]) -> Words:
    """Return why the event stands where it stands.

    The words come from the delivery that decided, from the refusal that did, or from the table of
    our own reasons, whichever knows the event's code.
    """
    owed = list(owed)
    if event.outcome == EventOutcome.EVALUATED:
        return _waiting(owed) or _EVENTS[EventOutcome.EVALUATED]
    if event.reason:
        found = _of_code(event.reason, event, owed)
        return found or Words(_EVENTS[EventOutcome(event.outcome)].title, f"Code {event.reason}.")
    return _EVENTS[EventOutcome(event.outcome)]


def of_delivery(owed: Owed) -> Words:
    """Return why the delivery stands where it stands."""
    delivery, destination = owed.delivery, owed.destination
    if delivery.outcome == DeliveryOutcome.HELD and destination and destination.hold_title:
        return Words(destination.hold_title, destination.hold_explanation)
    if delivery.title:
        return Words(delivery.title, delivery.explanation, delivery.help_url)
    return _own(delivery.reason) or _DELIVERIES[DeliveryOutcome(delivery.outcome)]


def of_message(message: str) -> Words:
    """Return what an extension said: its first sentence is the title, the others explain it."""
    title, _, rest = message.partition(". ")
    return Words(title.removesuffix("."), rest)


def title_of_code(code: str) -> str:
    """Return a short name for a reason's code, ours or an extension's."""
    found = reason(code)
    if found is not None:
        return found.title
    return code if ":" in code else code.replace("_", " ").capitalize()


def _waiting(owed: list[Owed]) -> Words | None:
    held = [one for one in owed if one.delivery.outcome == DeliveryOutcome.HELD]
    tried = [one for one in owed if one.delivery.reason]
    return next((of_delivery(one) for one in held + tried), None)


def _of_code(code: str, event: Event, owed: list[Owed]) -> Words | None:
    for one in owed:
        if one.delivery.reason == code:
            return of_delivery(one)
    if any(refusal.get("code") == code for refusal in event.refusals):
        return _of_refusals([refusal.get("message", "") for refusal in event.refusals], len(owed))
    return _own(code)


def _of_refusals(messages: list[str], deliveries: int) -> Words:
    """Return the words of an only refusal, or how many there are beside the deliveries."""
    distinct = [of_message(message) for message in dict.fromkeys(messages)]
    if len(messages) == 1 and not deliveries:
        return distinct[0]
    of_all = f" of {len(messages) + deliveries}" if deliveries else ""
    return Words(
        f"{len(messages)}{of_all} actions did not send",
        distinct[0].explanation if len(distinct) == 1 else "",
        reasons=tuple(dict.fromkeys(words.title for words in distinct))[:_FEW],
    )


def unmarked(label: str, mark: str) -> str:
    """Leave out of a label what it says in brackets at its end, where the mark beside it does."""
    bare, opening, said = label.rpartition(" (")
    words = set(said.removesuffix(")").casefold().split())
    return bare if opening and words <= set(mark.casefold().split()) else label


def _own(code: str) -> Words | None:
    found = reason(code)
    return Words(found.title, found.explanation) if found else None
