"""Makes days of the log that are over, and runs the retention: `python -m tests.faults.ageing N`.

The last of the N days has an event under way, held by a row of the queue, and must stay. Prints the
days that are left before and after that row is gone.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

from tests.product import ROOT, Product

_OLD_DAYS = 40
_TIMES = 5
_SECONDS = 180


def run_retention(product: Product, days: int) -> tuple[list[str], list[str]]:
    """Return the old days that are left while an event of one of them is under way, and after."""
    made = subprocess.run(
        (sys.executable, "-m", "tests.faults.ageing", str(days)),
        cwd=ROOT, env=product.environment(), capture_output=True, text=True, timeout=_SECONDS,
        check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    live, over = json.loads(made.stdout.splitlines()[-1])
    return live, over


def _main(count: int) -> None:
    import django

    django.setup()

    from django.db import connection
    from django.utils import timezone

    from delivery import partitions, tasks
    from delivery.ids import id_at
    from delivery.models import QueuedEvent

    today = timezone.now().date()
    days = [today - dt.timedelta(days=_OLD_DAYS + number) for number in range(count)]
    names = {f"event_{day:%Y%m%d}" for day in days}
    for day in days:
        list(partitions._make_day(day))
    noon = dt.datetime.combine(days[-1], dt.time(12), dt.UTC)
    row = QueuedEvent.objects.create(
        event_id=id_at(int(noon.timestamp() * 1000), 1),
        environment_id=0,
        next_at=timezone.now() + dt.timedelta(days=1),
    )

    def left() -> list[str]:
        for _ in range(_TIMES):
            tasks.keep_partitions()
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s)", [sorted(names)])
            return [name for (name,) in cursor.fetchall()]

    live = left()
    row.delete()
    sys.stdout.write(f"{json.dumps([live, left()])}\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]))
