"""Keys of events: what tells that an event came before."""

from __future__ import annotations

from django.db import models


class EventKey(models.Model):
    """Where an event came from, its name and its client's id, hashed; and the first such event.

    `digest` is a keyed hash of that event, so that another one under the same id is noticed.
    `slot` is the period's place in the ring; see `delivery.recognising`.
    """

    pk = models.CompositePrimaryKey("key", "slot")
    key = models.UUIDField()
    slot = models.SmallIntegerField()
    event_id = models.UUIDField()
    digest = models.BigIntegerField()

    class Meta:
        db_table = "event_key"

    def __str__(self) -> str:
        return self.event_id.hex
