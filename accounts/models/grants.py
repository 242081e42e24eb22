"""Rights on a property. They do not include one another: Approve does not imply Develop."""

from __future__ import annotations

from django.db import models

from accounts.models.users import User


class Right(models.TextChoices):
    """The original's five property rights. Without any, a person may look but not touch."""

    DEVELOP = "develop", "Develop"
    APPROVE = "approve", "Approve"
    PUBLISH = "publish", "Publish"
    MANAGE_EXTENSIONS = "manage_extensions", "Manage Extensions"
    MANAGE_ENVIRONMENTS = "manage_environments", "Manage Environments"


class Grant(models.Model):
    """A person may see a property; `rights` says what more they may do there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    # Named by text: properties know people, and Python imports only point down.
    property = models.ForeignKey("rules.Property", on_delete=models.CASCADE, related_name="grants")
    rights = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "property"], name="one_grant_per_property")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {', '.join(self.rights) or 'read only'}"
