"""A held destination is tried again at once when a person says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Grant, Right
from delivery.models import Destination
from rules.models import Property
from rules.provisioning import create_property
from tests.conftest import give

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(property_: Property) -> Destination:
    """A destination whose token was refused."""
    return Destination.objects.create(
        environment=property_.environments.get(stage="production"),
        package="facebook_conversions_api_extension",
        key=b"k" * 16,
        label="Pixel 123",
        sealed_address=b"",
        held_at=timezone.now(),
        hold_until=timezone.now() + timedelta(minutes=15),
        hold_reason="meta:190:463",
        hold_title="The access token has expired",
    )


def address(property_: Property, destination: Destination) -> str:
    """Where the button posts to."""
    return reverse("delivery:release", args=[property_.public_id, destination.pk])


def test_the_overview_offers_it_and_it_opens_the_destination(
    admin_client: Client, property_: Property, held: Destination
) -> None:
    page = admin_client.get(property_.get_absolute_url())
    assert address(property_, held) in page.content.decode()
    admin_client.post(address(property_, held))
    held.refresh_from_db()
    assert held.held_at is None
    assert AuditEntry.objects.filter(action="destination.released").count() == 1


def test_it_needs_the_right_to_manage_extensions(
    editor_client: Client, grant: Grant, property_: Property, held: Destination
) -> None:
    give(grant, Right.DEVELOP)
    assert editor_client.post(address(property_, held)).status_code == 403
    give(grant, Right.MANAGE_EXTENSIONS)
    assert editor_client.post(address(property_, held)).status_code == 302


def test_the_destination_of_another_property_is_not_found(
    admin_client: Client, held: Destination
) -> None:
    other = create_property("Other", None)
    assert admin_client.post(address(other, held)).status_code == 404
