"""Fills a fresh database for a measurement: a property with the build, a backlog, an old log.

Runs with the product's settings, in a process of its own.

Usage: python -m bench.furnishing property | backlog COUNT | log COUNT
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Sequence

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capi_admin.settings")
django.setup()

from django.db import connection  # noqa: E402 - all of these need Django to be set up
from django.utils import timezone  # noqa: E402

from bench.engine import document, events  # noqa: E402
from bench.generator import POOL, dict_of  # noqa: E402
from bench.payload import BROWSER  # noqa: E402
from delivery import intake  # noqa: E402
from delivery.ids import new_id  # noqa: E402
from delivery.partitions import keep_partitions  # noqa: E402
from rules.engine import canonical  # noqa: E402
from rules.models import Build, Datastream, Environment, Secret  # noqa: E402
from rules.provisioning import create_property  # noqa: E402

RULES = 5
_GROUP = 1000
_SECRET = "SE" + "0" * 32  # as the build of the engine's measurement names it


def make_property() -> str:
    """Make a property whose production runs the build; return its datastream's public id."""
    keep_partitions()
    property_ = create_property("Bench", None)
    environment = Environment.objects.get(property=property_, stage="production")
    secret = Secret(property=property_, environment=environment, name="Token", public_id=_SECRET)
    secret.seal("EAAbench0123456789")
    secret.save()
    written = canonical(document(RULES))
    environment.active_build = Build.objects.create(
        property=property_,
        library_name="Bench",
        environment=environment,
        status=Build.Status.SUCCEEDED,
        document=written,
        content_hash=hashlib.sha256(written).hexdigest(),
    )
    environment.save(update_fields=["active_build"])
    return Datastream.objects.get(environment=environment).public_id


def add_backlog(count: int) -> None:
    """Accept that many events as the collector would have done while no worker ran."""
    datastream = Datastream.objects.select_related("environment").get(
        environment__stage="production"
    )
    environment = datastream.environment
    stream = intake.Stream(datastream.pk, environment.pk, environment.property_id)
    pool = events(POOL)
    connection.ensure_connection()
    for start in range(0, count, _GROUP):
        group = [
            _accepted(stream, pool[number % POOL])
            for number in range(start, min(start + _GROUP, count))
        ]
        intake.accept(connection.connection, group)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE event_queue")


def _accepted(stream: intake.Stream, event: dict[str, object]) -> intake.Accepted:
    data = {**dict_of(event["data"]), "time": int(time.time())}
    request = {"ip": "203.0.113.7", "userAgent": BROWSER, "cookies": {}, "headers": {}}
    body = {"event": {"xdm": event["xdm"], "data": data}, "request": request}
    return intake.prepare(new_id(), stream, timezone.now(), body)


def add_log(count: int) -> None:
    """Multiply the events that are already delivered until the log has that many rows of each kind,
    all of today: the same partition that the measurement writes to.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE sample AS SELECT row_number() OVER () AS n, id "
            "FROM event WHERE outcome = 'delivered' LIMIT 1000"
        )
        cursor.execute("SELECT count(*) FROM sample")
        [[samples]] = cursor.fetchall()
        if not samples:
            raise LookupError("There is no delivered event to multiply.")
        for start in range(0, count, _ROWS):
            cursor.execute(_NEW_IDS, [min(_ROWS, count - start), samples])
            for table, key, columns in _COPIED:
                cursor.execute(
                    f"INSERT INTO {table} ({key}, {columns}) "  # noqa: S608 - our own names
                    f"SELECT m.new_id, {columns} FROM made AS m JOIN {table} AS t ON t.{key} = m.id"
                )
            cursor.execute("DROP TABLE made")
        cursor.execute("ANALYZE event, event_body, delivery, delivery_body")


_ROWS = 100_000
_NEW_IDS = """
CREATE TEMPORARY TABLE made AS
SELECT s.id, (
    lpad(to_hex((extract(epoch FROM day + random() * (now - day)) * 1000)::bigint), 12, '0')
    || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid
    AS new_id
FROM (SELECT now(), date_trunc('day', now(), 'UTC') AS day) AS today
CROSS JOIN generate_series(1, %s) AS one(number) JOIN sample AS s ON s.n = one.number %% %s + 1
"""
_COPIED = (
    (
        "event",
        "id",
        "property_id, environment_id, datastream_id, client_id, name, received_at, outcome, reason,"
        " build_id, evaluated_at, refusals, person_hashes",
    ),
    ("event_body", "event_id", "body"),
    (
        "delivery",
        "event_id",
        "component, rule, destination_id, name, dedup_id, outcome, reason, title, explanation,"
        " help_url, notices, attempt_ids, created_at, expires_at, finished_at",
    ),
    ("delivery_body", "event_id", "component, payload"),
)


def main(arguments: Sequence[str]) -> None:
    """Do what is asked, and print what is needed to go on."""
    what, *count = arguments
    if what == "property":
        sys.stdout.write(make_property() + "\n")
    elif what == "backlog":
        add_backlog(int(count[0]))
    elif what == "log":
        add_log(int(count[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
