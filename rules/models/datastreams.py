"""What stands beside a datastream: the keys servers post with, and how much came in."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Self

from django.db import models

from accounts.models import User
from rules import ids

if TYPE_CHECKING:
    from rules.models.properties import Datastream

# What scanners of leaked secrets find it by.
PREFIX = "capi_sk_"
MOST_KEYS = 2  # so that one can take over from the other
_SHOWN = len(PREFIX) + 4


class ServerKey(models.Model):
    """What a server shows when it posts to a datastream. The key itself is not kept."""

    public_id = models.CharField(max_length=34, unique=True, default=ids.server_key_id)
    datastream: models.ForeignKey[Datastream, Datastream] = models.ForeignKey(
        "rules.Datastream", on_delete=models.CASCADE, related_name="server_keys"
    )
    digest = models.BinaryField(max_length=32, unique=True)  # SHA-256 of the key
    start = models.CharField(max_length=16)  # its first characters, to tell keys apart
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.start}…"

    @classmethod
    def make(cls, datastream: Datastream, user: User | None) -> tuple[Self, str]:
        """Create a key; return also its text, which nobody can find out later."""
        text = PREFIX + secrets.token_urlsafe(32)
        digest = hashlib.sha256(text.encode()).digest()
        key = cls.objects.create(
            datastream=datastream, digest=digest, start=text[:_SHOWN], created_by=user
        )
        return key, text


class DatastreamCount(models.Model):
    """How many events one collector process took on one day (UTC).

    A process writes its own row only, once a second and always the whole number: what is written
    twice counts once. No foreign key, since a datastream may go while its counts are on their way.
    """

    pk = models.CompositePrimaryKey("datastream_id", "day", "collector")
    datastream_id = models.BigIntegerField()
    day = models.DateField()
    collector = models.UUIDField()
    events = models.BigIntegerField()  # taken
    asked = models.BigIntegerField()  # asked to take, those over a limit included

    class Meta:
        db_table = "datastream_count"

    def __str__(self) -> str:
        return f"{self.datastream_id} on {self.day}"
