"""Add up, per rule and day, what advice its payloads brought."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from delivery.models import Advice
from delivery.models.advice import PAYLOADS
from delivery.owing import Owed

KEPT_DAYS = 30
# Different ones of one environment and day. A field may be named by an event, and so by a visitor.
MOST_A_DAY = 2_000
_LONGEST_MESSAGE = 500


class _Kind(NamedTuple):
    environment_id: int
    rule: str
    component: str
    code: str
    field: str


def add_up(owed: Iterable[Owed], day: dt.date) -> None:
    """Count the payloads and their advice, in the transaction that writes them.

    The rows are shared by all workers, so they are taken in one order, and as the last thing of
    the transaction: nobody waits long, and no two for each other.
    """
    counts: Counter[_Kind] = Counter()
    messages: dict[_Kind, str] = {}
    for item in owed:
        counts[_kind(item, PAYLOADS, "")] += 1
        for notice in item.notices:
            kind = _kind(item, notice["code"], notice["field"])
            counts[kind] += 1
            messages[kind] = notice["message"][:_LONGEST_MESSAGE]
    if not counts:
        return
    kinds = sorted(counts)
    columns = [list(column) for column in zip(*kinds, strict=True)]
    environment_ids = list({kind.environment_id for kind in kinds})
    with connection.cursor() as cursor:
        columns += [counts[kind] for kind in kinds], [messages.get(kind, "") for kind in kinds]
        cursor.execute(_ADD, [day, environment_ids, MOST_A_DAY, day, *columns, day])


def forget_old(today: dt.date) -> int:
    """Delete what is older than it is kept for; return how much."""
    deleted, _ = Advice.objects.filter(day__lt=today - dt.timedelta(days=KEPT_DAYS)).delete()
    return deleted


def _kind(item: Owed, code: str, field: str) -> _Kind:
    return _Kind(item.place.environment_id, item.rule, item.component, code, field)


_ADD = """
WITH full_up AS MATERIALIZED (
    SELECT environment_id FROM advice WHERE day = %s AND environment_id = ANY(%s)
    GROUP BY environment_id HAVING count(*) >= %s
)
INSERT INTO advice AS a (environment_id, day, rule, component, code, field, count, message)
SELECT k.environment_id, %s, k.rule, k.component, k.code, k.field, k.count, k.message
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
    AS k(environment_id, rule, component, code, field, count, message)
WHERE k.environment_id NOT IN (SELECT environment_id FROM full_up)
   OR EXISTS (
    SELECT FROM advice AS e
    WHERE e.environment_id = k.environment_id AND e.day = %s AND e.rule = k.rule
      AND e.component = k.component AND e.code = k.code AND e.field = k.field)
ORDER BY k.environment_id, k.rule, k.component, k.code, k.field
ON CONFLICT (environment_id, day, rule, component, code, field)
DO UPDATE SET count = a.count + excluded.count, message = excluded.message
"""
