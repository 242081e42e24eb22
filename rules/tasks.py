"""Celery tasks of this room. Their arguments are ids; repeating one changes nothing."""

from __future__ import annotations

from celery import shared_task

from rules import building


@shared_task(name="rules.run_build")
def run_build(build_id: str) -> None:
    """Run one queued build."""
    building.run(build_id)


@shared_task(name="rules.sweep_builds")
def sweep_builds() -> None:
    """Run the builds whose wake-up was lost, or whose worker ended."""
    for build_id in building.unfinished():
        building.run(build_id)
