"""How often the payloads of a rule brought each piece of advice, by day."""

from __future__ import annotations

from django.db import models

from rules.models import Environment

PAYLOADS = ""  # the code under which an action's payloads are counted, for a share to be told


class Advice(models.Model):
    """One piece of advice on one action of one environment, on one day (UTC)."""

    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    rule = models.CharField(max_length=34)
    component = models.CharField(max_length=34)
    code = models.CharField(max_length=120, blank=True)
    field = models.CharField(max_length=120, blank=True)  # the destination's, never its value
    count = models.PositiveBigIntegerField()
    message = models.TextField(blank=True)  # the last one; it quotes no value

    class Meta:
        db_table = "advice"
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "day", "rule", "component", "code", "field"],
                name="advice_once_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code or 'payloads'} of {self.component}, {self.day}"
