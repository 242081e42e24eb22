"""What runs, and with which keys: signs of life, and a proof of each encryption key."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """One process, and when it was last known to do its work."""

    kind = models.CharField(max_length=16)  # web, collector, worker or beat
    name = models.CharField(max_length=120)  # host and process id
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "heartbeat"
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="heartbeat_once_a_process")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class KeyProof(models.Model):
    """A few bytes sealed with one key: only who has the key opens them."""

    key_id = models.BinaryField(max_length=8, primary_key=True)
    sealed = models.BinaryField()
    fingerprint = models.BinaryField(max_length=16)  # of the key that makes the search hashes
    made_at = models.DateTimeField()

    class Meta:
        db_table = "key_proof"

    def __str__(self) -> str:
        return f"proof of key {bytes(self.key_id).hex()}"
