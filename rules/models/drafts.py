"""Drafts: a rule as a person is editing it, before Save.

Keep Changes puts a component into the draft, so the editor works without JavaScript and survives
a closed browser; only Save touches the rule itself.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from accounts.models import User
from rules.models.properties import Property
from rules.models.resources import Rule


class RuleDraft(models.Model):
    """One person's unsaved edition of a rule. `content` has the form of `Rule.content`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey(Rule, null=True, on_delete=models.CASCADE, related_name="drafts")
    base_version = models.PositiveIntegerField(default=0)  # the rule's lock_version when opened
    content = models.JSONField()
    is_changed = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "rule"],
                condition=models.Q(rule__isnull=False),
                name="one_draft_per_person_and_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.content.get('name')}"

    def get_absolute_url(self) -> str:
        """The rule editor on this draft."""
        return reverse("rules:draft", args=[self.property.public_id, self.pk])
