"""The tables as the migrations leave them: what the models do not say."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

FIRST = [("accounts", "0002_initial"), ("rules", "0001_initial"), ("delivery", "0001_initial")]

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


def _added_since_the_first_version() -> dict[str, tuple[bool, bool]]:
    """Return each column that a later migration gave a table: whether it may be empty, and whether
    the database fills it in by itself.
    """
    first = MigrationLoader(connection).project_state(FIRST).apps
    known = {
        (model._meta.db_table, field.column)
        for model in first.get_models()
        for field in model._meta.concrete_fields
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, is_nullable = 'YES',"
            " column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name = ANY(%s)",
            [sorted({table for table, _ in known})],
        )
        rows = cursor.fetchall()
    return {
        f"{table}.{column}": (may_be_empty, is_filled)
        for table, column, may_be_empty, is_filled in rows
        if (table, column) not in known
    }


def test_a_column_that_was_added_asks_nothing_of_old_code() -> None:
    """The version before goes on writing for as long as an upgrade takes, and knows no new one."""
    added = _added_since_the_first_version()
    assert "delivery_queue.spared" in added
    assert "rules_build.needs" in added
    assert [name for name, facts in added.items() if not any(facts)] == []
