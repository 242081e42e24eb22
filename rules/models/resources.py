"""The heads of what a library carries: installed extensions, data elements, rules.

A head is what people edit. What is built is never a head but a `Revision`, its frozen copy.
`content()` is the form both share: plain JSON with public ids in place of keys.
"""

from __future__ import annotations

import builtins
import hashlib
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import User
from rules import ids
from rules.engine.document import canonical
from rules.models.properties import Property


def content_hash(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the content's canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical(content)).hexdigest()


class Resource(models.Model):
    """What the three heads have in common."""

    KIND: ClassVar[str]
    KIND_LABEL: ClassVar[str]

    name = models.CharField(max_length=255)
    enabled = models.BooleanField(default=True)
    # Counts saves; a form that was opened on an older count is told so instead of overwriting.
    lock_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True
        ordering = ["name"]

    # Each head declares these itself, for the prefix and the related name.
    pk: int
    public_id: Any
    property: Any
    property_id: int

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The resource's editor."""
        return reverse(f"rules:{self.KIND}", args=[self.property.public_id, self.public_id])

    def content(self) -> dict[str, Any]:
        """Return the resource as plain JSON, ready to freeze, compare or export."""
        raise NotImplementedError


class Extension(Resource):
    """A package as installed in a property, with its settings."""

    KIND = "extension"
    KIND_LABEL = "Extension"

    public_id = models.CharField(max_length=34, unique=True, default=ids.extension_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="extensions")
    package = models.CharField(max_length=120)
    package_version = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)

    class Meta(Resource.Meta):
        constraints = [
            models.UniqueConstraint(fields=["property", "package"], name="package_installed_once")
        ]

    def content(self) -> dict[str, Any]:
        """See `Resource.content`."""
        return {
            "id": self.public_id,
            "name": self.name,
            "enabled": self.enabled,
            "package": self.package,
            "version": self.package_version,
            "settings": self.settings,
        }


class DataElement(Resource):
    """A named way to get a value from an event; used as ``{{Name}}``."""

    KIND = "data_element"
    KIND_LABEL = "Data Element"

    public_id = models.CharField(max_length=34, unique=True, default=ids.data_element_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="data_elements")
    delegate = models.CharField(max_length=255)
    settings = models.JSONField(default=dict)
    default_value = models.TextField(null=True, blank=True)  # noqa: DJ001 - null: no default
    force_lower_case = models.BooleanField(default=False)
    clean_text = models.BooleanField(default=False)

    class Meta(Resource.Meta):
        constraints = [
            models.UniqueConstraint(fields=["property", "name"], name="data_element_name_once")
        ]

    @builtins.property
    def token(self) -> str:
        """How settings refer to it."""
        return f"{{{{{self.name}}}}}"

    def content(self) -> dict[str, Any]:
        """See `Resource.content`."""
        return {
            "id": self.public_id,
            "name": self.name,
            "enabled": self.enabled,
            "delegate": self.delegate,
            "settings": self.settings,
            "default": self.default_value,
            "lower": self.force_lower_case,
            "clean": self.clean_text,
        }


class Rule(Resource):
    """IF conditions THEN actions."""

    KIND = "rule"
    KIND_LABEL = "Rule"

    public_id = models.CharField(max_length=34, unique=True, default=ids.rule_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="rules")
    # How the conditions are joined, as `rules.engine.logic` reads it; empty: all of them.
    logic = models.JSONField(default=dict, db_default={})

    class Meta(Resource.Meta):
        constraints = [models.UniqueConstraint(fields=["property", "name"], name="rule_name_once")]

    def content(self) -> dict[str, Any]:
        """See `Resource.content`. What says nothing is left out, as revisions of before have it."""
        content = {
            "id": self.public_id,
            "name": self.name,
            "enabled": self.enabled,
            "components": [component.content() for component in self.components.all()],
        }
        return content | ({"logic": self.logic} if self.logic else {})


class RuleComponent(models.Model):
    """One condition or action of a rule."""

    class Kind(models.TextChoices):
        CONDITION = "condition", "Condition"
        ACTION = "action", "Action"

    public_id = models.CharField(max_length=34, unique=True, default=ids.component_id)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="components")
    kind = models.CharField(max_length=10, choices=Kind)
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    delegate = models.CharField(max_length=255)
    settings = models.JSONField(default=dict)
    negate = models.BooleanField(default=False)  # Logic Type: Exception
    # Of a condition: the id of its group within the rule; empty at the top.
    group = models.CharField(max_length=40, blank=True, default="", db_default="")

    class Meta:
        ordering = ["kind", "order"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["condition", "action"]), name="component_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="condition") | models.Q(group=""),
                name="only_conditions_are_grouped",
            ),
            models.UniqueConstraint(
                fields=["rule", "kind", "order"],
                name="component_order_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def content(self) -> dict[str, Any]:
        """Return the component as plain JSON."""
        content = {
            "id": self.public_id,
            "kind": self.kind,
            "name": self.name,
            "delegate": self.delegate,
            "settings": self.settings,
            "negate": self.negate,
        }
        return content | ({"group": self.group} if self.group else {})
