"""F6, F14 and F15: a disk without room, a database put back in time, and data taken away."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from capi_admin.up import postgres_programs
from capi_admin.up.postgres import EmbeddedPostgres
from capi_admin.up.redis import EmbeddedRedis
from delivery.batches import RESEND_WITHIN
from tests.faults.ageing import run_retention
from tests.faults.ledger import wait_until
from tests.faults.marks import EMAIL_MARK
from tests.faults.meta import Step
from tests.faults.scenario import Scene, Trial, scenario
from tests.product import ROOT

_ERASE_SECONDS = 120
_RESTING_SECONDS = 180  # until those that ran when a dump was made do not count as running any more


def _refusals_name_a_time(trial: Trial, scene: Scene) -> None:
    refusals = set(trial.ledger.refused.values())
    right = all(refusal.status == 503 and refusal.retry_after for refusal in refusals)
    scene.claim("events are refused with 503 and Retry-After", bool(refusals) and right, refusals)


@scenario("F6", "disk below its reserve", check=_refusals_name_a_time)
def disk_below_reserve(scene: Scene) -> None:
    """Start the product with the largest reserve there is, which the disk lacks, and start anew."""
    place = scene.place
    with scene.meta.playing(Step(place.pixel, times=None, status=503)):
        scene.load.take(20)
        scene.product.end()
    scene.product.start({"DISK_FREE_PERCENT": "90"})
    ledger = scene.load.ledger
    # It is looked at every second; what came before the first look may be taken.
    assert wait_until(lambda: bool(ledger.refused))
    taken = len(ledger.accepted)
    time.sleep(scene.seconds(3, 10))
    scene.claim("nothing is taken below the reserve", len(ledger.accepted) == taken)
    drained = wait_until(lambda: scene.oracle.is_quiet(place))
    scene.claim("what was taken before is delivered meanwhile", drained)
    scene.product.end()
    scene.product.start()


@scenario("F14", "database put back in time", sends_again=True)
def restore(scene: Scene) -> None:
    """Take a base backup, keep the log, go on, and put the database back to a moment between."""
    ledger, place = scene.load.ledger, scene.place
    folder = Path(f"{scene.product.data_dir}-backup")
    cluster = scene.product.data_dir / "postgres"
    _keep_log(scene)
    _base_backup(scene, folder / "base")
    with scene.meta.playing(Step(place.pixel, times=None, status=503)):
        scene.load.take(40)
        wait_until(lambda: scene.oracle.waiting(place)["delivery_queue"] > 0)
        kept = set(ledger.accepted)
        moment = str(scene.oracle.rows("SELECT now()")[0][0])
    assert wait_until(lambda: kept <= scene.meta.copies(place.pixel).keys())
    scene.load.take(40)
    scene.product.end()
    shutil.copytree(cluster / "pg_wal", folder / "wal")
    with ledger.lock:
        lost = {key: ledger.accepted.pop(key) for key in ledger.accepted.keys() - kept}
        ledger.unanswered.update(lost)
    stored = list(ledger.accepted.values())
    _put_back(cluster, folder, moment)
    scene.product.start()

    def is_over() -> bool:
        open_ones = "SELECT count(*) FROM event WHERE id = ANY(%s) AND outcome <> 'delivered'"
        return scene.oracle.rows(open_ones, stored) == [(0,)]

    scene.claim("what was open at that moment is sent again", wait_until(is_over, 120))
    copies = scene.meta.copies(place.pixel)
    twice = [key for key in kept if len(copies.get(key, [])) > 1]
    scene.claim("some of it had been sent already", bool(twice))
    shutil.rmtree(folder)


def _keep_log(scene: Scene) -> None:
    """Have PostgreSQL keep its write-ahead log, as an archive would."""
    with psycopg.connect(scene.product.database_url, autocommit=True) as link:
        link.execute("ALTER SYSTEM SET wal_keep_size = '2GB'")
        link.execute("SELECT pg_reload_conf()")


def _base_backup(scene: Scene, folder: Path) -> None:
    program = postgres_programs.find().path("pg_basebackup")
    url = scene.product.database_url
    subprocess.run(
        (program, "-D", str(folder), "-d", url, "-X", "none", "-c", "fast", "--no-manifest"),
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def _put_back(cluster: Path, folder: Path, moment: str) -> None:
    """Put the backup in the cluster's place, to be brought up to a moment by its next start."""
    shutil.rmtree(cluster)
    shutil.copytree(folder / "base", cluster)
    shutil.copytree(folder / "wal", cluster / "received")
    cluster.chmod(0o700)
    (cluster / "recovery.signal").touch()
    # Nobody is let in before it stands at the moment asked for.
    settings = {
        "restore_command": "cp received/%f %p",
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
        "hot_standby": "off",
    }
    with (cluster / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())


def _none_sent_twice(trial: Trial, scene: Scene) -> None:
    """What was owed at the moment of the dump is given up; a person may replay it."""
    given_up = [
        row
        for rows in trial.sight.events.values()
        for row in rows
        if row.reason == "ambiguous_over_48h"
    ]
    scene.claim("what may have been sent long ago asks to be replayed", bool(given_up))
    twice = trial.sight.sent_twice
    scene.claim("nothing is sent a second time", not twice, sorted(twice)[:5])


