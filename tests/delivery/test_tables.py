"""The tables as the migrations leave them: what the models do not say."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("table", ["event_queue", "delivery_queue"])
def test_a_queue_is_vacuumed_by_count_and_leaves_room_in_its_pages(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [table])
        (options,) = cursor.fetchone()
    assert dict(option.split("=") for option in options) == {
        "fillfactor": "70",
        "autovacuum_vacuum_scale_factor": "0",
        "autovacuum_vacuum_threshold": "20000",
    }
