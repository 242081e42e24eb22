"""Rights per property."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Grant, Right, User
from rules.models import Property
from rules.provisioning import create_property
from tests.conftest import give

pytestmark = pytest.mark.django_db


def test_rights_are_the_five_of_the_original() -> None:
    assert Right.labels == [
        "Develop", "Approve", "Publish", "Manage Extensions", "Manage Environments",
    ]  # fmt: skip


def test_person_has_one_grant_per_property(grant: Grant) -> None:
    with pytest.raises(IntegrityError, match="one_grant_per_property"), transaction.atomic():
        Grant.objects.create(user=grant.user, property=grant.property)


def test_person_may_have_grants_on_several_properties(grant: Grant) -> None:
    Grant.objects.create(user=grant.user, property=create_property("Other", None))
    assert grant.user.grants.count() == 2


def test_several_people_may_have_grants_on_a_property(grant: Grant, property_: Property) -> None:
    someone = User.objects.create_user("someone@shop.example")
    Grant.objects.create(user=someone, property=property_)
    assert property_.grants.filter(user__in=[grant.user, someone]).count() == 2


def test_grant_without_rights_is_read_only(grant: Grant) -> None:
    assert str(grant) == "Edi Editor: read only"


def test_grant_reads_its_rights_aloud(grant: Grant) -> None:
    give(grant, Right.DEVELOP, Right.PUBLISH)
    assert str(grant) == "Edi Editor: develop, publish"


def test_grants_go_with_the_person(grant: Grant) -> None:
    grant.user.delete()
    assert not Grant.objects.filter(pk=grant.pk).exists()


def test_grants_go_with_the_property(grant: Grant) -> None:
    grant.property.delete()
    assert not Grant.objects.exists()
