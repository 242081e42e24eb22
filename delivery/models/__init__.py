"""What came in, what is owed to whom, and what was tried."""

from delivery.models.advice import Advice
from delivery.models.destinations import Destination
from delivery.models.erasures import Erasure, ErasureMatch
from delivery.models.events import Event, EventBody, QueuedEvent
from delivery.models.keys import EventKey
from delivery.models.replays import Replay, ReplayedDelivery, ReplayedEvent
from delivery.models.running import Heartbeat, KeyProof
from delivery.models.sends import Attempt, Delivery, DeliveryAnswer, DeliveryBody, QueuedDelivery

__all__ = [
    "Advice",
    "Attempt",
    "Delivery",
    "DeliveryAnswer",
    "DeliveryBody",
    "Destination",
    "Erasure",
    "ErasureMatch",
    "Event",
    "EventBody",
    "EventKey",
    "Heartbeat",
    "KeyProof",
    "QueuedDelivery",
    "QueuedEvent",
    "Replay",
    "ReplayedDelivery",
    "ReplayedEvent",
]
