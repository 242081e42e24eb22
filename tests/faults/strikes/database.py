"""F5: PostgreSQL killed, restarted, away, locked, and out of connections."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, suppress

import psycopg

from tests.faults.ledger import wait_until
from tests.faults.scenario import Scene, Trial, scenario
from tests.faults.signals import kill, runs, send


def _refusals_are_503(trial: Trial, scene: Scene) -> None:
    refusals = set(trial.ledger.refused.values())
    scene.claim(
        "events are refused with 503 and Retry-After, and nothing else",
        all(refusal.status == 503 and refusal.retry_after for refusal in refusals),
        refusals,
    )
    scene.claim("nobody is left without an answer", not trial.ledger.unanswered)


@scenario("F5", "PostgreSQL killed", is_quick=True, check=_refusals_are_503)
def kill_database(scene: Scene) -> None:
    """Kill PostgreSQL's main process."""
    kill(scene.product.pid("postgres"))
    assert wait_until(lambda: runs(scene.product, "postgres"))


@scenario("F5", "PostgreSQL stopped at once", check=_refusals_are_503)
def restart_database(scene: Scene) -> None:
    """Ask for PostgreSQL's immediate shutdown: no checkpoint, no word to anybody."""
    pid = scene.product.pid("postgres")
    send(pid, signal.SIGQUIT)
    assert wait_until(
        lambda: runs(scene.product, "postgres") and scene.product.pid("postgres") != pid
    )


@scenario("F5", "PostgreSQL away for a minute", check=_refusals_are_503)
def keep_database_down(scene: Scene) -> None:
    """Kill PostgreSQL whenever it comes back."""
    ends = time.monotonic() + 60.0
    while time.monotonic() < ends:
        kill(scene.product.pid("postgres"))
        assert wait_until(lambda: runs(scene.product, "postgres"))


@scenario("F5", "PostgreSQL frozen", check=_refusals_are_503)
def freeze_database(scene: Scene) -> None:
    """Let PostgreSQL's main process and every session stand still: no error, no answer."""
    main = scene.product.pid("postgres")
    pids = [main, *(pid for (pid,) in scene.oracle.rows("SELECT pid FROM pg_stat_activity"))]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(15)
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)


@scenario("F5", "every session ended", is_quick=True, check=_refusals_are_503)
def end_sessions(scene: Scene) -> None:
    """Have PostgreSQL end every session but ours, several times."""
    for _ in range(3):
        scene.oracle.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        scene.load.take(scene.chance.randint(3, 10))


@scenario("F5", "tables locked", check=_refusals_are_503)
def lock_tables(scene: Scene) -> None:
    """Hold a lock on the queues and the log that lets nobody else in."""
    with psycopg.connect(scene.product.database_url) as link:
        link.execute("LOCK TABLE event_queue, delivery_queue, event IN ACCESS EXCLUSIVE MODE")
        time.sleep(scene.seconds(10, 30))


@scenario("F5", "connections used up", is_quick=True, check=_refusals_are_503)
def use_connections_up(scene: Scene) -> None:
    """Take every connection there is, after those that exist were ended."""
    with ExitStack() as stack:
        links: list[psycopg.Connection[tuple[object, ...]]] = []
        ends = time.monotonic() + scene.seconds(6, 30)
        while time.monotonic() < ends:
            with suppress(psycopg.OperationalError):
                link = psycopg.connect(scene.product.database_url, connect_timeout=2)
                links.append(stack.enter_context(link))
                if len(links) == 20:
                    links[0].execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name LIKE 'capi_admin%'"
                    )
                    links[0].commit()
                continue
            time.sleep(0.2)
        scene.claim("every connection was taken", len(links) > 50, len(links))
