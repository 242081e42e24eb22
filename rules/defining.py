"""Save a data element: the tokens follow its name, and the audit log tells of it."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import User
from rules import usage
from rules.models import DataElement


@transaction.atomic
def define(element: DataElement, user: User) -> DataElement:
    """Write a data element, a new one or one that was changed, and return it.

    Who gives an element another name holds `revising.lock_heads` since before.
    """
    old = DataElement.objects.filter(pk=element.pk).first()
    element.lock_version += 1 if old else 0
    element.updated_by = user
    element.save()
    if old is not None and old.name != element.name:
        usage.rename_data_element(element, old.name)
    audit.record(
        user, f"data_element.{'updated' if old else 'created'}",
        property_id=element.property.public_id, object_id=element.public_id, name=element.name,
    )  # fmt: skip
    return element
