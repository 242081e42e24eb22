"""What the tests of the whole project start from."""

from __future__ import annotations

import pytest

from delivery.models import Heartbeat


@pytest.fixture(autouse=True)
def _nobody_is_seen(request: pytest.FixtureRequest) -> None:
    """Processes that other tests started have left their signs of life in the database."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        Heartbeat.objects.all().delete()
