"""The audit log: entries are added, and that is all that ever happens to them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.models import AuditEntry, User

pytestmark = pytest.mark.django_db

NEVER = "An audit entry is never changed or removed"


@pytest.fixture
def entry(editor: User) -> AuditEntry:
    audit.record(
        editor, "rule.created", property_id="PR0", object_id="RL0", name="Purchase", count=2
    )
    return AuditEntry.objects.get()


def test_entry_holds_who_did_what_to_which_and_when(entry: AuditEntry, editor: User) -> None:
    assert (entry.actor_id, entry.actor, entry.action) == (
        editor.pk,
        "editor@shop.example",
        "rule.created",
    )
    assert (entry.property_id, entry.object_id, entry.object_name) == ("PR0", "RL0", "Purchase")
    assert entry.detail == {"count": 2}
    assert entry.at is not None


def test_entry_without_a_person_is_the_systems() -> None:
    audit.record(None, "build.activated")
    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.actor) == (None, "system")


def test_long_name_is_cut() -> None:
    audit.record(None, "rule.created", name="x" * 300)
    assert len(AuditEntry.objects.get().object_name) == 255


def test_newest_entry_comes_first(entry: AuditEntry) -> None:
    audit.record(None, "later")
    assert [found.action for found in AuditEntry.objects.all()] == ["later", "rule.created"]


def test_entry_reads_itself_aloud(entry: AuditEntry) -> None:
    assert str(entry) == "editor@shop.example rule.created Purchase"


def test_entry_outlives_the_person(entry: AuditEntry, editor: User) -> None:
    editor.delete()
    assert AuditEntry.objects.get().actor == "editor@shop.example"


@pytest.mark.parametrize("field", ["actor", "action", "object_name", "property_id"])
def test_database_refuses_to_change_an_entry(entry: AuditEntry, field: str) -> None:
    with pytest.raises(IntegrityError, match=NEVER), transaction.atomic():
        AuditEntry.objects.update(**{field: "forged"})


def test_database_refuses_to_remove_an_entry(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError, match=NEVER), transaction.atomic():
        entry.delete()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET detail = '{}'",
        "DELETE FROM accounts_auditentry",
    ],
)
def test_database_refuses_it_to_plain_sql_too(entry: AuditEntry, statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match=NEVER),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
