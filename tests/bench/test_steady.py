"""Waiting for a backlog ends where only what is always on its way is left."""

from __future__ import annotations

import pytest

from bench.steady import wait_until_empty


def test_backlog_that_is_never_empty_is_waited_for_in_vain() -> None:
    with pytest.raises(TimeoutError, match="20 events"):
        wait_until_empty(lambda: 20, seconds=0)


@pytest.mark.parametrize(("left", "but_for"), [(0, 0), (20, 20), (20, 100)])
def test_waiting_ends_with_what_is_always_there(left: int, but_for: int) -> None:
    wait_until_empty(lambda: left, seconds=0, but_for=but_for)
