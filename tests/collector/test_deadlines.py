"""Many tasks share one timer, and each has its own end."""

from __future__ import annotations

import asyncio

import pytest

from collector.deadlines import Deadline

pytestmark = pytest.mark.asyncio


async def sleeping(deadline: Deadline, seconds: float) -> str:
    with deadline:
        await asyncio.sleep(seconds)
    return "done"


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        await sleeping(Deadline(0.02), 60)


async def test_each_task_has_its_own_end() -> None:
    deadline = Deadline(0.2)
    early = asyncio.create_task(sleeping(deadline, 60))
    await asyncio.sleep(0.1)
    quick = asyncio.create_task(sleeping(deadline, 0.01))
    late = asyncio.create_task(sleeping(deadline, 60))
    assert await quick == "done"
    began = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        await early
    assert not late.done()
    with pytest.raises(TimeoutError):
        await late
    assert asyncio.get_running_loop().time() - began >= 0.08  # as much later as it began later


async def test_task_may_enter_it_again_after_it_was_ended() -> None:
    deadline = Deadline(0.02)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await sleeping(deadline, 60)
        assert await sleeping(deadline, 0) == "done"
    await asyncio.sleep(0.05)  # nothing of it comes later


async def test_who_cancels_a_task_finds_it_cancelled() -> None:
    deadline = Deadline(0.02)
    task = asyncio.create_task(sleeping(deadline, 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    both = asyncio.create_task(sleeping(deadline, 60))
    await asyncio.sleep(0)
    deadline._ends[both] = 0.0
    deadline._end_late()
    both.cancel()
    with pytest.raises(asyncio.CancelledError):
        await both


async def test_error_of_what_runs_inside_stays_what_it_is() -> None:
    deadline = Deadline(60)
    with pytest.raises(KeyError), deadline:
        raise KeyError
    assert await sleeping(deadline, 0) == "done"