@scenario(
    "F14", "database restored from a dump of days ago", check=_none_sent_twice, loses_answers=False
)
def restore_dump(scene: Scene) -> None:
    """Dump the database, go on, and restore the dump as the docs say, as if two days had passed."""
    ledger, place = scene.load.ledger, scene.place
    dump = Path(f"{scene.product.data_dir}-dump")
    with scene.meta.playing(Step(place.pixel, times=None, status=503)):
        scene.load.take(40)
        assert wait_until(lambda: scene.oracle.waiting(place)["delivery_queue"] > 0)
        kept = set(ledger.accepted)
        _program(scene, "pg_dump", "--format=custom", f"--file={dump}", "capi_admin")
    assert wait_until(lambda: kept <= scene.meta.copies(place.pixel).keys(), 120)
    scene.load.take(40)
    scene.product.end()
    with ledger.lock:
        scene.expect(list(ledger.names), "delivered", "failed")
        lost = {key: ledger.accepted.pop(key) for key in ledger.accepted.keys() - kept}
        ledger.unanswered.update(lost)
    with EmbeddedPostgres(scene.product.data_dir), EmbeddedRedis(scene.product.data_dir):
        _program(scene, "dropdb", "capi_admin")
        _program(scene, "createdb", "capi_admin")
        _program(scene, "pg_restore", "--exit-on-error", "--dbname=capi_admin", str(dump))
        done = wait_until(lambda: _says_what_may_be_sent(scene), _RESTING_SECONDS)
        scene.claim("what may have been sent is noted before anything starts", done)
    scene.product.start()
    dump.unlink()


def _program(scene: Scene, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs."""
    folder = scene.product.database_url.partition("?host=")[2]
    command = (postgres_programs.find().path(name), f"--host={folder}", "--username=postgres")
    subprocess.run((*command, *arguments), check=True, capture_output=True, timeout=120)


def _says_what_may_be_sent(scene: Scene) -> bool:
    """Run the command that belongs to a restore; not yet where a worker counts as running."""
    since = dt.datetime.now(dt.UTC) - RESEND_WITHIN - dt.timedelta(hours=1)
    ended = subprocess.run(
        (sys.executable, "manage.py", "after_restore", "--since", since.isoformat()),
        cwd=ROOT, env=scene.product.environment(), text=True, capture_output=True,
        timeout=120, check=False,
    )  # fmt: skip
    return ended.returncode == 0


@scenario("F15", "old days dropped under load", may_refuse=False, loses_answers=False)
def drop_old_days(scene: Scene) -> None:
    """Make days of the log that are over, one of them with an event under way, and drop them."""
    live, over = run_retention(scene.product, 4)
    scene.claim("a day with an event under way stays", len(live) == 1, live)
    scene.claim("old days go when nothing of them is under way", not over, over)


@scenario("F15", "a person erased while events are under way", loses_answers=False)
def erase_person(scene: Scene) -> None:
    """Post one person's events among others, and erase the person while they are being sent."""
    place = scene.place
    email = f"erase-me@{EMAIL_MARK}"
    client = scene.load.client
    with scene.meta.playing(Step(place.pixel, times=None, takes=True, delay_seconds=4.0)):
        hers = [{**event, "email": email} for event in client.make(30)]
        ids = [event["eventId"] for event in hers]
        scene.expect(ids, "erased", "delivered")
        for start in range(0, len(hers), 5):
            client.send(hers[start : start + 5])
            scene.load.take(3)
        assert wait_until(lambda: scene.oracle.is_in_flight(place))
        _erase(scene, email)
    stored = scene.stored(ids)
    outcomes = scene.oracle.rows(
        "SELECT outcome, count(*) FROM event WHERE id = ANY(%s) GROUP BY 1", stored
    )
    scene.claim("every event of the person is erased", dict(outcomes) == {"erased": 30}, outcomes)
    time.sleep(8)
    left = scene.oracle.rows("SELECT count(*) FROM event_body WHERE event_id = ANY(%s)", stored)
    left += scene.oracle.rows("SELECT count(*) FROM delivery_body WHERE event_id = ANY(%s)", stored)
    scene.claim("nothing of it reappears when late answers come", left == [(0,), (0,)], left)
    again = scene.oracle.rows(
        "SELECT outcome, count(*) FROM event WHERE id = ANY(%s) GROUP BY 1", stored
    )
    scene.claim("the tombstones stay", dict(again) == {"erased": 30}, again)


def _erase(scene: Scene, email: str) -> None:
    subprocess.run(
        (
            *(sys.executable, "manage.py", "erase_subject", "--erase", "--no-input"),
            *("--property", scene.place.property_id),
        ),
        cwd=ROOT, env=scene.product.environment(), input=f"{email}\n\n\n", text=True,
        check=True, capture_output=True, timeout=_ERASE_SECONDS,
    )  # fmt: skip
